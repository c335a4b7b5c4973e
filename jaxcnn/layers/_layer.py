"""The base of all layers: shapes, costs, receptive field, module; and checks that layers share."""

import abc
import dataclasses
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Self

import numpy as np
from flax import nnx
from jax.tree import leaves

from jaxcnn._support.arguments import check_choice, check_ints
from jaxcnn._support.units import sides
from jaxcnn.functional import resolve_padding
from jaxcnn.layers._receptive_field import ReceptiveField, Shape

FLOAT32_BYTES = 4
"""Bytes per float32 number, in which costs are counted."""


class Costs(NamedTuple):
    """What a layer costs for one example, in plain integers.

    Attributes:
        parameters: trained numbers (weights, biases, scales).
        macs: multiply-accumulate operations; multiplications with padding count too.
        bytes: memory of the weights as float32, frozen weights and running statistics included.
    """

    parameters: int = 0
    macs: int = 0
    bytes: int = 0

    @classmethod
    def of_trained(cls, parameters: int, macs: int = 0) -> "Costs":
        """The costs of a layer that holds trained numbers and no others."""
        return cls(parameters, macs, parameters * FLOAT32_BYTES)

    def __add__(self, other: "Costs") -> "Costs":  # type: ignore[override]
        """The costs of two layers together."""
        return Costs(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


@dataclasses.dataclass(frozen=True)
class Layer(abc.ABC):
    """One layer as plain data; the base class of all layers.

    A subclass is a frozen dataclass of numbers, strings, tuples and other layers. It says
    everything about itself without an array: the shape that it makes, what it costs, what it
    sees. Only `build` makes arrays. Shapes are those of one example, channels last, with no
    batch axis: ``(H, W, C)`` for an image, ``(C,)`` for a vector.

    To add your own layer, subclass it, define at least `output_shape` and `build`, and pass
    the class to `from_json` where architectures are read back. Bad arguments raise in
    `__post_init__`, which begins with ``super().__post_init__()``, with a text that begins with
    the argument's name. What does not fit raises ValueError in `output_shape`. `label` is what
    errors and tables call it. A module that behaves differently in training takes the arguments
    that it needs of ``__call__(inputs, *, train=False, key=None, where=None)``; see
    `jaxcnn.layers.call`.

    Args:
        name: what the layer is called in its container, in place of its index: in the paths of
            its weights, in tables and in errors. Letters, digits, ``_`` and ``-``.
    """

    name: str | None = dataclasses.field(default=None, kw_only=True)

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Refuse classes that lack the decorator, whose layers would all be equal."""
        del args, kwargs
        if "__dataclass_fields__" not in cls.__dict__:
            raise TypeError(f"decorate {cls.__name__} with @dataclasses.dataclass(frozen=True)")
        return super().__new__(cls)

    def __post_init__(self) -> None:
        """Make all arguments plain: lists become tuples, and NumPy's numbers Python's."""
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, as_plain(getattr(self, field.name)))
        check_name(self.name)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in cls.__dict__:  # or the dataclass would write one with all defaults
            cls.__repr__ = Layer.__repr__

    def __repr__(self) -> str:
        shown = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in layer_fields(type(self))
            if getattr(self, field.name) != field.default
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def label(self, input_shape: Shape) -> str:
        """What errors and tables call the layer, in a word or two; its class unless overridden."""
        del input_shape
        return type(self).__name__

    @abc.abstractmethod
    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the output for one example of `input_shape`."""

    @abc.abstractmethod
    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """The Flax module that does what this layer says, with fresh parameters."""

    def costs(self, input_shape: Shape) -> Costs:
        """Parameters, multiply-accumulates and bytes of weights.

        Unless overridden, the variables of the module are counted, by a trace of `build` that
        makes no array; and no multiplications, which only the layer itself can know.
        """
        return _counted(self, tuple(input_shape))

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """The box of the input that each output value sees.

        Unless overridden, that is the pixel in its own place; or everything, where the output
        has another number of axes than the input and so no places of the same kind.
        """
        spatial = input_shape[:-1]
        if len(self.output_shape(input_shape)) != len(input_shape):
            return ReceptiveField.of_everything(spatial)
        return ReceptiveField.of_one_pixel(len(spatial))


@dataclasses.dataclass(frozen=True)
class ShapeLayer(Layer):
    """A layer that has no weights and multiplies nothing that is counted."""

    def costs(self, input_shape: Shape) -> Costs:
        """Nothing."""
        del input_shape
        return Costs()


@dataclasses.dataclass(frozen=True)
class SameShape(Layer):
    """A layer that keeps the shape of its input."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """The input's shape."""
        return input_shape


@lru_cache(maxsize=1024)
def _counted(layer: Layer, input_shape: Shape) -> Costs:
    module = nnx.eval_shape(lambda: layer.build(input_shape, rngs=nnx.Rngs(0)))
    trained, others = nnx.state(module, nnx.Param, nnx.Not(nnx.RngState))
    parameters, rest = (sum(leaf.size for leaf in leaves(tree)) for tree in (trained, others))
    return Costs(parameters, 0, (parameters + rest) * FLOAT32_BYTES)


def layer_fields(cls: type[Layer]) -> list[dataclasses.Field[Any]]:
    """The arguments of a layer class in order: those that must be named, as `name`, come last."""
    return sorted(dataclasses.fields(cls), key=lambda field: bool(field.kw_only))


MAX_NAME = 64


def check_name(name: Any) -> None:
    """Raise unless `name` is None or can stand in a path."""
    if name is None:
        return
    if not isinstance(name, str):
        raise TypeError(f"name must be a string or None, got {name!r}")
    if not re.fullmatch(rf"[\w-]{{1,{MAX_NAME}}}", name, re.ASCII):
        raise ValueError(
            f"name must be 1 to {MAX_NAME} letters, digits, '_' or '-', got {name!r:.80}"
        )


def as_plain(value: Any) -> Any:
    """`value` as plain data: lists as tuples, and NumPy's numbers as Python's."""
    if isinstance(value, list | tuple):
        return tuple(map(as_plain, value))
    return value.item() if isinstance(value, np.generic) else value


def check_layer(architecture: Any) -> None:
    """Raise unless `architecture` is a layer."""
    if not isinstance(architecture, Layer):
        built = isinstance(architecture, nnx.Module)
        got = f"a built {type(architecture).__name__}" if built else f"{architecture!r:.200}"
        raise TypeError(f"architecture must be a layer such as Sequential, got {got}")


def check_padding(value: Any) -> None:
    """Raise unless `value` is a padding: a name, an integer, or (low, high) for each axis."""
    if isinstance(value, str):
        check_choice("padding", value, ("SAME", "VALID", "CIRCULAR"))
    elif isinstance(value, tuple) and value:
        for entry in value:
            if isinstance(entry, tuple) and len(entry) != 2:
                raise ValueError(f"padding takes (low, high) for each axis, got {value!r}")
            check_ints("padding", entry, minimum=0)
    else:
        check_ints("padding", value, minimum=0)


def check_same_rank(**values: Any) -> None:
    """Raise unless those of `values` that are tuples, one entry for each axis, are as long."""
    ranks = {name: len(value) for name, value in values.items() if isinstance(value, tuple)}
    if len(set(ranks.values())) > 1:
        found = ", ".join(f"{name} {values[name]}" for name in ranks)
        raise ValueError(f"{' and '.join(ranks)} must name equally many axes, got {found}")


def check_fits(spatial_shape: Sequence[int], windows: Shape, padding: Any) -> None:
    """Raise if a window is larger than the padded input, with the size that would do.

    Args:
        spatial_shape: the input's.
        windows: the window's extent, dilation included.
        padding: as a layer has it; named paddings other than VALID always make room.
    """
    if isinstance(padding, str) and padding != "VALID":
        return
    pairs = resolve_padding(padding, spatial_shape, windows, (1,) * len(windows))
    needed = tuple(max(window - sum(pair), 1) for window, pair in zip(windows, pairs, strict=True))
    if any(size < least for size, least in zip(spatial_shape, needed, strict=True)):
        raise ValueError(f"needs at least {sides(needed)}, got {sides(spatial_shape)}")


def check_spatial(input_shape: Shape) -> None:
    """Raise unless `input_shape` has channels and one to three spatial axes."""
    if not 2 <= len(input_shape) <= 4:
        raise ValueError(
            f"input_shape must be (*spatial, channels) with 1 to 3 spatial axes, got {input_shape}"
        )

"""The base class of all layers, and checks that layers share."""

import abc
import dataclasses
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Self

from flax import nnx
from jax.tree import leaves

from jaxcnn._support.arguments import check_choice, check_ints, make_plain
from jaxcnn._support.units import sides
from jaxcnn.functional import resolve_padding
from jaxcnn.layers._other_libraries import check_layer_arguments, layer_hint
from jaxcnn.layers._receptive_field import ReceptiveField, Shape
from jaxcnn.lowering import SlidingWindow

FLOAT32_BYTES = 4
"""Bytes per float32 number, in which costs are counted."""


class Costs(NamedTuple):
    """Costs of a layer for one example, as plain integers.

    Attributes:
        parameters: Number of trained values (weights, biases, scales).
        macs: Number of multiply-accumulates (MACs); multiplications with padding count, too.
        bytes: Memory of the weights as float32, frozen weights and running statistics included.
    """

    parameters: int = 0
    macs: int = 0
    bytes: int = 0

    @classmethod
    def of_trained(cls, parameters: int, macs: int = 0) -> "Costs":
        """Return the costs of a layer whose values are all trained."""
        return cls(parameters, macs, parameters * FLOAT32_BYTES)

    def __add__(self, other: "Costs") -> "Costs":  # type: ignore[override]
        """Return the costs of two layers together."""
        return Costs(*(a + b for a, b in zip(self, other, strict=True)))


@dataclasses.dataclass(frozen=True)
class Layer(abc.ABC):
    """The base class of all layers: a layer as plain data.

    A subclass is a frozen dataclass of numbers, strings, tuples and other layers. Its output shape,
    costs and receptive field are computed without any array; only `build` makes arrays. All shapes
    are shapes of one example, with the channels last and without a batch axis: ``(H, W, C)`` for an
    image, ``(C,)`` for a vector.

    To write a custom layer, subclass this class, and define at least `output_shape` and `build`. To
    read architectures with this layer from JSON, pass the class to `from_json`. `jaxcnn.build`
    checks that the module returns arrays of shape `output_shape`. Check arguments in
    `__post_init__`, after ``super().__post_init__()``, with messages such as
    ``features: expected at least 1, got 0``. If an input does not fit, let `output_shape` raise a
    ValueError with a message that starts with ``input_shape:``. A container replaces
    ``input_shape`` with the layer's place and its `label`. If the module behaves differently in
    training, its ``__call__`` may have any of the keyword arguments `train`, `key` and `where`.
    `jaxcnn.layers.call` passes the arguments that ``__call__`` has.

    Args:
        name: Name of the layer in its container. The name replaces the layer's index in the paths
            of its weights, in tables and in errors. It consists of letters, digits, ``_`` and
            ``-``.
    """

    name: str | None = dataclasses.field(default=None, kw_only=True)

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Refuse other libraries' arguments, and classes without the dataclass decorator.

        Without the decorator, all their layers would be equal.
        """
        if "__dataclass_fields__" not in cls.__dict__:
            raise TypeError(
                f"{cls.__name__}: expected @dataclasses.dataclass(frozen=True), got a class "
                "without this decorator"
            )
        check_layer_arguments(cls, args, kwargs)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        """Turn arguments into plain data: lists into tuples, NumPy's numbers into Python's."""
        make_plain(self)
        check_name(self.name)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in cls.__dict__:  # or the dataclass would show all defaults, too
            cls.__repr__ = Layer.__repr__

    def __repr__(self) -> str:
        shown = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in layer_fields(type(self))
            if getattr(self, field.name) != field.default
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def label(self, input_shape: Shape) -> str:
        """Return the layer's name in errors and tables, one or two words: by default its class."""
        del input_shape
        return type(self).__name__

    @abc.abstractmethod
    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the output for one example of `input_shape`."""

    @abc.abstractmethod
    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build the Flax module of this layer, with fresh parameters."""

    def costs(self, input_shape: Shape) -> Costs:
        """Return the parameters, multiply-accumulates and bytes of weights.

        By default, the variables of the module are counted in a trace of `build` that makes no
        array. Multiplications are not counted, because only the layer itself can know them.
        """
        return _count_variables(self, tuple(input_shape))

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """Return the box of the input that each output value depends on.

        By default, the box is the pixel at the same position. If the output has another number of
        axes than the input, positions do not correspond, and the box is the whole input.
        """
        spatial = input_shape[:-1]
        if len(self.output_shape(input_shape)) != len(input_shape):
            return ReceptiveField.of_everything(spatial)
        return ReceptiveField.of_one_pixel(len(spatial))

    def sliding_window(self, input_shape: Shape) -> SlidingWindow | None:
        """Return the window of pixels that each output depends on in eval mode, if there is one.

        `Network.predict_tiled` needs it. By default, it is None: outputs may depend on the whole
        input, or on their position.
        """
        del input_shape
        return None


@dataclasses.dataclass(frozen=True)
class ShapeLayer(Layer):
    """A layer without weights; its multiplications, if it has any, are not counted."""

    def costs(self, input_shape: Shape) -> Costs:
        """Return no costs."""
        del input_shape
        return Costs()


@dataclasses.dataclass(frozen=True)
class SameShape(Layer):
    """A layer that keeps the shape of its input."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape

    def sliding_window(self, input_shape: Shape) -> SlidingWindow | None:
        """Return a window of one pixel."""
        return window_of_one_pixel(input_shape)


def window_of_one_pixel(input_shape: Shape) -> SlidingWindow:
    """Return the window of a layer whose outputs depend on the pixel at their position."""
    spatial, ones = tuple(input_shape[:-1]), (1,) * (len(input_shape) - 1)
    return SlidingWindow(spatial, ones, ones, ((0, 0),) * len(ones))


@lru_cache(maxsize=1024)
def _count_variables(layer: Layer, input_shape: Shape) -> Costs:
    module = nnx.eval_shape(lambda: layer.build(input_shape, rngs=nnx.Rngs(0)))
    trained, others = nnx.state(module, nnx.Param, nnx.Not(nnx.RngState))
    parameters, rest = (sum(leaf.size for leaf in leaves(tree)) for tree in (trained, others))
    return Costs(parameters, 0, (parameters + rest) * FLOAT32_BYTES)


def layer_fields(cls: type[Layer]) -> list[dataclasses.Field[Any]]:
    """Return the arguments of a layer class in order, keyword-only arguments (`name`) last."""
    return sorted(dataclasses.fields(cls), key=lambda field: bool(field.kw_only))


MAX_NAME = 64


def check_name(name: Any) -> None:
    """Raise unless `name` is None or can be part of a path."""
    if name is None:
        return
    if not isinstance(name, str):
        raise TypeError(f"name: expected a string or None, got {name!r}")
    if not re.fullmatch(rf"[\w-]{{1,{MAX_NAME}}}", name, re.ASCII):
        raise ValueError(
            f"name: expected 1 to {MAX_NAME} letters, digits, '_' or '-', got {name!r:.80}"
        )


def check_layer(architecture: Any) -> None:
    """Raise unless `architecture` is a layer."""
    if not isinstance(architecture, Layer):
        built = isinstance(architecture, nnx.Module)
        got = f"a built {type(architecture).__name__}" if built else f"{architecture!r:.200}"
        hint = layer_hint(architecture)
        raise TypeError(f"architecture: expected a layer such as Sequential, got {got}{hint}")


def check_padding(value: Any) -> None:
    """Raise unless `value` is a padding: a name, or an integer or (low, high) pair per axis."""
    if isinstance(value, str):
        check_choice("padding", value, ("SAME", "VALID", "CIRCULAR"))
    elif isinstance(value, tuple) and value:
        for entry in value:
            if isinstance(entry, tuple) and len(entry) != 2:
                raise ValueError(f"padding: expected a (low, high) pair per axis, got {value!r}")
            check_ints("padding", entry, minimum=0)
    else:
        check_ints("padding", value, minimum=0)


def check_same_rank(**values: Any) -> None:
    """Raise unless all tuples among `values` (one entry per axis) have the same length."""
    ranks = {name: len(value) for name, value in values.items() if isinstance(value, tuple)}
    if len(set(ranks.values())) > 1:
        found = ", ".join(f"{name} {values[name]}" for name in ranks)
        raise ValueError(f"{' and '.join(ranks)}: expected equally many axes, got {found}")


def check_fits(spatial_shape: Sequence[int], windows: Shape, padding: Any) -> None:
    """Raise if a window is larger than the padded input; the message has the size that is needed.

    Args:
        spatial_shape: Spatial shape of the input.
        windows: Extents of the window, dilation included.
        padding: Padding as a layer's argument; named paddings other than VALID always make room.
    """
    if isinstance(padding, str) and padding != "VALID":
        return
    pairs = resolve_padding(padding, spatial_shape, windows, (1,) * len(windows))
    needed = tuple(max(window - sum(pair), 1) for window, pair in zip(windows, pairs, strict=True))
    if any(size < least for size, least in zip(spatial_shape, needed, strict=True)):
        raise ValueError(
            f"input_shape: expected at least {sides(needed)}, got {sides(spatial_shape)}"
        )


def check_spatial(input_shape: Shape) -> None:
    """Raise unless `input_shape` has channels and one to three spatial axes."""
    if not 2 <= len(input_shape) <= 4:
        raise ValueError(
            "input_shape: expected (*spatial, channels) with 1 to 3 spatial axes, got "
            f"{input_shape}"
        )

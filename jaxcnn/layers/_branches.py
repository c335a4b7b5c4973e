"""Modules made of modules."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.nn._call import call, takes

Modules = Sequence[nnx.Module] | Mapping[str, nnx.Module]

COMBINATIONS = ("sum", "concat")


class Sequential(nnx.Module):
    """Modules one after another; `train`, `key` and `where` reach those that need them.

    (`nnx.Sequential` passes a mode to nobody.) The mode is an argument of the call and nothing
    else: `nnx.Module.train` and `nnx.Module.eval` change nothing here. A layer is had by its
    number, or by its name where there are names: ``module[0]``, ``module["stem"]``; a slice is a
    Sequential of the same layers.

    Args:
        layers: the modules, first to last; of a mapping, the keys are names, which then stand in
            the paths of the weights.
    """

    def __init__(self, layers: Modules) -> None:
        self.names, self.layers = _kept(layers)

    def __iter__(self) -> Iterator[nnx.Module]:
        return iter(_in_order(self.names, self.layers))

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, key: int | str | slice) -> nnx.Module:
        layers = [*self]
        if isinstance(key, int):
            return layers[key]
        if isinstance(key, slice):
            kept = layers[key]
            return Sequential(dict(zip(self.names[key], kept, strict=True)) if self.names else kept)
        names = self.names or tuple(map(str, range(len(layers))))
        if key not in names:
            raise KeyError(f"there is no layer {key!r}; there are {', '.join(names)}")
        return layers[names.index(key)]

    def __call__(
        self,
        inputs: ArrayLike,
        *,
        train: bool = False,
        key: Array | None = None,
        where: Array | None = None,
    ) -> Array:
        """Apply the layers.

        Args:
            inputs: ``(N, *input_shape)``.
            train: train mode: batch statistics are those of this batch, and dropout drops.
            key: randomness for dropout; each layer gets a key of its own from it.
            where: ``(N,)``, False for examples that only fill up the batch: batch statistics
                leave them out; None: all count.

        Returns:
            ``(N, *output_shape)``.
        """
        outputs = jnp.asarray(inputs)
        for index, layer in enumerate(self):
            outputs = call(layer, outputs, train=train, key=_fold(key, index), where=where)
        return outputs


class Residual(Sequential):
    """Modules in sequence, and their input added to what they make.

    Args:
        layers: as in `Sequential`.
        shortcut: modules on the input's own way; none: it is added as it is.
    """

    def __init__(self, layers: Modules, shortcut: Modules = ()) -> None:
        super().__init__(layers)
        self.shortcut = Sequential(shortcut) if shortcut else None

    def __call__(
        self,
        inputs: ArrayLike,
        *,
        train: bool = False,
        key: Array | None = None,
        where: Array | None = None,
    ) -> Array:
        """Apply the layers and add the input; the arguments are those of `Sequential`."""
        outputs = super().__call__(inputs, train=train, key=key, where=where)
        if self.shortcut is None:
            return jnp.asarray(inputs) + outputs
        key = _fold(key, len(self))
        return self.shortcut(inputs, train=train, key=key, where=where) + outputs


class Parallel(nnx.Module):
    """Modules side by side on the same input; what they make is added up or stacked.

    Args:
        branches: the modules; of a mapping, the keys are names.
        combine: ``"sum"``, or ``"concat"`` along the channels.
    """

    def __init__(self, branches: Modules, combine: str = "sum") -> None:
        self.names, self.branches = _kept(branches)
        self.combine = combine

    def __iter__(self) -> Iterator[nnx.Module]:
        return iter(_in_order(self.names, self.branches))

    def __call__(
        self,
        inputs: ArrayLike,
        *,
        train: bool = False,
        key: Array | None = None,
        where: Array | None = None,
    ) -> Array:
        """Apply the branches and combine; the arguments are those of `Sequential`."""
        inputs = jnp.asarray(inputs)
        outputs = [
            call(branch, inputs, train=train, key=_fold(key, index), where=where)
            for index, branch in enumerate(self)
        ]
        return reduce(jnp.add, outputs) if self.combine == "sum" else jnp.concat(outputs, axis=-1)


def takes_mask(module: nnx.Module) -> bool:
    """Whether a mask `where`, given to `call`, reaches each batch norm in the module.

    Example:
        >>> norm = nnx.BatchNorm(3, rngs=nnx.Rngs(0))
        >>> takes_mask(Sequential([norm])), takes_mask(nnx.Sequential(norm))
        (True, False)
    """
    if isinstance(module, Residual) and module.shortcut and not takes_mask(module.shortcut):
        return False
    if isinstance(module, Sequential | Parallel):
        return all(takes_mask(inner) for inner in module)
    if isinstance(module, nnx.BatchNorm) or takes(module, "where"):
        return True
    return not any(isinstance(node, nnx.BatchNorm) for _, node in nnx.iter_modules(module))


def _kept(modules: Modules) -> tuple[tuple[str, ...] | None, nnx.List | nnx.Dict]:
    """The names in order, if there are any (Flax sorts a Dict's keys), and the modules."""
    if isinstance(modules, Mapping):
        return tuple(modules), nnx.Dict(modules)
    return None, nnx.List(modules)


def _in_order(names: tuple[str, ...] | None, modules: nnx.List | nnx.Dict) -> list[nnx.Module]:
    if isinstance(modules, nnx.List):
        return [*modules]
    return [modules[name] for name in names or ()]


def _fold(key: Array | None, index: int) -> Array | None:
    """A key of its own for the part with that number."""
    return None if key is None else jax.random.fold_in(key, index)

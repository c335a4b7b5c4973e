"""Modules made of modules."""

from collections.abc import Sequence

import jax
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.nn._call import call, takes


class Sequential(nnx.Module):
    """Modules one after another; `train`, `key` and `where` reach those that need them.

    (`nnx.Sequential` passes a mode to nobody.) The mode is an argument of the call and nothing
    else: `nnx.Module.train` and `nnx.Module.eval` change nothing here.

    Args:
        layers: the modules, first to last.
    """

    def __init__(self, layers: Sequence[nnx.Module]) -> None:
        self.layers = nnx.List(layers)

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
        outputs = jax.numpy.asarray(inputs)
        for index, layer in enumerate(self.layers):
            layer_key = None if key is None else jax.random.fold_in(key, index)
            outputs = call(layer, outputs, train=train, key=layer_key, where=where)
        return outputs


class Residual(Sequential):
    """Modules in sequence, and their input added to what they make: ``x + layers(x)``."""

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
        return jax.numpy.asarray(inputs) + outputs


def takes_mask(module: nnx.Module) -> bool:
    """Whether a mask `where`, given to `call`, reaches each batch norm in the module.

    Example:
        >>> norm = nnx.BatchNorm(3, rngs=nnx.Rngs(0))
        >>> takes_mask(Sequential([norm])), takes_mask(nnx.Sequential(norm))
        (True, False)
    """
    if isinstance(module, Sequential):
        return all(takes_mask(layer) for layer in module.layers)
    if isinstance(module, nnx.BatchNorm) or takes(module, "where"):
        return True
    return not any(isinstance(node, nnx.BatchNorm) for _, node in nnx.iter_modules(module))

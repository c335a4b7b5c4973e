"""Modules made of modules."""

from collections.abc import Sequence

import jax
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.nn._call import call


class Sequential(nnx.Module):
    """Modules one after another; `train` and `key` reach those that need them.

    (`nnx.Sequential` passes a mode to nobody.) The mode is an argument of the call and nothing
    else: `nnx.Module.train` and `nnx.Module.eval` change nothing here.

    Args:
        layers: the modules, first to last.
    """

    def __init__(self, layers: Sequence[nnx.Module]) -> None:
        self.layers = nnx.List(layers)

    def __call__(
        self, inputs: ArrayLike, *, train: bool = False, key: Array | None = None
    ) -> Array:
        """Apply the layers.

        Args:
            inputs: ``(N, *input_shape)``.
            train: train mode: batch statistics are those of this batch, and dropout drops.
            key: randomness for dropout; each layer gets a key of its own from it.

        Returns:
            ``(N, *output_shape)``.
        """
        outputs = jax.numpy.asarray(inputs)
        for index, layer in enumerate(self.layers):
            layer_key = None if key is None else jax.random.fold_in(key, index)
            outputs = call(layer, outputs, train=train, key=layer_key)
        return outputs


class Residual(Sequential):
    """Modules in sequence, and their input added to what they make: ``x + layers(x)``."""

    def __call__(
        self, inputs: ArrayLike, *, train: bool = False, key: Array | None = None
    ) -> Array:
        """Apply the layers and add the input; the arguments are those of `Sequential`."""
        return jax.numpy.asarray(inputs) + super().__call__(inputs, train=train, key=key)

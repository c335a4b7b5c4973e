"""What Flax's layers leave to XLA to complain about: inputs of another shape or kind."""

import jax.numpy as jnp
from flax import nnx
from jax import Array

from jaxcnn.nn._conv_transpose import ConvTranspose


def check_inputs(module: nnx.Module, inputs: Array) -> None:
    """Raise where a layer with weights is given what it has no weights for.

    Only shapes and dtypes are looked at, so it costs nothing in a compiled program.

    Args:
        module: any module; all but convolutions, dense layers, norms and embeddings take
            anything.
        inputs: its input.

    Raises:
        TypeError: if the inputs are integers: pixels of 0 to 255, where floats are expected; or
            if an embedding is given anything but integers.
        ValueError: if they have another number of channels, or no batch axis.
    """
    kind = type(module).__name__
    if isinstance(module, nnx.Embed) and not jnp.issubdtype(inputs.dtype, jnp.integer):
        raise TypeError(
            f"{kind}: expected integers of 0 to {module.num_embeddings - 1}, got {inputs.dtype}; "
            "an Embedding looks its inputs up, so it comes first and takes them unscaled"
        )
    channels = _channels(module)
    if channels is None:
        return
    if not jnp.issubdtype(inputs.dtype, jnp.inexact):
        raise TypeError(
            f"{kind}: expected floating-point inputs, got {inputs.dtype}; scale pixels of 0 to 255 "
            "as in training (images / 255, say), or let the network begin with a Rescale"
        )
    if inputs.ndim == 0 or inputs.shape[-1] != channels:
        raise ValueError(
            f"{kind}: expected {channels} values in the last axis, got inputs of shape "
            f"{inputs.shape}; images are (N, H, W, C), channels last, of the size that the network "
            "was built for"
        )
    if isinstance(module, nnx.Conv | ConvTranspose) and inputs.ndim != len(module.kernel_size) + 2:
        axes = ", ".join(["N", *"DHW"[-len(module.kernel_size) :], "C"])
        hint = "; one image is a batch, too: images[:1], say, or image[None]"
        lacks_one = inputs.ndim == len(module.kernel_size) + 1
        raise ValueError(
            f"{kind}: expected inputs of shape ({axes}), got {inputs.shape}{hint * lacks_one}"
        )


def _channels(module: nnx.Module) -> int | None:
    """How many channels the module's weights are for; None if it takes any."""
    if isinstance(module, nnx.Conv | nnx.Linear | ConvTranspose):
        return module.in_features
    if isinstance(module, nnx.BatchNorm | nnx.LayerNorm):
        return module.num_features
    if isinstance(module, nnx.GroupNorm):
        return module.num_groups * module.group_size
    return None

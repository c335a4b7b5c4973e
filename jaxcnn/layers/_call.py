"""One way to call any module: its mode, key and mask are arguments of the call."""

import inspect

import jax.numpy as jnp
from flax import nnx
from jax import Array

from jaxcnn.layers._conv_transpose import ConvTransposeModule
from jaxcnn.layers._normalization import masked_batch_norm


def call(
    module: nnx.Module,
    inputs: Array,
    *,
    train: bool,
    key: Array | None,
    where: Array | None = None,
) -> Array:
    """Apply `module` in train or eval mode.

    Flax's BatchNorm and Dropout have their own arguments for the mode. A module whose
    ``__call__`` names `train`, `key` or `where` is given them; any other does the same in both
    modes.

    Args:
        module: the module.
        inputs: its input, with a batch axis.
        train: train mode, as against eval mode.
        key: randomness for dropout; None in eval mode.
        where: ``(N,)``, False for examples that only fill up the batch and that batch statistics
            leave out; None: all count.

    Raises:
        TypeError: if a layer of Flax with weights is given integers: images that were not scaled.
        ValueError: if a layer of Flax is given another shape than its weights are for, or if
            dropout is to drop and has no randomness: neither `key` nor its own.
    """
    check_inputs(module, inputs)
    if isinstance(module, nnx.BatchNorm):
        if train and where is not None:
            return masked_batch_norm(module, inputs, where)
        return module(inputs, use_running_average=not train)
    if isinstance(module, nnx.Dropout):
        if train and key is None and module.rngs is None:
            raise ValueError(
                "key must be a random key such as jax.random.key(0) where dropout is trained, "
                "got None"
            )
        return module(inputs, deterministic=not train, rngs=key)
    mode = {"train": train, "key": key, "where": where}
    return module(inputs, **{name: mode[name] for name in mode if takes(module, name)})


def takes(module: nnx.Module, argument: str) -> bool:
    """Whether the module's ``__call__`` has an argument of that name."""
    return argument in inspect.signature(type(module).__call__).parameters


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
    kind = kind_of(module)
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
    if (
        isinstance(module, nnx.Conv | ConvTransposeModule)
        and inputs.ndim != len(module.kernel_size) + 2
    ):
        axes = ", ".join(["N", *"DHW"[-len(module.kernel_size) :], "C"])
        hint = "; one image is a batch, too: images[:1], say, or image[None]"
        lacks_one = inputs.ndim == len(module.kernel_size) + 1
        raise ValueError(
            f"{kind}: expected inputs of shape ({axes}), got {inputs.shape}{hint * lacks_one}"
        )


def _channels(module: nnx.Module) -> int | None:
    """How many channels the module's weights are for; None if it takes any."""
    if isinstance(module, nnx.Conv | nnx.Linear | ConvTransposeModule):
        return module.in_features
    if isinstance(module, nnx.BatchNorm | nnx.LayerNorm):
        return module.num_features
    if isinstance(module, nnx.GroupNorm):
        return module.num_groups * module.group_size
    return None


def kind_of(module: nnx.Module) -> str:
    """What tables and errors call a module: its class, such as ``Dropout`` for a `DropoutModule`.

    Example:
        >>> from jaxcnn import Flatten
        >>> kind_of(Flatten().build((4, 4, 1), rngs=nnx.Rngs(0)))
        'Flatten'
    """
    return type(module).__name__.removesuffix("Module") or "Module"

"""Call any module with its mode, random key and mask as arguments."""

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array

from jaxcnn._support.arrays import as_operand
from jaxcnn.layers._batch_norm import masked_batch_norm
from jaxcnn.layers._conv_transpose import ConvTransposeModule


def call(
    module: nnx.Module,
    inputs: Array,
    *,
    train: bool,
    key: Array | None,
    where: Array | None = None,
) -> Array:
    """Apply a module in train or eval mode.

    In Flax, BatchNorm and Dropout use different names for the argument that sets the mode. This
    function passes the right argument to each. A Linen module in `nnx.bridge.ToNNX` gets the mode
    by the name that it uses, one of `LINEN_MODES`, and the key as its stream ``"dropout"``. Any
    other module gets the arguments `train`, `key` and `where` if its ``__call__`` has arguments of
    these names.

    Args:
        module: The module.
        inputs: Its input, with a batch axis.
        train: True for train mode, False for eval mode.
        key: Random key for dropout; None in eval mode.
        where: ``(N,)``, False for padded examples. Batch statistics leave these examples out. None
            includes all examples.

    Raises:
        TypeError: If one of Flax's layers with weights gets integers, such as images that were not
            scaled.
        ValueError: If one of Flax's layers gets an input whose shape does not fit its weights. Also
            if dropout in train mode gets no `key` and has no random stream.
    """
    if isinstance(inputs, np.ndarray):
        inputs = as_operand("inputs", inputs)
    check_inputs(module, inputs)
    train = train and not getattr(module, HELD, False)
    if isinstance(module, nnx.BatchNorm):
        # One that computes no fast variance is ours, as `BatchNorm` builds it.
        if train and (where is not None or not module.use_fast_variance):
            return masked_batch_norm(module, inputs, where)
        return module(inputs, use_running_average=not train)
    if isinstance(module, nnx.Dropout):
        if train and key is None and module.rngs is None:
            raise ValueError(
                "key: expected a random key such as jax.random.key(0) for dropout in train mode, "
                "got None"
            )
        return module(inputs, deterministic=not train, rngs=key)
    if isinstance(module, nnx.bridge.ToNNX):
        return _call_linen(module, inputs, train=train, key=key)
    mode = {"train": train, "key": key, "where": where}
    return module(inputs, **{name: mode[name] for name in mode if takes(module, name)})


HELD = "_holds_statistics"
"""The attribute of classes whose modules always run in eval mode, as `hold_statistics` does."""

LINEN_MODES = {
    "train": True,
    "training": True,
    "is_training": True,
    "deterministic": False,
    "use_running_average": False,
}
"""Usual names of the mode of a Linen module, and their values in train mode."""


def _call_linen(
    module: nnx.bridge.ToNNX, inputs: Array, *, train: bool, key: Array | None
) -> Array:
    """Apply a Linen module in train or eval mode; in train mode, its batch statistics change."""
    names = inspect.signature(type(module.to_nnx__module).__call__).parameters
    mode: dict[str, Any] = {
        name: train == value for name, value in LINEN_MODES.items() if name in names
    }
    rngs = None if key is None else nnx.Rngs(dropout=key)
    has_statistics = bool(jax.tree.leaves(nnx.state(module, nnx.BatchStat)))
    mutable = ["batch_stats"] if train and has_statistics else None
    return module(inputs, rngs=rngs, mutable=mutable, **mode)


def takes(module: nnx.Module, argument: str) -> bool:
    """Return whether the module's ``__call__`` has an argument of the name `argument`."""
    return argument in inspect.signature(type(module).__call__).parameters


def check_inputs(module: nnx.Module, inputs: Array) -> None:
    """Raise unless the inputs fit the weights of a layer.

    The check reads only shapes and dtypes, so it takes no time in a compiled program.

    Args:
        module: Any module. Only convolutions, dense layers, norms and embeddings are checked; other
            modules take any input.
        inputs: Its input.

    Raises:
        TypeError: If the inputs are integers (pixels of 0 to 255, for example) where floats are
            expected, or an embedding gets anything but integers.
        ValueError: If the inputs have another number of channels, or no batch axis.
    """
    kind = kind_of(module)
    if isinstance(module, nnx.Embed) and not jnp.issubdtype(inputs.dtype, jnp.integer):
        raise TypeError(
            f"{kind}: expected integers of 0 to {module.num_embeddings - 1}, got {inputs.dtype} "
            "(an Embedding looks its inputs up, so it comes first and takes them unscaled)"
        )
    channels = _channels(module)
    if channels is None:
        return
    if not jnp.issubdtype(inputs.dtype, jnp.inexact):
        raise TypeError(
            f"{kind}: expected floating-point inputs, got {inputs.dtype} (scale pixels of 0 to 255 "
            "as in training, by images / 255 for example, or let the network begin with a Rescale)"
        )
    if inputs.ndim == 0 or inputs.shape[-1] != channels:
        raise ValueError(
            f"{kind}: expected {channels} values in the last axis, got inputs of shape "
            f"{inputs.shape} (images are (N, H, W, C), channels last, of the size that the network "
            "was built for)"
        )
    if (
        isinstance(module, nnx.Conv | ConvTransposeModule)
        and inputs.ndim != len(module.kernel_size) + 2
    ):
        axes = ", ".join(["N", *"DHW"[-len(module.kernel_size) :], "C"])
        hint = " (one image is a batch, too: images[:1] or image[None], for example)"
        lacks_one = inputs.ndim == len(module.kernel_size) + 1
        raise ValueError(
            f"{kind}: expected inputs of shape ({axes}), got {inputs.shape}{hint * lacks_one}"
        )


def _channels(module: nnx.Module) -> int | None:
    """Return the number of channels that the module's weights are for; None if it takes any."""
    if isinstance(module, nnx.Conv | nnx.Linear | ConvTransposeModule):
        return module.in_features
    if isinstance(module, nnx.BatchNorm | nnx.LayerNorm | nnx.RMSNorm):
        return module.num_features
    if isinstance(module, nnx.GroupNorm):
        return module.num_groups * module.group_size
    return None


def kind_of(module: nnx.Module) -> str:
    """Return the name of a module's kind for tables and errors: ``Dropout`` for a `DropoutModule`.

    Example:
        >>> from jaxcnn import Flatten
        >>> kind_of(Flatten().build((4, 4, 1), rngs=nnx.Rngs(0)))
        'Flatten'
    """
    return type(module).__name__.removesuffix("Module") or "Module"

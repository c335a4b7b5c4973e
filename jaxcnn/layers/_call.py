"""One way to call any module: its mode, key and mask are arguments of the call."""

import inspect

from flax import nnx
from jax import Array

from jaxcnn.nn._inputs import check_inputs
from jaxcnn.nn._masked_batch_norm import masked_batch_norm


def call(
    module: nnx.Module,
    inputs: Array,
    *,
    train: bool,
    key: Array | None,
    where: Array | None = None,
) -> Array:
    """Apply `module` in train or eval mode.

    Flax's BatchNorm and Dropout have arguments of their own for it; a module whose
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

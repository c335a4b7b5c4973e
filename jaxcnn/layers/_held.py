"""Hold the statistics of modules: run them in eval mode, whatever mode they are called in."""

import functools
import inspect
from typing import Any

from flax import nnx

from jaxcnn.layers._call import HELD, LINEN_MODES


def hold_statistics(module: nnx.Module) -> None:
    """Let a module run in eval mode from now on, so that it uses its statistics and keeps them.

    Use it for a batch norm whose weights are frozen. The module is changed in place: it gets a
    subclass of its class, which ignores the arguments that set the mode.

    Args:
        module: A batch norm, or another module that keeps statistics itself.

    Example:
        >>> import jax.numpy as jnp
        >>> norm = nnx.BatchNorm(2, rngs=nnx.Rngs(0))
        >>> hold_statistics(norm)
        >>> norm(jnp.ones((4, 2)), use_running_average=False).round(2).tolist()[0]
        [1.0, 1.0]
        >>> norm.mean[...].tolist()
        [0.0, 0.0]
    """
    # Python looks `__call__` up in the class. Flax's own `__setattr__` is for fields only.
    object.__setattr__(module, "__class__", _held(type(module)))


@functools.cache
def _held(cls: type[nnx.Module]) -> type[nnx.Module]:
    """Return the subclass of a class of modules whose calls are in eval mode.

    It is made once, because programs are compiled anew for another class.
    """
    if getattr(cls, HELD, False):
        return cls
    inner: Any = cls.__call__
    signature = inspect.signature(inner)
    modes = {name: not value for name, value in LINEN_MODES.items() if name in signature.parameters}
    if not modes and not issubclass(cls, nnx.bridge.ToNNX):  # whose mode `call` passes on
        raise ValueError(
            f"module: expected a {cls.__name__} whose __call__ has an argument for the mode, "
            "such as train, to hold its statistics, got none"
        )

    @functools.wraps(inner)
    def in_eval_mode(*arguments: Any, **options: Any) -> Any:
        bound = signature.bind(*arguments, **options)
        bound.arguments.update(modes)
        return inner(*bound.args, **bound.kwargs)

    content = {"__call__": in_eval_mode, HELD: True, "__module__": cls.__module__}
    make: Any = type(cls)
    return make(cls.__name__, (cls,), content)

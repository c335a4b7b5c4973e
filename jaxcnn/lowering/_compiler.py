"""Options that programs of jaxcnn's methods are compiled with."""

from functools import cache

import jax


def compiler_options() -> dict[str, str | bool]:
    """Return options for `jax.jit(step, compiler_options=...)` on the default backend.

    On CPUs, the options turn off two features of XLA that slow convolutional networks down. On
    other backends, there are no options. The first feature is the newer code generator for
    element-wise operations (fusion emitters). It takes up to twice as long to compile the
    operations between the matrix products of convolutions, and its code is no faster. The second
    feature is the concurrency-optimized scheduler. It orders operations so that many can run at the
    same time, but a device with one core runs only one. Without this scheduler, training steps take
    5% less time.

    Returns:
        A dict of option values by name; `{}` if the default backend is not a CPU.

    Example:
        >>> step = jax.jit(lambda x: x + 1, compiler_options=compiler_options())
        >>> int(step(1))
        2
    """
    if jax.default_backend() != "cpu":
        return {}
    return {name: False for name in _OFF_ON_CPUS if _is_known(name)}


_OFF_ON_CPUS = ("xla_cpu_use_fusion_emitters", "xla_cpu_enable_concurrency_optimized_scheduler")
"""The measurements were made with jaxlib 0.10.2."""


@cache
def _is_known(name: str) -> bool:
    """Tell whether this version of the compiler has the option; XLA adds and removes them."""
    try:
        jax.jit(lambda: 0, compiler_options={name: False}).lower().compile()
    except jax.errors.JaxRuntimeError:
        return False
    return True

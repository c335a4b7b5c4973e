"""How XLA is asked to compile programs made of these methods."""

from functools import cache

import jax


def compiler_options() -> dict[str, str | bool]:
    """Options for `jax.jit(step, compiler_options=...)`, by the default backend.

    On CPUs XLA has two ways to make machine code of element-wise operations. Its newer one takes up
    to twice as long for what convolutions leave between their matrix products, and the code is no
    faster. And by default it orders operations so that many can run at the same time, which a
    device with one core cannot: without that, steps take 5 % less time.

    Example:
        >>> step = jax.jit(lambda x: x + 1, compiler_options=compiler_options())
        >>> int(step(1))
        2
    """
    if jax.default_backend() != "cpu":
        return {}
    return {name: False for name in _OFF_ON_CPUS if _is_known(name)}


_OFF_ON_CPUS = ("xla_cpu_use_fusion_emitters", "xla_cpu_enable_concurrency_optimized_scheduler")
"""As measured with jaxlib 0.10.2."""


@cache
def _is_known(name: str) -> bool:
    """Whether the compiler has this option: they come and go."""
    try:
        jax.jit(lambda: 0, compiler_options={name: False}).lower().compile()
    except jax.errors.JaxRuntimeError:
        return False
    return True

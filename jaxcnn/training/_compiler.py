"""How XLA is asked to compile training and evaluation steps."""

import jax


def compiler_options() -> dict[str, bool]:
    """Options for `jax.jit(step, compiler_options=...)`, by the default backend.

    On CPUs XLA has two ways to make machine code of element-wise operations. Its newer one takes up
    to twice as long for what convolutions leave between their matrix products, and the code is no
    faster: `experiments/benchmarks/training_step.py`.

    Example:
        >>> step = jax.jit(lambda x: x + 1, compiler_options=compiler_options())
        >>> int(step(1))
        2
    """
    if jax.default_backend() == "cpu":
        return {"xla_cpu_use_fusion_emitters": False}
    return {}

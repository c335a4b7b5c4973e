"""How the folders compile that compile as users do, where it is not the program that they test."""

from functools import partial

import jax

QUICKLY = {"xla_backend_optimization_level": 0}
jit_quickly = partial(jax.jit, compiler_options=QUICKLY)

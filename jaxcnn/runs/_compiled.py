"""Compiled programs, kept for the next run."""

import os
from pathlib import Path

import jax

from jaxcnn.data._errors import import_extra

WORTH_KEEPING = 0.05
"""Seconds of compiling. By default JAX keeps nothing that took it less than one, which adds up."""


def experiments_cache() -> Path:
    """Where the experiments and commands keep compiled programs if nobody says where."""
    return Path(import_extra("pooch").os_cache("jaxcnn")) / "compiled"


def keep_compiled_programs(folder: Path | None = None) -> None:
    """Make JAX keep its compiled programs, and find them again; before anything is computed.

    Args:
        folder: where; None: where JAX's own JAX_COMPILATION_CACHE_DIR says, or in the user's
            cache.
    """
    if folder is None and "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder or experiments_cache()))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", WORTH_KEEPING)

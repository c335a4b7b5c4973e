"""Keep programs that call oneDNN out of JAX's persistent compilation cache.

XLA cannot serialize such a program. It does not refuse: it takes the call of oneDNN for an ordinary
custom call, which has other members, and reads them from memory that does not hold them. JAX has no
setting for single programs, so the function that writes to its cache is replaced.
"""

import functools
from typing import Any

from jax._src import compilation_cache

_MARK = "leaves_out_onednn"


def keep_out_of_cache(prefix: str) -> None:
    """Make JAX's persistent compilation cache leave out programs with certain custom calls.

    Args:
        prefix: The prefix of XLA's names of the calls.
    """
    write = compilation_cache.put_executable_and_time
    if hasattr(write, _MARK):
        return

    @functools.wraps(write)
    def write_others(
        cache_key: str, module_name: str, executable: Any, *arguments: Any, **keywords: Any
    ) -> None:
        if not any(prefix in module.to_string() for module in executable.hlo_modules()):
            write(cache_key, module_name, executable, *arguments, **keywords)

    setattr(write_others, _MARK, True)
    compilation_cache.put_executable_and_time = write_others

"""Keep programs that would be read back wrong out of JAX's persistent compilation cache.

JAX has no setting for single programs, so the function that writes to its cache is replaced.
"""

import functools
from typing import Any

from jax._src import compilation_cache

_MARKS = "marks_of_programs_left_out"


def keep_out_of_cache(mark: str) -> None:
    """Make JAX's persistent compilation cache leave out the programs whose text contains a mark.

    Args:
        mark: A part of a compiled program's text, such as XLA's name of a call.
    """
    write = compilation_cache.put_executable_and_time
    if hasattr(write, _MARKS):
        getattr(write, _MARKS).add(mark)
        return
    marks = {mark}

    @functools.wraps(write)
    def write_others(
        cache_key: str, module_name: str, executable: Any, *arguments: Any, **keywords: Any
    ) -> None:
        texts = [module.to_string() for module in executable.hlo_modules()]
        if not any(mark in text for mark in marks for text in texts):
            write(cache_key, module_name, executable, *arguments, **keywords)

    setattr(write_others, _MARKS, marks)
    compilation_cache.put_executable_and_time = write_others

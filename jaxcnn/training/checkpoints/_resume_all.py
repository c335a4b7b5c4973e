"""Resume in several processes: process 0 reads the checkpoint, and tells the others."""

from collections.abc import Callable, Mapping
from typing import Any

import jax

from jaxcnn.distributed import broadcast, from_first, together
from jaxcnn.training.checkpoints._saver import Extension, Resumed, Saver
from jaxcnn.training.checkpoints._settings import Resume


def resume_all(
    saver: Saver, like: Callable[[Mapping[str, Any]], Mapping[str, Any]], resume: Resume
) -> Resumed | None:
    """Read the latest checkpoint in process 0, and return its content in all processes.

    So all go on from the same step, and only process 0 needs the folder.

    Args:
        saver: The checkpoints; those of process 0 count.
        like: A function of a checkpoint's content that returns pytrees like those in it.
        resume: What to do if there are checkpoints, or none.

    Raises:
        ProcessError: If process 0 raised an error, in the other processes.
    """
    resumed = None
    with together():
        resumed = saver.resume(like, resume)
    if jax.process_count() == 1:
        return resumed
    told = from_first(None if resumed is None else (resumed.content, resumed.extension))
    if told is None:
        return None
    content, extension = told
    trees = broadcast(dict(like(content)) if resumed is None else resumed.trees)
    return Resumed(trees, content, None if extension is None else Extension(*extension))

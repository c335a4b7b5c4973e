"""`unfinished_checkpoints`: how far a training came, according to its checkpoints."""

import os
from contextlib import suppress
from pathlib import Path

from jaxcnn._support.replaced import checkpoint_path
from jaxcnn.runs import checkpoint_numbers
from jaxcnn.training._early_stopping import EarlyStopping
from jaxcnn.training.checkpoints._saver import IDENTITY


def unfinished_checkpoints(checkpoints: str | os.PathLike[str]) -> str | None:
    """Say how far a training came that is not finished, according to its checkpoints.

    Nothing is written.

    Args:
        checkpoints: The folder of the checkpoints, as passed to ``fit(checkpoints=)`` or
            ``fit_ensemble(checkpoints=)``.

    Returns:
        The step of the last checkpoint and the complete epochs, in words. None if the training is
        finished, or if its last checkpoint does not say, such as that of a `learning_rate_range`.

    Example::

        unfinished_checkpoints("saved")  # was last saved after step 44, with 2 of 9 epochs ...
    """
    # Orbax takes a part of a second to import.
    from jaxcnn.training.checkpoints._store import read_record

    folder = Path(checkpoints).expanduser().absolute()
    step = max(checkpoint_numbers(folder), default=0)
    with suppress(AttributeError, LookupError, OSError, TypeError, ValueError):
        content = read_record(checkpoint_path(folder, step))
        epoch, identity = content["epoch"], content[IDENTITY]
        epochs, stopping = identity["epochs"], identity.get("early_stopping")
        has_epochs = bool(content.keys() & {"history", "histories"})
        history = content.get("history")
        gave_up = stopping and history and EarlyStopping(**stopping).gives_up(history)
        if has_epochs and epoch < epochs and not gave_up and not content.get("stopped"):
            return (
                f"was last saved after step {step}, with {int(epoch)} of {int(epochs)} epochs "
                "complete (the same call goes on)"
            )
    return None

"""The epochs' numbers for TensorBoard."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from numbers import Real
from pathlib import Path
from types import ModuleType

from jaxcnn._support.extras import import_extra
from jaxcnn.runs._history_files import Logs, flat

FOLDER = "tensorboard"


def import_tensorboard() -> ModuleType:
    """The package that writes the files, or an ImportError that says how to get it."""
    return import_extra("tensorboardX", extra="tensorboard")


def write_events(history: Sequence[Logs], folder: Path) -> None:
    """Write all epochs into one event file, in the folder's own folder ``tensorboard``."""
    with event_log(folder) as log:
        for logs in history:
            log(logs)


@contextmanager
def event_log(folder: Path) -> Iterator[Callable[[Logs], None]]:
    """Yield a function that adds an epoch to an event file; the epoch is the step."""
    with import_tensorboard().SummaryWriter(str(folder / FOLDER)) as writer:

        def log(logs: Logs) -> None:
            for name, value in flat(logs, separator="/"):
                if isinstance(value, Real) and name != "epoch":
                    writer.add_scalar(name, float(value), logs["epoch"])
            writer.flush()

        yield log

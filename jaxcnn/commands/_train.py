"""The subcommand `jaxcnn train`, and the same from a script with options of its own."""

import dataclasses
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import tyro

from jaxcnn._support.arguments import did_you_mean
from jaxcnn._support.set_up import set_up
from jaxcnn._support.texts import without_controls
from jaxcnn.commands._arguments import say_which_is_meant
from jaxcnn.commands._option_names import with_options
from jaxcnn.commands._output import (
    DIVERGED,
    FAILED,
    INTERRUPTED,
    SAVED,
    WRONG_COMMAND,
    exit_with,
)
from jaxcnn.commands._parse import parse
from jaxcnn.commands._place import Placed, placed
from jaxcnn.distributed import ProcessError, leave, start
from jaxcnn.experiment import PUBLISHED, Config, DatasetName, run
from jaxcnn.training import NonFiniteLossError, Terminated

_NAMES = ("auto", *PUBLISHED)
"""The data sets that `jaxcnn train` takes by name."""


def source_options(data: str) -> dict[str, Any]:
    """Return the options of a `Config` for what was typed as DATA: a name, a table or a folder.

    Args:
        data: The name of a published data set, or the path of a CSV file or of a folder.

    Raises:
        ValueError: If it is none of them.
    """
    if data in _NAMES:
        return {"dataset": data}
    path = Path(data).expanduser()
    if path.suffix.lower() == ".csv" and path.is_file():
        return {"dataset": "table", "table": path}
    if path.is_dir():
        return {"dataset": "folder", "data_dir": path}
    hint = did_you_mean(data, _NAMES)
    if path.is_file():
        hint = " (this is a file; pictures of one class are in a folder of that name)"
    raise ValueError(
        "DATA: expected a folder of pictures, a table (.csv), or one of "
        f"{', '.join(_NAMES)}, got {data!r}{hint}"
    )


@dataclasses.dataclass(frozen=True)
class TrainOptions(Placed, Config):
    """The options of `jaxcnn train`, where DATA says which data set it is.

    Attributes:
        data: A folder that contains train/<class>/ and test/<class>/, or only <class>/; a CSV table
            with a column of paths and one of labels; or the name of a published data set: cifar10,
            cifar100, mnist, digits, or auto: cifar10 if it can be had, and otherwise digits.
        data_dir: For a published data set, the folder that contains its files, such as
            cifar-10-batches-bin/; by default $JAXCNN_DATA or the cache. For a table, the folder to
            which its paths are relative; by default the folder of the table.
    """

    data: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="DATA")] = tyro.MISSING
    data_dir: Path | None = None
    dataset: tyro.conf.Suppress[DatasetName] = "auto"
    table: tyro.conf.Suppress[Path | None] = None

    def __post_init__(self) -> None:
        """Check nothing: `config` does."""

    def config(self) -> Config:
        """Return the options of the experiment, checked."""
        options = {field.name: getattr(self, field.name) for field in dataclasses.fields(Config)}
        source = source_options(self.data)
        if "data_dir" in source and self.data_dir is not None:
            raise ValueError(
                f"data_dir: expected none with a folder of pictures, got {self.data_dir}"
            )
        return Config(**options | source)


def train(options: Annotated[TrainOptions, tyro.conf.arg(name="")]) -> int:
    """Train a network on pictures or a published data set, and save everything in a new folder.

    Most trainings need few options: --out names the folder of the run, --epochs sets how long to
    train, --size how large the pictures become, and --preset or --model which network is trained.
    For example: jaxcnn train pictures --out runs/pets --epochs 20

    For pictures of your own, the image size, the batch size, the number of epochs and early
    stopping are chosen from the pictures, and printed with the reasons. If the data have no test
    part, a fifth of each class is set aside for the test.

    On several machines, start the same command on each, with --coordinator and --processes, and
    with another --process. On one machine, jaxcnn launch does it.

    The exit status is 0 if the network was trained, 1 if the training failed after it had begun,
    such as by a full disk, 2 if the command line or the data are wrong, 3 if the training diverged,
    130 after Ctrl-C, and 75 after SIGTERM. What was reached is saved.
    """
    say_which_is_meant(options.data, _NAMES)
    return train_config(options.config(), TrainOptions, options)


def run_from_command_line(
    kind: type[Config], description: str | None, arguments: Sequence[str] | None = None
) -> None:
    """Train by the options of a config from the command line, like `jaxcnn train`, and exit.

    Use it in a script that trains with defaults of its own: a subclass of `Config`.

    Args:
        kind: The class of the config.
        description: The text of ``--help``.
        arguments: The command line without the script's name. None means the arguments of this
            process.
    """
    arguments = sys.argv[1:] if arguments is None else arguments

    typed = placed(kind)

    def parse_and_train() -> int:
        options = parse(typed, arguments, prog=sys.argv[0], description=description)
        names = (field.name for field in dataclasses.fields(kind))
        config = kind(**{name: getattr(options, name) for name in names})
        return train_config(config, typed, options)

    exit_with(parse_and_train, partial(with_options, command=typed))


def train_config(config: Config, kind: type, place: Placed) -> int:
    """Prepare this machine, run an experiment, and return the exit status.

    Args:
        config: The options of the experiment.
        kind: The class of the options that were typed, whose names errors use.
        place: Which of several processes this one is.
    """
    signal.signal(signal.SIGTERM, _terminate)  # while the training runs, `fit` handles it
    begun = [_is_restarted()]  # a training that is restarted had begun: its options are right
    try:
        set_up(config.devices, huge_pages=True)
        start(place.coordinator, place.processes, place.process)
        run(_resumed(config), on_begin=lambda: begun.append(True))
    except KeyboardInterrupt as error:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # to end takes Python a second more
        print(str(error) or "Interrupted before the training began", file=sys.stderr)
        return leave(INTERRUPTED)
    except Terminated as error:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print(error, file=sys.stderr)
        return leave(SAVED)  # outside of `fit`, the other processes do not know
    except (NonFiniteLossError, ProcessError, ImportError, OSError, ValueError) as error:
        message = f"{type(error).__name__}: {with_options(str(error), kind)}"
        print(without_controls(message), file=sys.stderr)
        if isinstance(error, NonFiniteLossError):
            return DIVERGED  # in all processes; the others wait until process 0 has saved the rest
        return leave(FAILED if _is_of_training(error, any(begun)) else WRONG_COMMAND)
    return 0


def _is_of_training(error: Exception, has_begun: bool) -> bool:
    """Return whether an error came up in a training whose options are right."""
    has_steps = hasattr(error, "run")  # as errors between the first step and the last have
    return has_steps or (has_begun and isinstance(error, OSError | ProcessError))


def _is_restarted() -> bool:
    """Return whether `jaxcnn launch` has started this process again."""
    return os.environ.get("JAXCNN_RESTART", "0") != "0"


def _resumed(config: Config) -> Config:
    """Let an experiment that `jaxcnn launch` has started again go on from its last checkpoint."""
    if not _is_restarted() or config.resume != "never":
        return config
    return dataclasses.replace(config, resume="auto")


def _terminate(number: int, frame: object) -> None:
    """End with the status that tells schedulers to start the program again."""
    del number, frame
    raise Terminated

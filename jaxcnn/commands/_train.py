"""The subcommand `jaxcnn train`, and the same from a script with options of its own."""

import dataclasses
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import tyro

from jaxcnn._support.arguments import did_you_mean
from jaxcnn._support.set_up import set_up
from jaxcnn._support.texts import without_controls
from jaxcnn.commands._arguments import say_which_is_meant
from jaxcnn.commands._option_names import naming_options, with_options
from jaxcnn.commands._output import INTERRUPTED, exit_with
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
class TrainOptions(Config):
    """The options of `jaxcnn train`, where DATA says which data set it is.

    Attributes:
        data: A folder that contains train/<class>/ and test/<class>/, or only <class>/; a CSV table
            with the columns path and label; or the name of a published data set: auto, cifar10,
            cifar100, mnist or digits.
        data_dir: For a published data set, the folder that contains its files, such as
            cifar-10-batches-bin/; by default $JAXCNN_DATA or the cache. For a table, the folder to
            which its paths are relative; by default the folder of the table.
    """

    data: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="DATA")] = tyro.MISSING
    data_dir: Path | None = None
    dataset: tyro.conf.Suppress[DatasetName] = "auto"
    table: tyro.conf.Suppress[Path | None] = None

    def __post_init__(self) -> None:
        try:
            self._check()
        except (TypeError, ValueError) as error:
            raise type(error)(with_options(str(error), TrainOptions)) from None

    def _check(self) -> None:
        for name, value in source_options(self.data).items():
            if name == "data_dir" and self.data_dir is not None:
                raise ValueError(
                    f"data_dir: expected none with a folder of pictures, got {self.data_dir}"
                )
            # Assignment to a field of a frozen dataclass goes through `object`.
            object.__setattr__(self, name, value)
        super().__post_init__()


def train(options: Annotated[TrainOptions, tyro.conf.arg(name="")]) -> int:
    """Train a network on pictures or a published data set, and save everything in a new folder.

    For pictures of your own, the image size, the batch size, the number of epochs and early
    stopping are chosen from the pictures, and printed with the reasons. If the data have no test
    part, a fifth of each class is set aside for the test.

    The exit status is 0 if the network was trained, 1 if the training diverged, 2 if the command
    line or the data are wrong, 130 after Ctrl-C, and 75 after SIGTERM. What was reached is saved.
    """
    say_which_is_meant(options.data, _NAMES)
    plain = {field.name: getattr(options, field.name) for field in dataclasses.fields(Config)}
    return train_config(Config(**plain), TrainOptions)


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

    def parse_and_train() -> int:
        config = tyro.cli(naming_options(kind), description=description, args=arguments)
        return train_config(config, kind)

    exit_with(parse_and_train)


def train_config(config: Config, kind: type[Config]) -> int:
    """Prepare this machine, run an experiment, and return the exit status.

    Args:
        config: The options of the experiment.
        kind: The class of the options that were typed, whose names errors use.
    """
    signal.signal(signal.SIGTERM, _terminate)  # while the training runs, `fit` handles it
    try:
        set_up(config.devices, huge_pages=True)
        start()
        run(config)
    except KeyboardInterrupt as error:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # to end takes Python a second more
        print(str(error) or "Interrupted before the training began", file=sys.stderr)
        return leave(INTERRUPTED)
    except Terminated as error:
        print(error, file=sys.stderr)
        raise
    except (NonFiniteLossError, ProcessError, ImportError, OSError, ValueError) as error:
        message = f"{type(error).__name__}: {with_options(str(error), kind)}"
        print(without_controls(message), file=sys.stderr)
        return leave(1 if isinstance(error, NonFiniteLossError) else 2)
    return 0


def _terminate(number: int, frame: object) -> None:
    """End with the status that tells schedulers to start the program again."""
    del number, frame
    raise Terminated

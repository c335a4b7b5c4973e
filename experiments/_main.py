"""Run an experiment from the command line."""

import signal
import sys

try:
    import tyro
except ImportError:
    sys.exit("experiments need the package 'tyro': pip install 'jaxcnn[experiments]'")

from _option_names import naming_options, with_options

import jaxcnn
from jaxcnn.commands import replace_unwritable_characters, warnings_as_lines
from jaxcnn.experiment import Config, run
from jaxcnn.training import NonFiniteLossError, Terminated


def run_from_command_line(kind: type[Config], description: str | None) -> None:
    """Read a config from the command line and run it; print errors as one line.

    Args:
        kind: The class of the config.
        description: The text of `--help`.
    """
    replace_unwritable_characters()
    signal.signal(signal.SIGTERM, _terminate)  # while the training runs, `fit` handles it
    try:
        config = tyro.cli(naming_options(kind), description=description)
        jaxcnn.set_up(config.devices, huge_pages=True)
        with warnings_as_lines():
            run(config)
    except (NonFiniteLossError, ImportError, OSError, ValueError) as error:
        sys.exit(f"{type(error).__name__}: {with_options(str(error), kind)}")
    except KeyboardInterrupt as error:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # to end takes Python a second more
        print(str(error) or "Interrupted before the training began", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except Terminated as error:
        print(error, file=sys.stderr)
        raise


INTERRUPTED = 128 + signal.SIGINT
"""The exit status of a program that Ctrl-C ended."""


def _terminate(number: int, frame: object) -> None:
    """End with the status that tells schedulers to start the program again."""
    del number, frame
    raise Terminated

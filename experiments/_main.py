"""Run an experiment from the command line."""

import sys

import tyro

import jaxcnn
from jaxcnn.experiment import Config, run
from jaxcnn.training import NonFiniteLossError


def run_from_command_line(kind: type[Config], description: str | None) -> None:
    """Read a config from the command line and run it; print errors as one line.

    Args:
        kind: The class of the config.
        description: The text of `--help`.
    """
    try:
        config = tyro.cli(kind, description=description)
        jaxcnn.set_up(config.devices, huge_pages=True)
        run(config)
    except (NonFiniteLossError, ImportError, OSError, ValueError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted before there was anything to save")

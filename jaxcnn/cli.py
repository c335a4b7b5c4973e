"""The `jaxcnn` command."""

import sys
from collections.abc import Sequence

from jaxcnn.data._errors import import_extra
from jaxcnn.runs import examine


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: `arguments`, by default the process's own. Errors are a plain line."""
    try:
        tyro = import_extra("tyro")
        status = tyro.extras.subcommand_cli_from_dict(
            {"doctor": doctor},
            prog="jaxcnn",
            description="Convolutional networks in JAX.",
            args=arguments,
        )
    except (ImportError, OSError, ValueError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted")
    sys.exit(status)


def doctor(*, json: bool = False) -> int:
    """Say whether everything works on this machine, and what would make it faster.

    Args:
        json: print JSON in place of text.

    Returns:
        The exit status: 0, or 1 if something is broken.
    """
    report = examine()
    print(report.to_json() if json else report)
    return 1 if report.broken else 0

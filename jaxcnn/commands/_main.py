"""`main`: call the function of a subcommand, and exit with its status."""

import sys
from collections.abc import Sequence

from jaxcnn._support.extras import import_extra
from jaxcnn._version import __version__
from jaxcnn.commands._check import check
from jaxcnn.commands._doctor import doctor
from jaxcnn.commands._predict import predict
from jaxcnn.commands._profile import profile
from jaxcnn.commands._report import report
from jaxcnn.commands._summary import summary


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the `jaxcnn` command, and exit the process.

    An error is printed as one line on standard error; the exit status is then 2, as for a wrong
    command line. Subcommands return 0 for a good result and 1 for a bad one. ``jaxcnn --version``
    prints the version.

    Args:
        arguments: The command line without the program's name. None: the arguments of this process.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if [*arguments] == ["--version"]:
        print(f"jaxcnn {__version__}")
        sys.exit(0)
    try:
        tyro = import_extra("tyro")
        status = tyro.extras.subcommand_cli_from_dict(
            {
                "doctor": doctor,
                "check": check,
                "summary": summary,
                "profile": profile,
                "predict": predict,
                "report": report,
            },
            prog="jaxcnn",
            description="Convolutional networks in JAX. jaxcnn --version prints the version.",
            args=arguments,
        )
    except (ImportError, OSError, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit("Interrupted")
    sys.exit(status)

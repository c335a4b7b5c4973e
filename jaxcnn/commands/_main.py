"""`main`: call the function of a subcommand, and exit with its status."""

import sys
from collections.abc import Sequence

from jaxcnn._support.extras import import_extra
from jaxcnn.commands._check import check
from jaxcnn.commands._doctor import doctor
from jaxcnn.commands._predict import predict
from jaxcnn.commands._profile import profile
from jaxcnn.commands._report import report
from jaxcnn.commands._summary import summary
from jaxcnn.commands._verify import verify


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the `jaxcnn` command, and exit the process.

    An error is printed as one line on standard error, with exit status 2, as for a wrong command
    line. Subcommands return 0 for a good result and 1 for a bad one.

    Args:
        arguments: The command line without the program's name. None: that of the process.
    """
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
                "verify": verify,
            },
            prog="jaxcnn",
            description="Convolutional networks in JAX.",
            args=arguments,
        )
    except (ImportError, OSError, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit("Interrupted")
    sys.exit(status)

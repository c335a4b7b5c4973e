"""Which function each command line calls, and the exit status."""

import sys
from collections.abc import Sequence

from jaxcnn._support.extras import import_extra
from jaxcnn.commands._check import check
from jaxcnn.commands._doctor import doctor
from jaxcnn.commands._predict import predict
from jaxcnn.commands._profile import profile
from jaxcnn.commands._report import report
from jaxcnn.commands._summary import summary


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: `arguments`, by default the process's own.

    What cannot be done is a plain line on standard error, and exit status 2, as a wrong command
    line is; 1 is left to commands whose answer is bad.
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

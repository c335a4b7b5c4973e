"""`main`: call the function of a subcommand, and exit with its status."""

import sys
from collections.abc import Sequence

import tyro

from jaxcnn._version import __version__
from jaxcnn.commands._check import check
from jaxcnn.commands._doctor import doctor
from jaxcnn.commands._launch import launch, mark_script
from jaxcnn.commands._output import exit_with
from jaxcnn.commands._predict import predict
from jaxcnn.commands._profile import profile
from jaxcnn.commands._report import report
from jaxcnn.commands._runs import runs
from jaxcnn.commands._summary import summary
from jaxcnn.commands._train import train
from jaxcnn.commands._validate import validate
from jaxcnn.commands._verify import verify

COMMANDS = {
    "train": train,
    "validate": validate,
    "predict": predict,
    "report": report,
    "runs": runs,
    "check": check,
    "summary": summary,
    "profile": profile,
    "verify": verify,
    "launch": launch,
    "doctor": doctor,
}
"""The function of each subcommand, in the order of the help."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the `jaxcnn` command, and exit the process.

    An error is printed as one line on standard error, with exit status 2, as for a wrong command
    line. Subcommands return 0 for a good result and 1 for a bad one. If the reader of the output
    stops early, as in ``jaxcnn predict ... | head -1``, the status is 141. Ctrl-C ends the command
    with status 130. ``jaxcnn --version`` prints the version.

    Args:
        arguments: The command line without the program's name. None means the arguments of this
            process.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    exit_with(lambda: _run(arguments))


def _run(arguments: Sequence[str]) -> int | str:
    """Run the subcommand, and return its exit status."""
    if [*arguments] == ["--version"]:
        print(f"jaxcnn {__version__}")
        return 0
    if [*arguments[:1]] == ["launch"]:
        arguments = ["launch", *mark_script(arguments[1:])]
    return tyro.extras.subcommand_cli_from_dict(
        COMMANDS,
        prog="jaxcnn",
        description="Convolutional networks in JAX. jaxcnn --version prints the version.",
        args=arguments,
    )

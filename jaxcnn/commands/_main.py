"""`main`: call the function of a subcommand, and exit with its status."""

import sys
from collections.abc import Sequence
from functools import partial

from jaxcnn._support.arguments import did_you_mean
from jaxcnn._version import __version__
from jaxcnn.commands._check import check
from jaxcnn.commands._doctor import doctor
from jaxcnn.commands._explore import explore
from jaxcnn.commands._export import export
from jaxcnn.commands._gallery import gallery
from jaxcnn.commands._launch import launch, mark_script
from jaxcnn.commands._option_names import with_options
from jaxcnn.commands._output import exit_with
from jaxcnn.commands._parse import parse, print_overview
from jaxcnn.commands._plan import plan
from jaxcnn.commands._predict import predict
from jaxcnn.commands._profile import profile
from jaxcnn.commands._push import push
from jaxcnn.commands._report import report
from jaxcnn.commands._runs import runs
from jaxcnn.commands._serve import serve
from jaxcnn.commands._summary import summary
from jaxcnn.commands._train import train
from jaxcnn.commands._validate import validate
from jaxcnn.commands._verify import verify

COMMANDS = {
    "train": train,
    "validate": validate,
    "predict": predict,
    "export": export,
    "push": push,
    "serve": serve,
    "report": report,
    "explore": explore,
    "gallery": gallery,
    "runs": runs,
    "check": check,
    "summary": summary,
    "profile": profile,
    "plan": plan,
    "verify": verify,
    "launch": launch,
    "doctor": doctor,
}
"""The function of each subcommand, in the order of the help."""

SAME = {"-h": "--help", "help": "--help", **dict.fromkeys(["-v", "-V", "version"], "--version")}
"""Other ways to ask for the help and the version."""

DESCRIPTION = """Convolutional networks in JAX.

To begin: jaxcnn train FOLDER trains a network on a folder of pictures with one folder per class,
and prints the folder of the run. Then jaxcnn report RUN shows how well it works, and jaxcnn predict
RUN PICTURE names new pictures.

Use jaxcnn COMMAND --help for all about a command, and jaxcnn --version for the version."""
"""The beginning of the help. Tyro joins the lines of a paragraph."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the `jaxcnn` command, and exit the process.

    An error is printed on standard error, with exit status 2; it names what was typed. If the
    command line is wrong, a second line names the help. Subcommands return 0 for a good result and
    1 for a bad one. If the reader of the output stops early, as in ``jaxcnn predict ... | head
    -1``, the status is 141. Ctrl-C ends the command with status 130. ``jaxcnn --version`` prints
    the version, and so do ``-v``, ``-V`` and ``version``; ``jaxcnn help`` prints the help, and
    ``jaxcnn help COMMAND`` that of a command.

    Args:
        arguments: The command line without the program's name. None means the arguments of this
            process.
    """
    arguments = [*(sys.argv[1:] if arguments is None else arguments)]
    command = COMMANDS.get(arguments[0]) if arguments else None
    words = str if command is None else partial(with_options, command=command)
    exit_with(lambda: _run(arguments), words)


def _run(arguments: Sequence[str]) -> int | str:
    """Run the subcommand, and return its exit status."""
    name, *others = arguments or [""]
    if name == "help" and others:  # as in Git
        name, others = others[0], ["--help"]
    if name == "launch":
        others = mark_script(others)
    if name in COMMANDS:
        return parse(COMMANDS[name], others, prog=f"jaxcnn {name}")()
    name = SAME.get(name, name)
    if name == "--version":
        print(f"jaxcnn {__version__}")
        return 0
    if name == "--help" or name.startswith("--tyro-"):
        print_overview(COMMANDS, [name, *others], prog="jaxcnn", description=DESCRIPTION)
    raise ValueError(
        f"COMMAND: expected one of {', '.join(COMMANDS)}, got {repr(name) if name else 'none'}"
        f"{did_you_mean(name, COMMANDS)}\nSee jaxcnn --help"
    )

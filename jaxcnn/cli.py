"""The `jaxcnn` command."""

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from jaxcnn import data
from jaxcnn.data._errors import import_extra
from jaxcnn.explain import plot_examples
from jaxcnn.runs import examine


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: `arguments`, by default the process's own. Errors are a plain line."""
    try:
        tyro = import_extra("tyro")
        status = tyro.extras.subcommand_cli_from_dict(
            {"doctor": doctor, "check": check},
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


def check(pictures: Path, /, *, size: tuple[int, int] = (32, 32), page: Path | None = None) -> int:
    """Look through pictures for what spoils training.

    Args:
        pictures: a folder that holds train/<class>/ and test/<class>/, or <class>/ alone; or a
            CSV file with the columns path and label.
        size: height and width that the pictures get.
        page: also save a page of examples, a picture such as examples.png.

    Returns:
        The exit status: 0, or 1 if there is a problem.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read = data.image_table if pictures.suffix.lower() == ".csv" else data.image_folder
        splits = read(pictures, size, on_error="skip", cache=False)
    skipped = [str(warning.message) for warning in caught if warning.category is UserWarning]
    report = data.check(splits)
    print(report, *skipped, sep="\n")
    if page is not None:
        plot_examples(splits.train).savefig(page)
        print(f"Examples are in {page}")
    return 1 if report.problems or skipped else 0

"""The `jaxcnn` command."""

import re
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from jaxcnn import data, training
from jaxcnn import summary as summarize
from jaxcnn._support.extras import import_extra
from jaxcnn.architecture import from_json
from jaxcnn.explain import plot_architecture, plot_examples, plot_roofline
from jaxcnn.layers import Layer, Shape
from jaxcnn.models import MODELS, by_name
from jaxcnn.runs import examine
from jaxcnn.runs.page import report_command
from jaxcnn.runs.predicting import predict


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
                "report": report_command,
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
    _check_picture("--page", page)
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


def summary(
    model: str,
    /,
    *,
    input_shape: tuple[str, ...] | None = None,
    batch_size: int = 1,
    markdown: bool = False,
    json: bool = False,
    picture: Path | None = None,
) -> int:
    """Print what a network costs, layer by layer, without running it.

    Args:
        model: a network of the zoo such as lenet5, or a file that holds an architecture as JSON.
        input_shape: sizes of one example, channels last, such as 32 32 3; needed for a file.
        batch_size: examples that all costs are for.
        markdown: print a table of Markdown.
        json: print JSON.
        picture: also draw the network, a picture such as network.png.
    """
    if json and markdown:
        raise ValueError("--json and --markdown are two forms of one table: give one of them")
    _check_picture("--picture", picture)
    architecture, shape, title = _network(model, input_shape)
    table = summarize(architecture, shape, batch_size=batch_size)
    if picture is not None:  # before the table, whose reader may stop early, as `head` does
        plot_architecture(architecture, shape, title=title).savefig(picture)
    print(table.to_json() if json else table.to_markdown() if markdown else table)
    return 0


def profile(
    model: str,
    /,
    *,
    input_shape: tuple[str, ...] | None = None,
    batch_size: int = 1,
    train: bool = False,
    json: bool = False,
    picture: Path | None = None,
) -> int:
    """Time each layer of a network beside what this machine can do.

    Args:
        model: a network of the zoo such as lenet5, or a file that holds an architecture as JSON.
        input_shape: sizes of one example, channels last, such as 32 32 3; needed for a file.
        batch_size: examples in a batch.
        train: time the forward and backward pass of training, in place of inference.
        json: print JSON.
        picture: also plot the roofline, a picture such as roofline.png.
    """
    _check_picture("--picture", picture)
    architecture, shape, title = _network(model, input_shape)
    times = training.profile(architecture, shape, batch_size=batch_size, train=train)
    if picture is not None:
        plot_roofline(times, title=title).savefig(picture)
    print(times.to_json() if json else times)
    return 0


def _network(model: str, input_shape: Sequence[str] | None) -> tuple[Layer, Shape, str]:
    """An architecture, the shape of its inputs, and what it is called."""
    path = Path(model)
    shape = None if input_shape is None else _as_shape(input_shape)
    if path.suffix.lower() == ".json":
        architecture = from_json(path.read_text(encoding="utf-8"))
        if shape is None:
            raise ValueError(f"--input-shape is needed for a file, such as 32 32 3 for {path.name}")
        return architecture, shape, path.stem
    if model not in MODELS and path.exists():
        what = "is a folder" if path.is_dir() else "is no .json file"
        raise ValueError(f"model: {model!r} {what}; give a .json file, or a network of the zoo")
    made = by_name(model)
    if shape is not None and len(shape) != len(made.input_shape):
        raise ValueError(
            f"--input-shape needs {len(made.input_shape)} numbers for {model}, such as "
            f"{_spaced(made.input_shape)}, got {_spaced(shape)}"
        )
    return made.make(), shape or made.input_shape, model


def _as_shape(written: Sequence[str]) -> Shape:
    """Numbers with blanks, commas or × between them."""
    sizes = [size for size in re.split(r"[\s,x×]+", " ".join(written)) if size]
    if not sizes or not all(re.fullmatch(r"-?\d+", size) for size in sizes):
        raise ValueError(
            f"--input-shape must be whole numbers such as 32 32 3, got {' '.join(written)!r}"
        )
    return tuple(map(int, sizes))


def _spaced(shape: Shape) -> str:
    return " ".join(map(str, shape))


def _check_picture(option: str, picture: Path | None) -> None:
    """Raise before any work what `savefig` would raise at its end."""
    if picture is None:
        return
    kinds = import_extra("matplotlib.backend_bases").FigureCanvasBase.get_supported_filetypes()
    if picture.suffix[1:].lower() not in kinds:
        raise ValueError(f"{option} must end in one of .{', .'.join(kinds)}; got {picture}")
    if not picture.parent.is_dir():
        raise ValueError(f"{option}: there is no folder {picture.parent}")

"""The subcommand `jaxcnn predict`."""

import csv
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, TextIO

from jaxcnn._support.texts import readable, spreadsheet_cell
from jaxcnn.commands._arguments import check_run_first, keep_programs
from jaxcnn.data import IMAGE_SUFFIXES, source_name
from jaxcnn.export import OnnxNetwork
from jaxcnn.hub import load, parse_address
from jaxcnn.inference import Network
from jaxcnn.reports import FilePrediction, find_pictures, others_in_words, predict_files

COLUMNS = ("path", "rank", "class", "probability", "error", "unusual")
"""Columns of the CSV table."""

COLUMNS_OF_NUMBERS = ("path", "rank", "name", "number", "error", "unusual")
"""Columns of the CSV table for a regression; rank 1 is the first number."""

TITLES = {"single": "classes, the most probable first", "multilabel": "labels"} | dict.fromkeys(
    ("regression", "absolute regression"), "numbers"
)
"""Heading of the predictions, by the name of the task."""

MAX_WIDTH = 60
"""Width of the table's first column, at most; longer paths extend beyond it."""


def predict(
    run: Path,
    pictures: tuple[str, ...] = (),
    /,
    *,
    files_from: str | None = None,
    top: int | None = None,
    threshold: float | None = None,
    explain: Path | None = None,
    json: bool = False,
    csv: bool = False,
    engine: Literal["jax", "onnx"] | None = None,
    cache: Path | None = None,
) -> int:
    """Classify image files: print their most probable classes with probabilities.

    With a regression network, it prints the predicted numbers.

    Pictures of any size (JPEG, PNG, WebP, BMP, GIF, TIFF, and with the package pillow-heif HEIC)
    are resized to cover the network's input size, and cropped to the center, or as the network's
    preprocessing says. If a picture looks unlike the training pictures, such as much brighter, a
    line below it says so. A file that cannot be read is reported on standard error, and the others
    are still predicted. So are pipes, devices and links to nothing. In folders, only files with the
    extension of a picture are predicted, and the command says how many others there are, with an
    example.

    The exit status is 0 if all pictures were read, and 1 if some could not be read. It is 2 if
    there was nothing to do, there is no run, or the command line is wrong.

    Args:
        run: The folder of a run, as written by a run's `save` method or an experiment; an address
            of the hub such as hf://user/name; or a file that jaxcnn export wrote.
        pictures: Image files; folders of image files (hidden files are skipped); or - for one image
            on standard input.
        files_from: A file with more paths, one per line (or each followed by a NUL character, as
            from find -print0); - reads them from standard input.
        top: Number of classes to print; by default 3, or for a multilabel network all classes that
            reach the threshold.
        threshold: For a multilabel network, the lowest probability to print; by default 0.5.
        explain: A new folder for one PNG file per image. It shows the image beside the Grad-CAM and
            the occlusion map of its most probable class, and below of the runner-up. File names
            begin with the image's number, and the command prints them.
        json: Print JSON, a list with one object per image.
        csv: Print CSV with one row per printed class: path, rank, class, probability, error,
            unusual. For a regression, print one row per number: path, rank, name, number, error,
            unusual.
        engine: What computes: jax, or onnx for ONNX Runtime (pip install 'jaxcnn[onnx]'), which
            starts faster; by default jax for a run, and onnx for an exported file.
        cache: A folder to keep compiled programs in, so that the command starts faster the next
            time; by default the folder that the experiments use, in the user's cache.
    """
    if json and csv:
        raise ValueError("--json, --csv: expected at most one of them, got both")
    if files_from == "-" and "-" in pictures:
        raise ValueError(
            "--files-from: expected a file, because standard input is already read as an image, "
            "got standard input (-)"
        )
    is_file = _is_exported(run)
    if is_file and engine == "jax":
        raise ValueError("--engine: expected onnx for an exported file, got jax")
    if not is_file:
        check_run_first("predict", run, pictures)
    names = [*pictures, *_names_from(files_from)]
    if not names:
        raise ValueError(
            "PICTURES: expected image files or folders after the folder of the run, got none"
        )
    files = find_pictures(sys.stdin.buffer if name == "-" else name for name in names)
    network = _network(run, engine or ("onnx" if is_file else "jax"), cache)
    predictions = predict_files(network, files, top=top, thresholds=threshold, explain=explain)
    title = TITLES[network.task.name]
    failed: list[FilePrediction] = []
    shown = _with_errors_on_stderr(predictions, failed)
    if json:
        print_json(shown, file=sys.stdout)
    elif csv:
        print_csv(shown, file=sys.stdout, has_classes=network.task.has_classes)
    else:
        print_table(shown, paths=map(source_name, files), title=title, file=sys.stdout)
    if csv and explain is not None:
        print(f"The explanations are in {readable(str(explain))}", file=sys.stderr)
    _count_others(names)
    if failed:
        print(f"{len(failed)} of {len(files)} image files could not be read", file=sys.stderr)
    return 1 if failed else 0


def _is_exported(run: Path) -> bool:
    return run.suffix.lower() == ".onnx" and not run.is_dir() and parse_address(run) is None


def _network(run: Path, engine: str, cache: Path | None) -> Network | OnnxNetwork:
    """Return the network of a run or of an exported file, to be computed by an engine."""
    if engine == "jax":
        keep_programs(cache)
        return load(run).network
    network = OnnxNetwork(run if _is_exported(run) else load(run))
    if network.inside["resize"] or not network.inside["from_pixels"]:
        raise ValueError(
            f"RUN: expected a file that takes uint8 pictures of one size, got {str(run)!r} (export "
            "it without --resize and --no-from-pixels, or use the predict.py beside it)"
        )
    return network


def _names_from(file: str | None) -> list[str]:
    if file is None:
        return []
    return read_names(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())


def _count_others(names: Iterable[str]) -> None:
    """Print on standard error how many files in folders are no pictures by their extensions."""
    others = others_in_words(names)
    if others:
        print(f"Left out: {others} (pictures end in {', '.join(IMAGE_SUFFIXES)})", file=sys.stderr)


def _with_errors_on_stderr(
    predictions: Iterable[FilePrediction], failed: list[FilePrediction]
) -> Iterator[FilePrediction]:
    """Yield the predictions; print failed ones on standard error, and add them to `failed`."""
    for prediction in predictions:
        if prediction.error is not None:
            failed.append(prediction)
            print(f"{readable(prediction.path)}: {readable(prediction.error)}", file=sys.stderr)
        yield prediction


def read_names(content: bytes) -> list[str]:
    r"""Parse a list of file names: one per line, or each followed by a NUL character.

    Example:
        >>> read_names(b"a.jpg\nmy cat.png\n"), read_names(b"a\nb.jpg\0")
        (['a.jpg', 'my cat.png'], ['a\nb.jpg'])
    """
    names = content.split(b"\0") if b"\0" in content else content.splitlines()
    return [os.fsdecode(name) for name in names if name]


def print_table(
    predictions: Iterable[FilePrediction], *, paths: Iterable[str], title: str, file: TextIO
) -> None:
    """Print a line per image that could be read, below a head; nothing if there is none.

    Indented lines below it say what is unusual about the picture, and where its explanation is.

    Args:
        predictions: The predictions, each printed as soon as it arrives.
        paths: The paths of all predictions, which decide the width of the first column.
        title: The heading of the predictions.
        file: The text stream to print to.
    """
    width = max(min(len(readable(path)), MAX_WIDTH) for path in [*paths, "image"])
    head = f"{'image':{width}}  {title}\n"
    for prediction in predictions:
        if prediction.error is None:
            line = f"{readable(prediction.path):{width}}  {readable(str(prediction))}"
            print(f"{head}{line}", file=file)
            head = ""
            if unusual := str(prediction.comparison or ""):
                print(f"    {unusual}", file=file)
            if prediction.explanation is not None:
                print(f"    explained in {readable(str(prediction.explanation))}", file=file)


def print_json(predictions: Iterable[FilePrediction], *, file: TextIO) -> None:
    """Print a JSON list with one whole object per line: errors may be printed between the lines."""
    print("[", file=file)
    before = " "
    for prediction in predictions:
        print(f"{before}{prediction.to_json()}", file=file)
        before = ","
    print("]", file=file)


def print_csv(
    predictions: Iterable[FilePrediction], *, file: TextIO, has_classes: bool = True
) -> None:
    """Print CSV with one row per class or number, or one row for an image without any.

    The columns are `COLUMNS`, where rank 1 is the most probable class of the image; for a
    regression they are `COLUMNS_OF_NUMBERS`.
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS if has_classes else COLUMNS_OF_NUMBERS)
    form = ".6f" if has_classes else ".9g"
    for prediction in predictions:
        path, unusual = _encodable(prediction.path, file), str(prediction.comparison or "")
        for rank, (name, number) in enumerate(prediction.classes, start=1):
            number_text = f"{number:{form}}"
            writer.writerow([path, rank, _encodable(name, file), number_text, "", unusual])
        if not prediction.classes:
            writer.writerow([path, "", "", "", prediction.error, unusual])


def _encodable(name: str, file: TextIO) -> str:
    """Escape what the stream cannot encode, what steers a terminal, and formulas."""
    encoding = getattr(file, "encoding", None) or "utf-8"
    text = spreadsheet_cell("\n".join(map(readable, name.split("\n"))))
    return text.encode(encoding, "backslashreplace").decode(encoding)

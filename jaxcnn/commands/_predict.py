"""The command `jaxcnn predict`."""

import csv
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from jaxcnn._support.set_up import set_up
from jaxcnn.data import source_name
from jaxcnn.reports import FilePrediction, find_pictures, predict_files, readable
from jaxcnn.runs import load

COLUMNS = ("path", "rank", "class", "probability", "error")
"""Of the CSV table."""

COLUMNS_OF_NUMBERS = ("path", "rank", "name", "number", "error")
"""The same of a regression; rank 1 is the first number."""

TITLES = {"single": "classes, the most probable first", "multilabel": "labels"} | dict.fromkeys(
    ("regression", "absolute regression"), "numbers"
)
"""What stands over the answers, by the name of the task."""

MAX_WIDTH = 60
"""Longer paths do not widen the table's first column."""


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
    cache: Path | None = None,
) -> int:
    """Name what pictures show: the classes with their probabilities, the most probable first.

    Of a regression, predict the numbers.

    JPEG, PNG, WebP and BMP files of any size are resized until they cover what the network sees,
    and cut to the middle. One that cannot be read is named on standard error, and the rest go on.

    The exit status is 0 if all were read, 1 if some could not be, and 2 if there was nothing to do,
    no run, or the command line is wrong.

    Args:
        run: the folder of a run, as `fit`'s `save` and the experiments write them.
        pictures: files; folders, whose pictures are found (hidden ones and files of other endings
            left out); or - for one picture on standard input.
        files_from: a file with more names, one a line (or each followed by a NUL character, as
            from find -print0); - reads them from standard input.
        top: how many classes to name; by default 3, or of several labels a picture all that it
            shows.
        threshold: of several labels a picture, name those at least as probable; by default 0.5.
        explain: a new folder, for a PNG file of each picture beside its Grad-CAM and its occlusion
            map: where the most probable class shows. Their names begin with the picture's number.
        json: print JSON, a list with an object a picture.
        csv: print CSV, a row a class that is named: path, rank, class, probability, error; of a
            regression, a row a number: path, rank, name, number, error.
        cache: a folder for compiled programs, with which the command starts sooner the next time;
            by default the one that the experiments use, in the user's cache.
    """
    if json and csv:
        raise ValueError("--json and --csv are two forms of one table: give one of them")
    if files_from == "-" and "-" in pictures:
        raise ValueError("standard input (-) is a picture or a list of names, not both")
    names = [*pictures, *_names_from(files_from)]
    if not names:
        raise ValueError("no pictures: name files or folders behind the folder of the run")
    files = find_pictures(sys.stdin.buffer if name == "-" else name for name in names)
    with suppress(RuntimeError):  # in a program that has computed already, all stays as it is
        set_up(cache=cache or True)
    network = load(run).network
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
    if failed:
        print(f"{len(failed)} of {len(files)} pictures could not be read", file=sys.stderr)
    return 1 if failed else 0


def _names_from(file: str | None) -> list[str]:
    if file is None:
        return []
    return read_names(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())


def _with_errors_on_stderr(
    predictions: Iterable[FilePrediction], failed: list[FilePrediction]
) -> Iterator[FilePrediction]:
    """The same predictions; those with an error are also told, and added to `failed`."""
    for prediction in predictions:
        if prediction.error is not None:
            failed.append(prediction)
            print(f"{readable(prediction.path)}: {prediction.error}", file=sys.stderr)
        yield prediction


def read_names(content: bytes) -> list[str]:
    r"""The names in a list of files: one a line, or each followed by a NUL character.

    Example:
        >>> read_names(b"a.jpg\nmy cat.png\n"), read_names(b"a\nb.jpg\0")
        (['a.jpg', 'my cat.png'], ['a\nb.jpg'])
    """
    names = content.split(b"\0") if b"\0" in content else content.splitlines()
    return [os.fsdecode(name) for name in names if name]


def print_table(
    predictions: Iterable[FilePrediction], *, paths: Iterable[str], title: str, file: TextIO
) -> None:
    """Print a line a picture; those that could not be read have none.

    Args:
        predictions: what is printed, as soon as it comes.
        paths: those of all predictions to come, to know how wide they are.
        title: what stands over the classes.
        file: where to.
    """
    width = max(min(len(readable(path)), MAX_WIDTH) for path in [*paths, "picture"])
    print(f"{'picture':{width}}  {title}", file=file)
    for prediction in predictions:
        if prediction.error is None:
            print(f"{readable(prediction.path):{width}}  {readable(str(prediction))}", file=file)


def print_json(predictions: Iterable[FilePrediction], *, file: TextIO) -> None:
    """Print a list of objects, each on a line of its own: between them others may write."""
    print("[", file=file)
    before = " "
    for prediction in predictions:
        print(f"{before}{prediction.to_json()}", file=file)
        before = ","
    print("]", file=file)


def print_csv(
    predictions: Iterable[FilePrediction], *, file: TextIO, has_classes: bool = True
) -> None:
    """Print a row for each class that is named; a picture without any, or with an error, has one.

    The columns are those of `COLUMNS`; rank 1 is the most probable class of its picture. Without
    classes, they are those of `COLUMNS_OF_NUMBERS`.
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS if has_classes else COLUMNS_OF_NUMBERS)
    form = ".6f" if has_classes else ".9g"
    for prediction in predictions:
        path = _encodable(prediction.path)
        for rank, (name, number) in enumerate(prediction.classes, start=1):
            writer.writerow([path, rank, _encodable(name), f"{number:{form}}", ""])
        if not prediction.classes:
            writer.writerow([path, "", "", "", prediction.error])


def _encodable(name: str) -> str:
    """A name without what no encoding has: bytes of file names that are not UTF-8."""
    return name.encode("utf-8", "backslashreplace").decode()

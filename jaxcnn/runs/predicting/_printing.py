"""Predictions of picture files as a table, JSON or CSV, printed as they come."""

import csv
from collections.abc import Iterable
from typing import TextIO

from jaxcnn._support.files import to_json
from jaxcnn.runs.predicting._pictures import readable
from jaxcnn.runs.predicting._predict_files import FilePrediction

COLUMNS = ("path", "rank", "class", "probability", "error")

# Longer paths do not widen the table's first column.
WIDEST = 60


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
    width = max(min(len(readable(path)), WIDEST) for path in [*paths, "picture"])
    print(f"{'picture':{width}}  {title}", file=file)
    for prediction in predictions:
        if prediction.error is None:
            print(f"{readable(prediction.path):{width}}  {readable(str(prediction))}", file=file)


def print_json(predictions: Iterable[FilePrediction], *, file: TextIO) -> None:
    """Print a list of objects, each on a line of its own: between them others may write."""
    print("[", file=file)
    before = " "
    for prediction in predictions:
        print(f"{before}{to_json(prediction.to_dict())}", file=file)
        before = ","
    print("]", file=file)


def print_csv(predictions: Iterable[FilePrediction], *, file: TextIO) -> None:
    """Print a row for each class that is named; a picture without any, or with an error, has one.

    The columns are those of `COLUMNS`; rank 1 is the most probable class of its picture.
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for prediction in predictions:
        path = _encodable(prediction.path)
        for rank, (name, probability) in enumerate(prediction.classes, start=1):
            writer.writerow([path, rank, _encodable(name), f"{probability:.6f}", ""])
        if not prediction.classes:
            writer.writerow([path, "", "", "", prediction.error])


def _encodable(name: str) -> str:
    """A name without what no encoding has: bytes of file names that are not UTF-8."""
    return name.encode("utf-8", "backslashreplace").decode()

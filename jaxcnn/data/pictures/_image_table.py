"""Read labeled image files listed in a CSV file; errors name the line."""

import os
import re
from pathlib import Path
from typing import Literal, overload

from jaxcnn._support.files import local_path
from jaxcnn._support.texts import readable
from jaxcnn.data._dataset import Splits
from jaxcnn.data._errors import DataError
from jaxcnn.data.pictures._decode import MAX_PIXELS
from jaxcnn.data.pictures._decode_all import OnError
from jaxcnn.data.pictures._file_splits import (
    TEST_NAMES,
    FileSplits,
    read_splits,
    shape_of,
    split_files,
    warn_of_unread,
)
from jaxcnn.data.pictures._find_images import natural_key
from jaxcnn.data.pictures._folder_parts import role_of
from jaxcnn.data.pictures._image_files import ImageFiles
from jaxcnn.data.pictures._preprocessing import Preprocessing
from jaxcnn.data.pictures._table_labels import Row, labels_of_rows, split_labels
from jaxcnn.data.pictures._table_lines import read_lines
from jaxcnn.data.tasks._by_name import as_task
from jaxcnn.data.tasks._task import Task


def read_table(
    table: Path, root: str | os.PathLike[str] | None, path: str, label: str, split: str
) -> list[Row]:
    """Read the rows of a CSV file.

    Args:
        table: The CSV file.
        root: The folder that paths are relative to, and must stay in; None: the table's folder.
        path: The column of the paths.
        label: The column of the labels.
        split: The column that names the set of a file, if any.

    Raises:
        DataError: If a column, a path or a file is missing, a path leads out of `root`, or a column
            or a file occurs twice.
        OSError: If the table cannot be read.
    """
    top = os.path.abspath(table.parent if root is None else os.path.expanduser(root))
    lines = read_lines(table)
    first = next(lines, None)
    if first is None:
        raise DataError(f"{table}: expected a header and rows, got an empty file")
    header = [cell.strip() for cell in first[1]]
    if len(header) == 1 and re.search(r"[;\t]", header[0]):
        raise DataError(f"{table}: expected columns separated by commas, got {header[0]!r:.80}")
    for column, hint in ((path, "path='filename'"), (label, "label='class'")):
        if column not in header:
            raise DataError(
                f"{table}: expected a column {column!r}, got the header {header!s:.200} (rename a "
                f"column, or pass its name, such as {hint})"
            )
    for column in (path, label, split):
        if header.count(column) > 1:
            raise DataError(
                f"{table}: expected one column {column!r}, got the header {header!s:.200}"
            )
    rows, first_lines = [], {}
    for line, cells in lines:
        where = f"{table}, line {line}"
        if len(cells) != len(header):
            raise DataError(f"{where}: expected {len(header)} cells, got {len(cells)}")
        row = dict(zip(header, map(str.strip, cells), strict=True))
        full = _resolve_path(row[path], top, where)
        # The file would be in both sets, or have two labels.
        if (first := first_lines.setdefault(full, line)) != line:
            raise DataError(
                f"{where}: expected each file once, got {row[path]!r:.200} as in line {first}"
            )
        rows.append(Row(line, full, row[label], _parse_split(row.get(split, ""), where)))
    if not rows:
        raise DataError(f"{table}: expected rows under the header, got none")
    return rows


def _resolve_path(path: str, top: str, where: str) -> str:
    if not path:
        raise DataError(f"{where}: expected a path, got none")
    full = os.path.normpath(os.path.join(top, path))
    if not full.startswith(os.path.join(top, "")):
        raise DataError(f"{where}: expected a path inside {top}, got {path!r:.200}")
    if not os.path.isfile(full):
        raise DataError(f"{where}: expected an existing file, got {readable(full):.400}")
    return full


def _parse_split(name: str, where: str) -> str:
    name = name.lower()
    name = name if name in TEST_NAMES else role_of(name) or name
    if name not in ("", "train", *TEST_NAMES):
        expected = ", ".join(("train", *TEST_NAMES))
        raise DataError(f"{where}: expected one of {expected}, got {name!r:.80}")
    return name


@overload
def image_table(
    csv: str | os.PathLike[str],
    size: tuple[int, int],
    *,
    root: str | os.PathLike[str] | None = None,
    path: str = "path",
    label: str = "label",
    split: str = "split",
    task: Task | str | None = None,
    channels: int = 3,
    test_fraction: float = 0.2,
    seed: int = 0,
    stream: Literal[False] = False,
    on_error: OnError = "raise",
    cache: bool | str | os.PathLike[str] = True,
    max_pixels: int = MAX_PIXELS,
    preprocessing: Preprocessing | None = None,
) -> Splits: ...


@overload
def image_table(
    csv: str | os.PathLike[str],
    size: tuple[int, int],
    *,
    root: str | os.PathLike[str] | None = None,
    path: str = "path",
    label: str = "label",
    split: str = "split",
    task: Task | str | None = None,
    channels: int = 3,
    test_fraction: float = 0.2,
    seed: int = 0,
    stream: Literal[True],
    on_error: OnError = "raise",
    cache: bool | str | os.PathLike[str] = True,
    max_pixels: int = MAX_PIXELS,
    preprocessing: Preprocessing | None = None,
) -> FileSplits: ...


def image_table(
    csv: str | os.PathLike[str],
    size: tuple[int, int],
    *,
    root: str | os.PathLike[str] | None = None,
    path: str = "path",
    label: str = "label",
    split: str = "split",
    task: Task | str | None = None,
    channels: int = 3,
    test_fraction: float = 0.2,
    seed: int = 0,
    stream: bool = False,
    on_error: OnError = "raise",
    cache: bool | str | os.PathLike[str] = True,
    max_pixels: int = MAX_PIXELS,
    preprocessing: Preprocessing | None = None,
) -> Splits | FileSplits:
    """Read image files that a CSV file lists with their labels.

    A label is any text. A cell may have several labels, separated by ``;``. If any cell has several
    labels, the set is multilabel: labels are ``(N, num_classes)`` of 0 and 1, and a cell may also
    be empty. With `task="regression"`, labels are numbers. Each image is resized until it covers
    `size`, and cropped to its center.

    Args:
        csv: The table, in UTF-8, with a header.
        size: Height and width of the decoded images.
        root: The folder that paths are relative to; no file may lie outside it. None means the
            folder of the table.
        path: The name of the column of paths.
        label: The name of the column of labels.
        split: The name of an optional column that says ``train`` or ``test`` (or ``val``,
            ``valid``, ``validation``). Of several test names, the first in this order is read.
        task: What the labels mean, such as ``"regression"``. None means one class per image, or
            multilabel if a row has several labels.
        channels: 3 for color, 1 for gray.
        test_fraction: The fraction of each class that is set aside for the test, if the table has
            no column `split`. Multilabel and regression: the fraction of all files.
        seed: Seed of the random split into training and test files.
        stream: Whether to return files instead of images. Training decodes files batch by batch.
        on_error: What to do if a file cannot be decoded: ``"raise"`` an error that names the file,
            or ``"skip"`` the file with a warning.
        cache: Where to store the decoded images for the next time. True means the user's cache
            folder (or $JAXCNN_DATA), and a path means that folder. With False, nothing is stored.
        max_pixels: An image with more pixels raises an error, or is skipped, as `on_error` says.
        preprocessing: How images are resized and cropped instead, such as ``net.preprocessing`` of
            a pretrained network. A network that is trained on the set keeps it.

    Returns:
        Two data sets, `train` and `test`, with images ``(N, *size, channels)`` uint8. With
        `stream`, both are `ImageFiles`. Classes are in natural order.

    Raises:
        DataError: If the table is wrong (the message names the line), or a file cannot be decoded.
        OSError: If the table or a file cannot be read.
        ValueError: If the table is an address such as ``gs://bucket``.
    """
    shape, table = shape_of(size, channels), local_path("csv", csv, "file")
    rows = read_table(table, root, path, label, split)
    train = [row for row in rows if row.split in ("", "train")]
    if not train:
        raise DataError(f"{table}: expected rows to train on, got none")
    test = rows_to_test(rows)
    read = {row.split for row in (*train, *test)}
    warn_of_unread(table, [row.split for row in rows if row.split not in read])
    several = any(len(split_labels(row)) > 1 for row in rows)
    task = as_task(task, multilabel=task is None and several)
    names = [label]
    if task.has_classes:
        names = sorted({name for row in train for name in split_labels(row)}, key=natural_key)
        if len(names) < 2:
            raise DataError(f"{table}: expected at least two classes, got {names!s:.80}")

    def files(rows: list[Row]) -> ImageFiles:
        labels = labels_of_rows(rows, names, task, table)
        paths = [row.path for row in rows]
        return ImageFiles(
            paths,
            labels,
            names,
            shape,
            table.stem,
            max_pixels=max_pixels,
            task=task,
            preprocessing=preprocessing,
        )

    try:
        splits = (
            FileSplits(files(train), files(test))
            if test
            else split_files(files(train), test_fraction, seed)
        )
    except DataError as error:  # which names the table, or the set that is named for it
        found = str(error).removeprefix(str(table)).removeprefix(table.stem)
        raise DataError(f"{table}{found}") from None
    return read_splits(splits, stream=stream, on_error=on_error, cache=cache)


def rows_to_test(rows: list[Row]) -> list[Row]:
    """Return the rows to test on: those of the first name in `TEST_NAMES` that has any."""
    tests = ([row for row in rows if row.split == name] for name in TEST_NAMES)
    return next(filter(None, tests), [])

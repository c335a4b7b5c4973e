"""`evaluation_files`: image files to evaluate a network on, numbered by its classes."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jaxcnn._support.arguments import did_you_mean
from jaxcnn._support.columns import check_columns
from jaxcnn._support.texts import listed
from jaxcnn.data._errors import DataError
from jaxcnn.data.pictures._decode import MAX_PIXELS
from jaxcnn.data.pictures._find_images import IMAGE_SUFFIXES, scan_classes
from jaxcnn.data.pictures._folder_parts import find_parts
from jaxcnn.data.pictures._image_files import ImageFiles
from jaxcnn.data.pictures._image_table import read_table, rows_to_test
from jaxcnn.data.pictures._paths import join_paths
from jaxcnn.data.pictures._preprocessing import Preprocessing
from jaxcnn.data.pictures._table_labels import labels_of_rows
from jaxcnn.data.tasks._classification import SingleLabel
from jaxcnn.data.tasks._task import Task


def evaluation_files(
    source: str | os.PathLike[str],
    input_shape: tuple[int, ...],
    class_names: Sequence[str],
    *,
    task: Task | None = None,
    root: str | os.PathLike[str] | None = None,
    path: str = "path",
    label: str = "label",
    max_pixels: int = MAX_PIXELS,
    preprocessing: Preprocessing | None = None,
) -> ImageFiles:
    """Find the labeled image files of a folder or a table to evaluate a trained network on.

    If the source has a part to test on (a folder such as ``test``, or rows whose split is
    ``test``), only this part is read; otherwise all of it. The labels are numbered by the network's
    classes, whatever the order of the folders. Not every class must have images.

    Args:
        source: A folder with a folder per class, or a CSV file as for `image_table`.
        input_shape: The shape of the network's input, ``(H, W, C)``.
        class_names: The network's classes, or the names of the numbers that it predicts.
        task: What the labels mean. None means one class per image.
        root: The folder that the paths of a table are relative to. None means its own folder.
        path: The name of a table's column of paths.
        label: The name of a table's column of labels.
        max_pixels: An image with more pixels raises an error.
        preprocessing: How the network's images are resized and cropped, its `preprocessing`.

    Returns:
        The files. `load` decodes them. If only a part is read, the name says so: "pets (test
        part)".

    Raises:
        DataError: If there are no images, or a class is not among the network's.
        OSError: If the source cannot be read.
        ValueError: If columns are named without a table.

    Example::

        run = jaxcnn.load("runs/pictures")
        files = evaluation_files("more_pictures", run.network.input_shape, run.class_names)
        print(run.evaluate(files.load()))
    """
    where, task = Path(source).expanduser(), task or SingleLabel()
    is_table = where.suffix.lower() == ".csv" and not where.is_dir()
    check_columns(is_table=is_table, path=path, label=label)
    if is_table:
        rows = read_table(where, root, path, label, "split")
        name = where.stem
        if to_test := rows_to_test(rows):
            rows, name = to_test, f"{name} (test part)"
        labels = labels_of_rows(rows, class_names, task, where)
        paths = [row.path for row in rows]
    else:
        paths, labels, part = _files_in_folder(where, class_names, task)
        name = where.resolve().name + (f" ({os.path.basename(part)} part)" if part else "")
    height, width, channels = input_shape
    shape = height, width, channels
    return ImageFiles(
        paths,
        labels,
        class_names,
        shape,
        name,
        max_pixels=max_pixels,
        task=task,
        preprocessing=preprocessing,
    )


def _files_in_folder(
    folder: Path, class_names: Sequence[str], task: Task
) -> tuple[Sequence[str], np.ndarray, str | None]:
    """Return the paths, the labels, and the folder of the part that is read; None if it is all."""
    if task != SingleLabel():
        raise DataError(f"{folder}: expected a table (.csv) of labels for {task}, got a folder")
    if folder.is_file():
        raise NotADirectoryError(
            f"{folder}: expected a folder of images, got a file (jaxcnn.predict_files takes images "
            "without classes)"
        )
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: expected a folder of images, got none")
    parts = find_parts(folder)
    part = parts.test or parts.train
    found = scan_classes(part or folder).files
    found = {name: files for name, files in found.items() if files}
    if not found:
        raise DataError(
            f"{folder}: expected image files ({', '.join(IMAGE_SUFFIXES)}) in a folder per class, "
            "got none"
        )
    unknown = [name for name in found if name not in class_names]
    if unknown:
        hint = did_you_mean(unknown[0], class_names) or MOVE_HINT
        raise DataError(
            f"{folder}: expected the classes of the network, {listed(class_names)}, got "
            f"{listed(unknown)}{hint}"
        )
    numbers = [class_names.index(name) for name in found]
    labels = np.repeat(numbers, [len(files) for files in found.values()])
    return join_paths([*found.values()]), labels, part


MOVE_HINT = " (move folders of other classes elsewhere: their pictures have no right answer)"

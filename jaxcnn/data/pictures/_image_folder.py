"""Read the user's image files from a folder per class."""

import itertools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, overload

import numpy as np

from jaxcnn._support.files import local_path
from jaxcnn._support.warn import warn
from jaxcnn.data._dataset import Splits
from jaxcnn.data._errors import DataError
from jaxcnn.data.pictures._decode import MAX_PIXELS
from jaxcnn.data.pictures._decode_all import OnError
from jaxcnn.data.pictures._file_splits import (
    FileSplits,
    read_splits,
    shape_of,
    split_files,
)
from jaxcnn.data.pictures._find_images import IMAGE_SUFFIXES, Classes, scan_classes
from jaxcnn.data.pictures._folder_parts import check_classes, find_parts, holds_classes
from jaxcnn.data.pictures._image_files import ImageFiles
from jaxcnn.data.pictures._paths import join_paths
from jaxcnn.data.pictures._preprocessing import Preprocessing


@overload
def image_folder(
    folder: str | os.PathLike[str],
    size: tuple[int, int],
    *,
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
def image_folder(
    folder: str | os.PathLike[str],
    size: tuple[int, int],
    *,
    channels: int = 3,
    test_fraction: float = 0.2,
    seed: int = 0,
    stream: Literal[True],
    on_error: OnError = "raise",
    cache: bool | str | os.PathLike[str] = True,
    max_pixels: int = MAX_PIXELS,
    preprocessing: Preprocessing | None = None,
) -> FileSplits: ...


def image_folder(
    folder: str | os.PathLike[str],
    size: tuple[int, int],
    *,
    channels: int = 3,
    test_fraction: float = 0.2,
    seed: int = 0,
    stream: bool = False,
    on_error: OnError = "raise",
    cache: bool | str | os.PathLike[str] = True,
    max_pixels: int = MAX_PIXELS,
    preprocessing: Preprocessing | None = None,
) -> Splits | FileSplits:
    """Read labeled image files from a folder per class, as training and test sets.

    The folders are ``train/<class>/`` and ``test/<class>/``, or ``<class>/`` alone. The files are
    JPEG, PNG, WebP, BMP, GIF, TIFF or HEIC images of any size and colors. Each image is resized
    until it covers `size`, and cropped to its center. A class folder may have subfolders. Hidden
    files and folders are ignored. Folders that systems create, such as ``@eaDir`` or
    ``lost+found``, are ignored, too. Classes and files are in natural order ("9" before "10").

    Args:
        folder: The folder that contains ``train`` and ``test``, or the class folders. Similar names
            are understood, too: ``Training``, ``train_set``, ``seg_train``; ``Testing``, ``val``,
            ``validation``, ``eval``. A warning names the folders beside ``train`` that are not
            read.
        size: Height and width of the decoded images.
        channels: 3 for color, 1 for gray.
        test_fraction: The fraction of each class that is set aside for the test, if there is no
            test folder.
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
        `stream`, both are `ImageFiles`.

    Raises:
        DataError: If there are fewer than two classes, or a class has no images to train on. If a
            test class is not among the training classes. If a file cannot be decoded.
        OSError: If a folder or a file cannot be read.
        ValueError: If the folder is an address such as ``gs://bucket``.
    """
    shape, top = shape_of(size, channels), local_path("folder", folder)
    train, test = _find_splits(top)
    _check_classes(train, test, os.fspath(top))
    name = top.resolve().name

    def files(classes: Classes) -> ImageFiles:
        paths = join_paths([*classes.files.values()])
        number = {name: place for place, name in enumerate(names)}
        numbers = np.array([number[name] for name in classes.files], np.int32)
        labels = np.repeat(numbers, [len(each) for each in classes.files.values()])
        return ImageFiles(
            paths, labels, names, shape, name, max_pixels=max_pixels, preprocessing=preprocessing
        )

    names = list(train.files)
    splits = (
        split_files(files(train), test_fraction, seed)
        if test is None
        else FileSplits(files(train), files(test))
    )
    return read_splits(splits, stream=stream, on_error=on_error, cache=cache)


def _find_splits(folder: Path) -> tuple[Classes, Classes | None]:
    """Return the classes to train on and those to test on; None if there is no test folder."""
    if folder.is_file():
        raise NotADirectoryError(
            f"{folder}: expected a folder of images, got a file (image_table reads CSV files)"
        )
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: expected a folder of images, got none")
    parts = find_parts(folder)
    if parts.train is None:
        if warning := check_classes(folder):
            _warn(warning)
        return scan_classes(folder), None
    if parts.unread:
        read = [os.path.basename(path) for path in (parts.train, parts.test) if path]
        passed_over = _list_first(map(os.path.basename, parts.unread))
        _warn(f"{folder}: read {' and '.join(map(repr, read))}, passed over {passed_over}")
    return scan_classes(parts.train), None if parts.test is None else scan_classes(parts.test)


def _check_classes(train: Classes, test: Classes | None, folder: str) -> None:
    if not any(train.files.values()):
        others = f"{len(train.ignored)} other files"
        if train.ignored:
            others += f", such as {os.path.relpath(train.ignored[0], folder)!r}"
        raise DataError(
            f"{folder}: expected image files ({', '.join(IMAGE_SUFFIXES)}) in a folder per "
            f"class, got none in {_list_first(train.files)} ({others})"
        )
    if empty := [name for name, files in train.files.items() if not files]:
        raise DataError(f"{folder}: expected images to train on, got none in {_list_first(empty)}")
    if len(train.files) < 2:
        inner = os.path.join(folder, *train.files)
        hint = f" (did you mean {inner}?)" if test is None and holds_classes(inner) else ""
        raise DataError(
            f"{folder}: expected at least two classes, got only {_list_first(train.files)}{hint}"
        )
    ignored = train.ignored
    if test is not None:
        ignored = ignored + test.ignored
        if unknown := [name for name in test.files if name not in train.files]:
            raise DataError(
                f"{folder}: expected test classes among the training classes, got "
                f"{_list_first(unknown)}"
            )
        if not any(test.files.values()):
            raise DataError(
                f"{folder}: expected images to test on, got none in {_list_first(test.files)}"
            )
        missing = [name for name in train.files if not test.files.get(name)]
        if missing:
            _warn(f"{folder}: no images to test on in {_list_first(missing)}")
    if ignored:
        what = "file that is not an image" if len(ignored) == 1 else "files that are not images"
        which = _list_first(os.path.relpath(path, folder) for path in ignored)
        where = "or not in the folder of a class"
        _warn(f"{folder}: ignored {len(ignored)} {what}, {where}: {which}")


def _list_first(names: Iterable[str]) -> str:
    """List the first names, and an ellipsis if there are more."""
    first = [repr(name) for name in itertools.islice(names, 6)]
    return ", ".join(first[:5]) + ", ..." * (len(first) > 5)


def _warn(message: str) -> None:
    warn(message)

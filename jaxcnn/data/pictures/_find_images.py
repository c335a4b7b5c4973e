"""Find image files in folders, in natural order: "9" before "10"."""

import os
import re
from typing import NamedTuple

from jaxcnn._support.files import SYSTEM_FILES
from jaxcnn._support.names import composed
from jaxcnn.data._errors import DataError
from jaxcnn.data.pictures._paths import PathFile, PathsOnDisk, join_paths

IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp"),
    *(".gif", ".tif", ".tiff", ".heic", ".heif"),
)
"""The extensions of the image files that are found in folders."""

NUMBER = re.compile("[0-9]+")


class Listing(NamedTuple):
    """The contents of a folder as sorted paths, without hidden files; `ignored` is the rest."""

    folders: list[str]
    images: list[str]
    ignored: list[str]


class Classes(NamedTuple):
    """Image files by class, and the other files. The paths of images are in one temporary file."""

    files: dict[str, PathsOnDisk]
    ignored: list[str]


def scan_classes(folder: str | os.PathLike[str]) -> Classes:
    """Find the images of each class: each folder in `folder` is a class, with all its subfolders.

    Raises:
        DataError: If there are no class folders.
        OSError: If a folder cannot be read.
    """
    top = scan(folder)
    if not top.folders:
        listed = f"{len(top.images)} images, {len(top.ignored)} other files"
        if top.images:
            listed += (
                "; jaxcnn.predict_files takes images without classes, and jaxcnn.data.image_table "
                "a CSV file of images and classes"
            )
        raise DataError(f"{os.fspath(folder)}: expected a folder per class, got none ({listed})")
    file, ignored = PathFile(), top.ignored + top.images
    found: dict[str, list[PathsOnDisk]] = {}
    for path in top.folders:
        images, others = scan_tree(path)
        found.setdefault(composed(os.path.basename(path)), []).append(file.add(images))
        ignored += others
    return Classes({name: join_paths(parts) for name, parts in found.items()}, ignored)


def find_image_files(folder: str | os.PathLike[str], *, only_regular: bool = True) -> list[str]:
    """Find the image files in a folder and all its subfolders.

    Image files are those with the suffixes of `IMAGE_SUFFIXES`, such as .jpg, .png and .heic. They
    are sorted in natural order ("9" before "10"). Hidden files and folders are ignored. Files and
    folders that systems create, such as ``lost+found``, are ignored, too. Links are followed, but
    no folder is searched twice.

    Args:
        folder: The folder to search.
        only_regular: Whether to ignore pipes, devices, and links without a file behind them. False
            returns all paths with the suffix of an image, so that the caller can report them.

    Returns:
        The paths of the files.

    Raises:
        OSError: If a folder cannot be read.
    """
    return scan_tree(os.fspath(folder), only_regular=only_regular)[0]


def find_other_files(folder: str | os.PathLike[str]) -> list[str]:
    """Find the files in a folder and all its subfolders that do not have the suffix of an image.

    Use it to tell the user which files `find_image_files` does not return. Hidden files, and files
    that systems create, are ignored.

    Args:
        folder: The folder to search.

    Returns:
        The paths of the files.

    Raises:
        OSError: If a folder cannot be read.
    """
    return scan_tree(os.fspath(folder), only_regular=False)[1]


def scan_tree(folder: str, *, only_regular: bool = True) -> tuple[list[str], list[str]]:
    """Return the images in a folder and all its subfolders, and the other files.

    Raises:
        OSError: If a folder cannot be read.
    """
    images, ignored, waiting = [], [], [folder]
    seen = set()  # links may lead to the same folder twice, or in a circle
    while waiting:
        path = waiting.pop()
        stat = os.stat(path)
        if (stat.st_dev, stat.st_ino) in seen:
            continue
        seen.add((stat.st_dev, stat.st_ino))
        listing = scan(path, only_regular=only_regular)
        images += listing.images
        ignored += listing.ignored
        waiting += reversed(listing.folders)
    return images, ignored


def scan(folder: str | os.PathLike[str], *, only_regular: bool = True) -> Listing:
    """List the contents of one folder; pipes and the like are images only on request."""
    folders: dict[str, str] = {}
    images: dict[str, str] = {}
    ignored: dict[str, str] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name.lower()
            if name.startswith(".") or name in SYSTEM_FILES:
                continue
            # For a link to itself the entry raises, while os.path returns False.
            link = entry.is_symlink()
            if os.path.isdir(entry.path) if link else entry.is_dir():
                folders[entry.name] = entry.path
            elif name.endswith(IMAGE_SUFFIXES) and (
                not only_regular or (os.path.isfile(entry.path) if link else entry.is_file())
            ):
                images[entry.name] = entry.path
            else:
                ignored[entry.name] = entry.path
    return Listing(_in_order(folders), _in_order(images), _in_order(ignored))


def _in_order(paths: dict[str, str]) -> list[str]:
    return [paths[name] for name in sorted(paths, key=natural_key)]


def natural_key(text: str) -> tuple[str, str]:
    """Return a sorting key that compares numbers in names by value, and ignores case.

    Example:
        >>> sorted(["a10", "B1", "a9"], key=natural_key)
        ['a9', 'a10', 'B1']
    """
    return NUMBER.sub(_comparable_number, text.lower()), text


def _comparable_number(found: re.Match[str]) -> str:
    """Return a number's length, then its digits, after a character that is below all others."""
    digits = found[0].lstrip("0")
    return f"\0{chr(len(digits))}{digits}"

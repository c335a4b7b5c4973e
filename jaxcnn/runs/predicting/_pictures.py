"""Which picture files are meant by names of files and folders."""

import os
from collections.abc import Iterable
from typing import cast

from jaxcnn.data import ImageSource, find_image_files


def find_pictures(files: ImageSource | Iterable[ImageSource]) -> list[ImageSource]:
    """Put the pictures in a folder, and in all folders below, in the place of the folder.

    Pictures in folders are known by their endings (.jpg, .jpeg, .png, .webp, .bmp) and in natural
    order ("9" before "10"); hidden files and folders do not count. A file that is named itself
    stays, whatever its name; and so does a folder without pictures, to be reported.

    Args:
        files: paths of files and folders, or files opened to read bytes; or one of these.

    Raises:
        ValueError: if there is no file among them.
    """
    # An open file can be iterated over, too: these are its lines.
    one = isinstance(files, str | os.PathLike) or hasattr(files, "read")
    given: list[ImageSource] = (
        [cast(ImageSource, files)] if one else [*cast(Iterable[ImageSource], files)]
    )
    found = [source for each in given for source in _within(each)]
    if not given:
        raise ValueError("files: expected at least one picture or folder, got none")
    if all(isinstance(each, str | os.PathLike) and os.path.isdir(each) for each in found):
        raise ValueError(f"no pictures in {', '.join(map(str, given))}")
    return found


def _within(source: ImageSource) -> list[ImageSource]:
    if not isinstance(source, str | os.PathLike) or not os.path.isdir(source):
        return [source]
    try:
        images = find_image_files(source)
    except OSError:
        images = []
    return [*images] or [source]


def read_names(content: bytes) -> list[str]:
    r"""The names in a list of files: one a line, or each followed by a NUL character.

    Example:
        >>> read_names(b"a.jpg\nmy cat.png\n"), read_names(b"a\nb.jpg\0")
        (['a.jpg', 'my cat.png'], ['a\nb.jpg'])
    """
    names = content.split(b"\0") if b"\0" in content else content.splitlines()
    return [os.fsdecode(name) for name in names if name]


def readable(text: str) -> str:
    r"""A path, or names of classes, on one line: what no terminal can show is written as in Python.

    Example:
        >>> print(readable("two\nlines.png"))
        two\nlines.png
    """
    return text if text.isprintable() else ascii(text)[1:-1]

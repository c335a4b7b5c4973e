"""Where published data sets lie on this machine, or are put."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from jaxcnn.data._errors import import_extra
from jaxcnn.data.sets._download import install


def find_or_install(
    name: str,
    subfolder: str,
    folder: str | os.PathLike[str] | None,
    fill: Callable[[Path], object] | None,
) -> Path:
    """Return the folder of a data set; where there is none, make it by `fill(path)`.

    Raises:
        FileNotFoundError: If there is none and `fill` is None.
        DownloadError: If it cannot be made.
    """
    path = find(subfolder, folder)
    if path is None:
        if fill is None:
            raise _not_found(name, subfolder, folder)
        path = next(roots(folder)) / subfolder
        install(path, fill)
    return path


def find(subfolder: str, folder: str | os.PathLike[str] | None) -> Path | None:
    """Return the first existing `<root>/<subfolder>`, or None."""
    candidates = (root / subfolder for root in roots(folder))
    return next((path for path in candidates if path.is_dir()), None)


def roots(folder: str | os.PathLike[str] | None) -> Iterator[Path]:
    """Yield the folders to look in: the given one, else $JAXCNN_DATA and then the cache.

    The first of them is the one to download to.
    """
    if folder is not None:
        yield Path(folder).expanduser()
        return
    if from_environment := os.environ.get("JAXCNN_DATA"):
        yield Path(from_environment).expanduser()
    yield Path(import_extra("pooch").os_cache("jaxcnn"))


def _not_found(
    name: str, subfolder: str, folder: str | os.PathLike[str] | None
) -> FileNotFoundError:
    """Return the error that lists where a data set was looked for and how to get it."""
    places = "".join(f"\n  {root / subfolder}" for root in roots(folder))
    return FileNotFoundError(
        f"{name} was not found. Looked for the folder{places}\n"
        "Pass download=True to fetch it, or name the folder that holds "
        f"{subfolder}/ by folder= or by the environment variable JAXCNN_DATA."
    )

"""Find published data sets on this machine, or download them: checked, and all or nothing."""

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from jaxcnn._support.extras import import_extra
from jaxcnn.data._errors import DownloadError

CONNECT_SECONDS = 5
STALL_SECONDS = 30
REACH_SECONDS = 5


class Remote(NamedTuple):
    """A published file."""

    url: str
    md5: str

    @property
    def file_name(self) -> str:
        return self.url.rpartition("/")[2]


def install(destination: Path, fill: Callable[[Path], object]) -> None:
    """Make the folder `destination` by `fill(folder)`: it appears whole or not at all.

    Raises:
        DownloadError: If the disk does not take it.
    """
    try:
        with _staging_folder(destination) as staging:
            fill(staging)
            if not destination.exists():  # else another process was quicker
                os.replace(staging, destination)
    except DownloadError:
        raise
    except OSError as error:
        raise DownloadError(
            f"could not write {destination}: {error.strerror or error}; name a folder that has "
            "space and can be written by folder= or by the environment variable JAXCNN_DATA"
        ) from error


@contextlib.contextmanager
def _staging_folder(destination: Path) -> Iterator[Path]:
    # Beside the destination, because a rename is atomic only within one file system.
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=f".{destination.name}-", dir=destination.parent, ignore_cleanup_errors=True
    ) as temporary:
        staging = Path(temporary) / destination.name
        staging.mkdir()
        yield staging


def fetch(remote: Remote, folder: Path) -> Path:
    """Download one file into `folder` and return its path.

    Raises:
        DownloadError: If the server does not answer, or sends anything but the published file.
    """
    pooch = import_extra("pooch")
    requests = import_extra("requests")
    _check_reachable(remote.url)
    downloader = pooch.HTTPDownloader(
        progressbar=sys.stderr.isatty(),
        timeout=(CONNECT_SECONDS, STALL_SECONDS),
        chunk_size=1 << 16,
    )
    try:
        path = pooch.retrieve(
            remote.url,
            known_hash=f"md5:{remote.md5}",
            fname=remote.file_name,
            path=folder,
            downloader=downloader,
        )
    except requests.RequestException as error:
        raise DownloadError(f"could not download {remote.url}: {error}") from error
    except ValueError as error:  # how pooch reports a checksum
        raise DownloadError(
            f"{remote.url} sent something else than the published file: its md5 is not "
            f"{remote.md5}. Try again later, or get the file elsewhere"
        ) from error
    return Path(path)


def _check_reachable(url: str) -> None:
    """Raise DownloadError where no server answers within REACH_SECONDS.

    A connection's timeout does not cover the look-up of the host's name, which can hang for
    half a minute without a network, so the question is put in a thread that can be left behind.
    """
    requests = import_extra("requests")
    answers: list[Exception | None] = []

    def ask() -> None:
        try:
            requests.head(url, timeout=CONNECT_SECONDS).close()
            answers.append(None)  # any answer will do: the download itself reports a bad one
        except Exception as error:  # raised below, where it is heard
            answers.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(REACH_SECONDS)
    problem = answers[0] if answers else TimeoutError(f"no answer within {REACH_SECONDS} s")
    if isinstance(problem, (requests.RequestException, TimeoutError)):
        raise DownloadError(
            f"could not reach {url} ({type(problem).__name__}); is this machine connected to the "
            "network?"
        ) from problem
    if problem is not None:
        raise problem


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

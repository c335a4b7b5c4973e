"""Find published data sets on this machine, or download, verify and unpack them, all or nothing."""

import contextlib
import gzip
import os
import shutil
import sys
import tarfile
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from jaxcnn._support.extras import import_extra
from jaxcnn._support.files import local_path
from jaxcnn._support.texts import readable
from jaxcnn.data._errors import DataError, DownloadError

CONNECT_SECONDS = 5
STALL_SECONDS = 30
REACH_SECONDS = 5


class Remote(NamedTuple):
    """A published file and its checksum."""

    url: str
    md5: str

    @property
    def file_name(self) -> str:
        return self.url.rpartition("/")[2]


def install(destination: Path, fill: Callable[[Path], object]) -> None:
    """Create the folder `destination` by `fill(folder)`, completely or not at all.

    Raises:
        DownloadError: If the files cannot be written.
    """
    try:
        with _staging_folder(destination) as staging:
            fill(staging)
            if not destination.exists():  # otherwise another process was faster
                os.replace(staging, destination)
    except DownloadError:
        raise
    except OSError as error:
        raise DownloadError(
            f"{destination}: expected a folder with space that can be written to, got "
            f"{error.strerror or error} (choose another by folder= or by the environment variable "
            "JAXCNN_DATA)"
        ) from error


@contextlib.contextmanager
def _staging_folder(destination: Path) -> Iterator[Path]:
    # Next to the destination, because a rename is atomic only within one file system.
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
        raise DownloadError(f"{remote.url}: expected a file to download, got {error}") from error
    except ValueError as error:  # how pooch reports a checksum
        raise DownloadError(
            f"{remote.url}: expected the published file with md5 {remote.md5}, got another (try "
            "again later, or get the file elsewhere)"
        ) from error
    return Path(path)


def _check_reachable(url: str) -> None:
    """Raise DownloadError if no server answers within `REACH_SECONDS`.

    A connection's timeout does not cover the DNS lookup, which can hang for half a minute without a
    network, so the request runs in a daemon thread that can be abandoned.
    """
    requests = import_extra("requests")
    answers: list[Exception | None] = []

    def ask() -> None:
        try:
            requests.head(url, timeout=CONNECT_SECONDS).close()
            answers.append(None)  # any answer is enough: the download reports a bad one
        except Exception as error:  # raised below, in the caller's thread
            answers.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(REACH_SECONDS)
    problem = answers[0] if answers else TimeoutError(f"no answer within {REACH_SECONDS} s")
    if isinstance(problem, (requests.RequestException, TimeoutError)):
        raise DownloadError(
            f"{url}: expected an answer, got {type(problem).__name__} (is this machine connected "
            "to the network?)"
        ) from problem
    if problem is not None:
        raise problem


def find_or_install(
    name: str,
    subfolder: str,
    folder: str | os.PathLike[str] | None,
    fill: Callable[[Path], object] | None,
) -> Path:
    """Return the folder of a data set; if there is none, create it by `fill(path)`.

    Raises:
        FileNotFoundError: If there is none and `fill` is None.
        DownloadError: If it cannot be created.
    """
    path = find(subfolder, folder)
    if path is None:
        if fill is None:
            raise _not_found(name, subfolder, folder)
        path = next(roots(folder)) / subfolder
        install(path, fill)
    return path


def find(subfolder: str, folder: str | os.PathLike[str] | None) -> Path | None:
    """Return the first existing ``<root>/<subfolder>``, or None."""
    candidates = (root / subfolder for root in roots(folder))
    return next((path for path in candidates if path.is_dir()), None)


def roots(folder: str | os.PathLike[str] | None) -> Iterator[Path]:
    """Yield the folders to search: the given one, else $JAXCNN_DATA and then the user's cache.

    Downloads are stored in the first of these folders.
    """
    if folder is not None:
        yield local_path("folder", folder)
        return
    if from_environment := os.environ.get("JAXCNN_DATA"):
        yield local_path("JAXCNN_DATA", from_environment)
    yield Path(import_extra("pooch").os_cache("jaxcnn"))


def _not_found(
    name: str, subfolder: str, folder: str | os.PathLike[str] | None
) -> FileNotFoundError:
    """Return the error that lists the searched folders and says how to get the data set."""
    places = "".join(f"\n  {root / subfolder}" for root in roots(folder))
    return FileNotFoundError(
        f"{name}: expected one of these folders, got none:{places}\n"
        f"(pass download=True to download it, or choose the folder that contains {subfolder}/ by "
        "folder= or by the environment variable JAXCNN_DATA)"
    )


# Published archives contain small text files besides the data: a readme, class names. The limits
# stop an archive of endless zeros or endless members.
MAX_TEXT_BYTES = 1 << 16
MAX_MEMBERS = 100


def unpack(archive: Path, folder: Path, sizes: Mapping[str, int | None]) -> None:
    """Extract the wanted members of a ``.tar.gz`` into `folder`, and nothing else.

    Output paths are made from the wanted names, never from the names in the archive.

    Args:
        archive: The ``.tar.gz`` file.
        folder: An existing folder, into which the files are put without subfolders.
        sizes: Names of wanted members, such as ``"data/test.bin"``, with their sizes in bytes, or
            None for a small text file of any size.

    Raises:
        DataError: If the archive is damaged. If a wanted member is missing, occurs twice, is not a
            regular file, or has another size. If any member is a link, a device or outside the
            archive's folder.
    """
    missing = dict(sizes)
    most = sum(size or 0 for size in sizes.values()) + MAX_MEMBERS * (MAX_TEXT_BYTES + 4096)
    try:
        with gzip.open(archive) as file, _stream(file, most) as tar:
            for count, member in enumerate(tar):
                if count == MAX_MEMBERS:
                    raise DataError(f"{archive}: expected at most {MAX_MEMBERS} members, got more")
                _check_member(archive, member, sizes)
                if member.isdir() or member.name not in sizes:
                    continue
                if member.name not in missing:
                    raise DataError(f"{archive}: expected {member.name} once, got it twice")
                del missing[member.name]
                source = tar.extractfile(member)
                assert source is not None  # it is a regular file
                with source, open(folder / Path(member.name).name, "xb") as target:
                    shutil.copyfileobj(source, target)
    except DataError:
        raise
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # an error of the disk, not of the archive
        raise DataError(f"{archive}: expected an archive, got a damaged one ({error})") from error
    if missing:
        raise DataError(
            f"{archive}: expected {', '.join(missing)}, got none (is this the right archive?)"
        )


def _stream(file: gzip.GzipFile, most: int) -> tarfile.TarFile:
    limited: Any = _Limited(file, most)  # of a file, tarfile needs only `read` in this mode
    return tarfile.open(fileobj=limited, mode="r|")


class _Limited:
    """The content of an archive, up to a limit: names and comments in it may be endless, too."""

    def __init__(self, file: gzip.GzipFile, left: int) -> None:
        self._file, self._left = file, left

    def read(self, size: int) -> bytes:
        content = self._file.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise tarfile.ReadError("it has more than the published files")
        return content


def _check_member(archive: Path, member: tarfile.TarInfo, sizes: Mapping[str, int | None]) -> None:
    what = f"{archive}: {readable(member.name):.200}"
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise DataError(f"{what}: expected a path inside the archive")
    if not (member.isreg() or member.isdir()):
        raise DataError(f"{what}: expected a file or a folder, got neither")
    expected = sizes.get(member.name)
    if expected is None:
        if member.size > MAX_TEXT_BYTES:
            raise DataError(
                f"{what}: expected at most {MAX_TEXT_BYTES} bytes, got {member.size} (is this the "
                "right archive?)"
            )
    elif member.size != expected:
        raise DataError(f"{what}: expected {expected} bytes, got {member.size}")

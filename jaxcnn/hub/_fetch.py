"""Download one file of a repository: no more than its listed size, and with its checksum."""

import hashlib
import os
from pathlib import Path
from typing import Any, BinaryIO

from jaxcnn._support.extras import import_extra
from jaxcnn._support.json_texts import open_regular
from jaxcnn.hub._errors import HubError
from jaxcnn.hub._repository import WEIGHTS, Repository, answers, endpoint

_CHUNK = 2**20
_ATTEMPTS = 5
"""A connection that breaks is taken up again so many times where it broke."""


def fetch(repository: Repository, file: str, folder: Path) -> Path:
    """Download a file into a folder, and compare its checksum.

    `huggingface_hub` could do this, but it writes to a path that the server's answer names, and as
    much as the server sends.

    Args:
        repository: The repository, as the hub lists it.
        file: Name of the file, one of `FILES`.
        folder: The folder; it has no file of this name.

    Raises:
        HubError: If the file cannot be had, or is not the listed one.
        OSError: If it cannot be written.
    """
    path, listed = folder / file, repository.files[file]
    with answers(repository.name, repository.commit), path.open("xb") as out:
        hub = import_extra("huggingface_hub")
        url = hub.hf_hub_url(repository.name, file, revision=repository.commit, endpoint=endpoint())
        bar = hub.utils.tqdm(
            total=listed.size, unit="B", unit_scale=True, desc=file, disable=file != WEIGHTS or None
        )
        with bar:
            _stream_in_parts(url, out, listed.size, bar)
    found = checksum(path, listed.checksum)
    if found != listed.checksum:
        raise HubError(
            f"{repository.name}: expected {file} with the checksum {listed.checksum}, got {found} "
            "(it was damaged on its way, or the hub sends another file than it lists; try again "
            "later)"
        )
    return path


def _stream_in_parts(url: str, out: BinaryIO, size: int, bar: Any) -> None:
    """Write what a URL has to a file; go on where a connection breaks."""
    for attempt in range(_ATTEMPTS):
        before = out.tell()
        try:
            _stream(url, out, size, bar)
            return
        except OSError:  # of the disk, or an answer such as 404
            raise
        except Exception:  # the classes of the errors depend on the version of `huggingface_hub`
            if attempt + 1 == _ATTEMPTS or out.tell() == before:
                raise


def _stream(url: str, out: BinaryIO, size: int, bar: Any) -> None:
    """Write the rest of what a URL has to a file, from the file's position."""
    hub = import_extra("huggingface_hub")
    have = out.tell()
    headers = {**hub.utils.build_hf_headers(), "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    timeout = import_extra("huggingface_hub.constants").HF_HUB_DOWNLOAD_TIMEOUT
    with hub.get_session().stream(
        "GET", url, headers=headers, timeout=timeout, follow_redirects=True
    ) as response:
        hub.utils.hf_raise_for_status(response)
        if have and response.status_code != 206:  # the whole file once more
            out.seek(0)
            out.truncate()
            bar.reset()
        for chunk in response.iter_bytes():  # as they arrive, so that none are lost
            if out.tell() + len(chunk) > size:
                raise HubError(f"{url}: expected the {size:,} bytes that the hub lists, got more")
            out.write(chunk)
            bar.update(len(chunk))


def checksum(path: Path, like: str) -> str:
    """Compute the checksum of a file of the kind of `like`: SHA-256, or Git's SHA-1."""
    return sha256(path) if len(like) == 64 else git_sha1(path)


def sha256(path: Path) -> str:
    """Compute the SHA-256 of a file, in hexadecimal digits."""
    with open_regular(path) as file:
        return _hashed(file, hashlib.sha256())


def git_sha1(path: Path) -> str:
    """Compute the SHA-1 by which Git knows a file, in hexadecimal digits."""
    with open_regular(path) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        return _hashed(file, hashlib.sha1(b"blob %d\0" % size))


def _hashed(file: BinaryIO, found: Any) -> str:
    while chunk := file.read(_CHUNK):
        found.update(chunk)
    return found.hexdigest()

"""Repositories as a hub lists them: commit, files, sizes and checksums."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from jaxcnn._support.arguments import is_int
from jaxcnn._support.extras import import_extra
from jaxcnn._support.machine import memory_limit
from jaxcnn._support.safetensors import PICKLE_NAMES
from jaxcnn._support.texts import readable
from jaxcnn.hub._errors import HubError
from jaxcnn.hub._hints import folder_hint, name_hint
from jaxcnn.runs import REPOSITORY_CONFIG as CONFIG
from jaxcnn.runs import REPOSITORY_WEIGHTS as WEIGHTS

FILES = (CONFIG, WEIGHTS)

MAX_CONFIG_BYTES = 2**20
"""Of the config, which has a few hundred bytes; 21,841 class names take half of this."""

MAX_WEIGHTS_BYTES = 2**36
"""Where the size of the memory is not known."""

_PICKLES = (*PICKLE_NAMES, ".msgpack")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REVISION = re.compile(r"(?!.*\.\.)[\w][\w./-]*")
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class ListedFile(NamedTuple):
    """A file as the hub lists it.

    Attributes:
        size: Its size in bytes.
        checksum: Its SHA-256, or for small files Git's SHA-1, in hexadecimal digits.
    """

    size: int
    checksum: str


class Repository(NamedTuple):
    """A repository at one commit.

    Attributes:
        name: Its name, such as ``"timm/resnet50.a1_in1k"``.
        commit: The commit's hash, 40 hexadecimal digits.
        files: The files of `FILES`.
    """

    name: str
    commit: str
    files: Mapping[str, ListedFile]


def check_name(name: str, revision: str | None) -> None:
    """Raise unless the names of a repository and of a revision have the form of such names.

    Raises:
        ValueError: If one of them has not.
    """
    try:
        import_extra("huggingface_hub.utils").validate_repo_id(name)
        is_complete = name.count("/") == 1
    except ValueError:
        is_complete = False
    if not is_complete:
        raise ValueError(
            "name: expected a repository of the hub such as 'timm/resnet50.a1_in1k', got "
            f"{name!r:.120} ({name_hint(name) or 'the path of a folder must be a Path'})"
        )
    if name.lower().endswith(PICKLE_NAMES):
        raise ValueError(
            f"name: expected a repository of the hub, got the file {name!r:.120} "
            f"({name_hint(name)})"
        )
    check_revision("revision", revision, "a branch, a tag or the hash of a commit")


def check_revision(argument: str, revision: str | None, what: str = "a branch") -> None:
    """Raise unless the name of a revision has the form of such names; None has.

    Args:
        argument: The argument's name.
        revision: Its value.
        what: What is expected.

    Raises:
        ValueError: If it has another form.
    """
    if revision is not None and not isinstance(revision, str):
        raise TypeError(f"{argument}: expected a string, got {type(revision).__name__}")
    if revision is not None and not _REVISION.fullmatch(revision):
        raise ValueError(f"{argument}: expected {what}, got {revision!r:.120}")


def look_up(name: str, revision: str) -> Repository:
    """Ask the hub for the commit of a revision, and for the files that it has there.

    Raises:
        HubError: If the answer lacks what is needed, or one of the files is missing.
        UnreachableError: If there is no such answer.
    """
    hub = import_extra("huggingface_hub")
    with answers(name, revision):
        info = hub.HfApi(endpoint=endpoint()).model_info(
            name,
            revision=revision,
            files_metadata=True,
            timeout=import_extra("huggingface_hub.constants").HF_HUB_ETAG_TIMEOUT,
        )
        files = {file.rfilename: file for file in info.siblings or ()}
        commit = info.sha
        files = {name: file for name, file in files.items() if isinstance(name, str)}
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        raise HubError(f"{name}: expected the hash of a commit from the hub, got {commit!r:.80}")
    _check_listed(name, files)
    return Repository(name, commit, {file: _listed(name, files[file]) for file in FILES})


def endpoint() -> str:
    """Return the address of the hub, which the environment variable HF_ENDPOINT sets."""
    found = os.environ.get("HF_ENDPOINT") or import_extra("huggingface_hub.constants").ENDPOINT
    return found.rstrip("/")


def _check_listed(name: str, files: Mapping[str, Any]) -> None:
    missing = [file for file in FILES if file not in files]
    if missing:
        pickles = sorted(file for file in files if file.endswith(_PICKLES))
        hint = "".join(
            f" (it has {readable(file)}; such files can run code and are never read)"
            for file in pickles[:1]
        )
        raise HubError(
            f"{name}: expected the files {' and '.join(FILES)}, got a repository without "
            f"{' and '.join(missing)}{hint}"
        )


def _listed(name: str, file: Any) -> ListedFile:
    most = MAX_CONFIG_BYTES if file.rfilename == CONFIG else memory_limit() or MAX_WEIGHTS_BYTES
    if not is_int(file.size) or not 0 <= file.size <= most:
        raise HubError(
            f"{name}: expected a {file.rfilename} of at most {most:,} bytes, got {file.size!r:.40}"
        )
    found = file.lfs.sha256 if file.lfs else file.blob_id
    if not isinstance(found, str) or not _HASH.fullmatch(found):
        raise HubError(
            f"{name}: expected a checksum of {file.rfilename} from the hub, got {found!r:.80}"
        )
    return ListedFile(file.size, found)


class UnreachableError(HubError):
    """The hub gave no answer, or none that can be understood."""


@contextmanager
def answers(name: str, revision: str) -> Iterator[None]:
    """Turn the errors of `huggingface_hub` into `HubError`, with what to do about them."""
    errors = import_extra("huggingface_hub.errors")
    try:
        yield
    except HubError:
        raise
    except errors.GatedRepoError as error:
        raise HubError(
            f"{name}: expected a repository that is open, got one whose license must be accepted "
            "first (accept it on its page, and log in by: hf auth login)"
        ) from error
    except errors.RepositoryNotFoundError as error:
        hint = "; ".join(filter(None, (name_hint(name), "private ones need: hf auth login")))
        raise HubError(
            f"{name}: the hub has no such repository, or it is private ({hint})"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise HubError(
            f"{name}: expected a branch, a tag or a commit of this repository, got the revision "
            f"{revision!r:.120}, which the hub does not have"
        ) from error
    except OSError as error:
        if error.errno is not None:  # of the disk
            raise
        raise _unreachable(name, error) from error
    # Whatever a server may send, through any version of the packages between.
    except Exception as error:
        raise _unreachable(name, error) from error


def _unreachable(name: str, error: Exception) -> UnreachableError:
    hint = "".join(f"; {meant}" for meant in [folder_hint(name)] if meant)
    return UnreachableError(
        f"{name}: expected an answer from the hub {endpoint()}, got {fault_in_words(error)} "
        f"(without a connection, networks in the cache can be used{hint})"
    )


def fault_in_words(error: BaseException) -> str:
    """Return an error in one line, with the one that caused it."""
    lines = str(error).strip().splitlines()
    text = f"{type(error).__name__}: {lines[0]:.200}" if lines else type(error).__name__
    cause = error.__cause__
    said = cause is None or str(cause).strip() in text
    return readable(text if said else f"{text} ({type(cause).__name__}: {cause!s:.100})")

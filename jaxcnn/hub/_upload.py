"""Send a folder to a repository of the hub, in one commit: all of its files or none."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jaxcnn._support.extras import import_extra
from jaxcnn._support.texts import readable
from jaxcnn.hub._errors import HubError
from jaxcnn.hub._model_folder import PUSHED
from jaxcnn.hub._repository import endpoint, fault_in_words

_LOG_IN = "log in by: hf auth login, or set HF_TOKEN to a token that can write"
_MAX_REASON = 400


def check_can_push(name: str) -> str:
    """Return the token to write with, from where `huggingface_hub` keeps it.

    Raises:
        HubError: If there is none, or the environment forbids connections.
    """
    if import_extra("huggingface_hub.constants").HF_HUB_OFFLINE:
        raise HubError(
            f"{name}: expected to be online, got HF_HUB_OFFLINE=1 in the environment (nothing was "
            "sent; a dry run writes the folder without a connection)"
        )
    token = import_extra("huggingface_hub").get_token()
    if token is None:
        raise HubError(f"{name}: expected a token to write with, got none ({_LOG_IN})")
    return token


def upload(
    folder: Path, name: str, token: str, *, private: bool, branch: str | None, message: str
) -> str:
    """Create a repository unless there is one, and commit the files of a folder to it.

    Args:
        folder: The folder, with the files of `PUSHED`.
        name: The repository.
        token: The token to write with.
        private: Whether only its owner may see it.
        branch: The branch, which is created if there is none; None means ``main``.
        message: Title of the commit.

    Returns:
        The commit's hash.

    Raises:
        HubError: If the hub does not take the files, or cannot be reached.
    """
    hub = import_extra("huggingface_hub")
    api = hub.HfApi(endpoint=endpoint(), token=token)
    files = [hub.CommitOperationAdd(file, folder / file) for file in PUSHED]
    with _refusals(name):
        _make_repository(api, name, private)
        if branch is not None:
            api.create_branch(name, branch=branch, exist_ok=True)
        commit = api.create_commit(name, files, commit_message=message, revision=branch).oid
    if not isinstance(commit, str):
        raise HubError(f"{name}: expected the hash of a commit from the hub, got {commit!r:.80}")
    return commit


def _make_repository(api: Any, name: str, private: bool) -> None:
    """Create a repository unless there is one; raise if it would show what is to be private."""
    try:
        found = api.model_info(name)
    except import_extra("huggingface_hub.errors").RepositoryNotFoundError:
        api.create_repo(name, private=private or None)  # None: as its owner has set
        return
    if private and not found.private:
        raise HubError(
            f"{name}: expected a private repository, got a public one that exists (nothing was "
            "sent; make it private in its settings, or choose another name)"
        )


@contextmanager
def _refusals(name: str) -> Iterator[None]:
    """Turn the errors of `huggingface_hub` into `HubError`, with what to do about them."""
    try:
        yield
    except HubError:
        raise
    except Exception as error:  # of many classes, which depend on the version of the package
        is_of_network = isinstance(error, ConnectionError | TimeoutError)
        if isinstance(error, OSError) and error.errno is not None and not is_of_network:
            raise  # of the disk
        raise HubError(f"{name}: expected {_in_words(error)}") from error


def _in_words(error: Exception) -> str:
    """Say what was expected instead of an error, what it is, and what to do."""
    status, reason = _status(error), _reason(error)
    if status == 401:
        return f"a token that the hub knows, got one that it refuses: {reason} ({_LOG_IN})"
    if status in (402, 403, 404):
        return (
            f"a repository that you may write to, got {reason} (the owner is your user name, or an "
            "organization in which you may write; the token needs the role write)"
        )
    if status == 400:
        return f"files that the hub takes, got {reason} (nothing was committed)"
    return (
        f"an answer from the hub {endpoint()}, got {fault_in_words(error)} (the files appear there "
        "together or not at all; push again)"
    )


def _status(error: BaseException | None) -> int | None:
    """Return the status of the answer that an error, or one that caused it, is about."""
    while error is not None:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if isinstance(status, int):
            return status
        error = error.__cause__
    return None


def _reason(error: Any) -> str:
    """Return what the server says, in one line."""
    said = getattr(error, "server_message", None) or str(error)
    return readable(" ".join(said.split()))[:_MAX_REASON]

"""`push`: publish a run on the Hugging Face hub."""

import dataclasses
import os
import tempfile
from pathlib import Path

from jaxcnn._support.arguments import check_bool
from jaxcnn._support.results import Result
from jaxcnn._support.units import bytes_text
from jaxcnn.hub._address import Address
from jaxcnn.hub._model_folder import PUSHED, as_run, checked, write_files
from jaxcnn.hub._repository import check_revision, endpoint
from jaxcnn.hub._upload import check_can_push, upload
from jaxcnn.inference import Network
from jaxcnn.runs import Run


@dataclasses.dataclass(frozen=True)
class PushedModel(Result):
    """A network that was published on the hub.

    Attributes:
        address: What `load` takes, such as ``"hf://user/name"``, or with the branch that is not
            ``main``, ``"hf://user/name@branch"``.
        commit: The commit's hash.
        url: The page of the repository.
        bytes: Size of all files.
    """

    address: str
    commit: str
    url: str
    bytes: int

    def __str__(self) -> str:
        return (
            f"{self.address}: {bytes_text(self.bytes)} in commit {self.commit[:12]}, shown at "
            f"{self.url}"
        )


def push(
    run: Run | Network | str | os.PathLike[str],
    name: str,
    *,
    license: str,
    private: bool = False,
    branch: str | None = None,
    dataset: str | None = None,
    message: str = "Add a network of jaxcnn",
) -> PushedModel:
    """Publish a run on the Hugging Face hub, where `load` finds it by name.

    It sends three files in one commit: the network with its results (``config.json``), the weights
    (``model.safetensors``), and a model card (``README.md``) with the data, the test results and
    their intervals, and how to use the network. Examples of the test set, paths of files and the
    history stay here. The repository is created unless there is one; files of these names in it are
    replaced, and stay in its history. Files in `write_model_folder` show what would be sent.

    The token comes from where `huggingface_hub` keeps it: ``hf auth login`` or the environment
    variable HF_TOKEN. HF_ENDPOINT is another hub's address.

    Args:
        run: A run, a trained network, or the folder of a saved run. A run that was saved with
            ``test=`` has test results.
        name: The repository: your user name or an organization, a slash, and a name, such as
            ``"user/digits"`` or ``"hf://user/digits"``.
        license: The hub's identifier of the license of the weights, such as ``"mit"`` or
            ``"cc-by-4.0"``. Weights that began with others', or data, may not allow each of them.
        private: Whether only its owner may see the repository.
        branch: The branch to commit to, which is created if there is none. None means ``main``.
        dataset: The data set of the training, if it is on the hub, such as ``"user/data"``.
        message: Title of the commit.

    Returns:
        A `PushedModel`: address, commit and page.

    Raises:
        FileNotFoundError: If the path is not the folder of a run.
        HubError: If there is no token, the hub refuses the files, or it cannot be reached. Also if
            `private` is true, and there is a public repository of this name.
        ImportError: If `huggingface_hub` is not installed.
        TypeError: If an argument has the wrong type.
        ValueError: If a name does not have the form of such names, or the network could not be
            read back.

    Example::

        print(jaxcnn.push("runs/mine", "user/digits", license="mit"))
        run = jaxcnn.load("hf://user/digits")
    """
    about = checked(name, license, dataset)
    name = about.name
    check_revision("branch", branch)
    check_bool("private", private)
    if not isinstance(message, str) or not message.strip():
        raise ValueError(f"message: expected a title for the commit, got {message!r:.80}")
    token = check_can_push(name)  # before anything is read
    found = as_run(run)
    with tempfile.TemporaryDirectory(prefix="jaxcnn-push-") as folder:
        place = Path(folder)
        write_files(found, place, about)
        size = sum((place / file).stat().st_size for file in PUSHED)
        commit = upload(place, name, token, private=private, branch=branch, message=message)
    return PushedModel(str(Address(name, branch)), commit, f"{endpoint()}/{name}", size)

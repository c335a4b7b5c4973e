"""`load`: read a run from its folder, or from a repository on the hub."""

import os

from flax import nnx

from jaxcnn import runs
from jaxcnn._support.arguments import check_bool
from jaxcnn.hub._address import parse_address
from jaxcnn.hub._read import is_model_folder, read_from_hub, read_model_folder
from jaxcnn.layers import Layer
from jaxcnn.runs import Run


def load(
    folder: str | os.PathLike[str],
    *,
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
) -> Run:
    """Load a saved run from its folder, or from a repository of the Hugging Face hub.

    Only the folder is needed. Nothing that is read can run code, and only JSON and safetensors are
    downloaded.

    Args:
        folder: The folder of the run, or an address of the hub: ``"hf://user/name"``, or with a
            branch, a tag or the hash of a commit, ``"hf://user/name@revision"``. A repository that
            `push` made, or one of timm. Or a folder with the files of such a repository, as
            `write_model_folder` and ``jaxcnn push --dry-run`` write it.
        model: For a network trained from a custom `nnx.Module`: a module of the same structure. In
            the loaded run, the weights of the module are replaced by the saved weights.
        layers: Custom layer classes that the architecture uses.
        cache_dir: For an address, the folder of the cache. None means that of `huggingface_hub`.
        offline: For an address, whether to read only the cache. The environment variable
            HF_HUB_OFFLINE=1 does the same.

    Returns:
        The `Run`. Its network predicts exactly like the saved network. The `state` of a loaded run
        is None, so training cannot be resumed from the run. A run from the hub has results and
        settings, and neither a history nor test images; its `network.origin` names the commit.

    Raises:
        FileNotFoundError: If the folder contains no run, or the training of the run has not ended.
            The message says which.
        HubError: If the hub cannot be reached, has no such repository or revision, or sends files
            that are damaged or not what they should be.
        ImportError: If an address needs `huggingface_hub`, and it is not installed.
        ValueError: If an option does not suit the folder or the address, such as `layers` for a
            network of timm. Also if a file in the folder was changed, cut or added since the
            run was saved, if it is damaged or belongs to another run, or if a link in the folder
            leads out of it. The message names the file. Folders without ``manifest.json``, which
            older versions wrote, are checked only for impossible values.

    Example::

        run = jaxcnn.load("runs/mine")
        run = jaxcnn.load("hf://user/pets@v1.0")
        run.classify("photo.jpg")
    """
    check_bool("offline", offline)
    address = parse_address(folder) if isinstance(folder, str | os.PathLike) else None
    if address is not None:
        name, revision = address
        return read_from_hub(name, revision, cache_dir, offline=offline, model=model, layers=layers)
    if cache_dir is not None:
        raise ValueError(f"cache_dir: expected None for a folder, got {cache_dir!r:.120}")
    if offline:
        raise ValueError("offline: expected False for a folder, got True")
    if is_model_folder(folder):
        return read_model_folder(folder, model=model, layers=layers)
    return runs.load(folder, model=model, layers=layers)

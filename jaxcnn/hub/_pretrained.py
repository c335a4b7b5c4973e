"""`pretrained`: a network with the weights that others have trained, by name."""

import os

from jaxcnn._support.arguments import check_bool, per_axis
from jaxcnn.hub._address import parse_address
from jaxcnn.hub._hints import explains_options
from jaxcnn.hub._read import read_from_hub, read_model_folder
from jaxcnn.hub._repository import check_name
from jaxcnn.inference import Network

_PREFIX = "hf-hub:"


@explains_options
def pretrained(
    name: str | os.PathLike[str],
    *,
    revision: str | None = None,
    image_size: int | tuple[int, int] | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    offline: bool = False,
) -> Network:
    """Load a network with pretrained weights from the Hugging Face hub.

    Use it to classify pictures by ImageNet's classes, or as the beginning of a training on your own
    pictures, with `jaxcnn.fine_tune`. The files are downloaded once, by the package
    `huggingface_hub` (``pip install 'jaxcnn[hub]'``), and then come from its cache. Files in which
    code could hide are never read.

    Args:
        name: A repository of timm's weights, such as ``"timm/resnet50.a1_in1k"``, or one that
            `push` made; also as an address, ``"hf://user/name@revision"``. Or the `Path` of a
            folder with the files ``config.json`` and ``model.safetensors`` of such a repository.
        revision: Branch, tag or hash of a commit of the repository, also in place of that of an
            address. None means its newest commit, which `Network.origin` names.
        image_size: Side of the images that the network takes, or height and width. None means that
            of the training.
        cache_dir: Folder of the cache; None means that of `huggingface_hub`, which the environment
            variables HF_HOME and HF_HUB_CACHE set. HF_ENDPOINT is another hub's address, such as
            that of a mirror.
        offline: Whether to read only the cache. The environment variable HF_HUB_OFFLINE=1 does the
            same.

    Returns:
        The network, with the normalization, the image size and the resizing that its weights were
        trained for, and the names of their classes.

    Raises:
        HubError: If the hub cannot be reached, has no such repository or revision, or sends files
            that are damaged or not what they should be.
        ImportError: If `huggingface_hub` is not installed.
        OSError: If a path is not a folder with both files.
        TypeError: If an argument has the wrong type.
        ValueError: If `name` is not the name of a repository, if timm's network of this name cannot
            be computed, or if the files in a folder do not fit.

    Example::

        network = jaxcnn.pretrained("timm/resnet50.a1_in1k")
        network.classify("photo.jpg")
    """
    check_bool("offline", offline)
    size = None if image_size is None else per_axis("image_size", image_size, 2)
    if isinstance(name, os.PathLike) and parse_address(name) is None:
        for option, value in (("revision", revision), ("cache_dir", cache_dir)):
            if value is not None:
                raise ValueError(f"{option}: expected None for a folder, got {value!r:.120}")
        if offline:
            raise ValueError("offline: expected False for a folder, got True")
        return read_model_folder(name, size).network
    if not isinstance(name, str | os.PathLike):
        raise TypeError(
            "name: expected the name of a repository, or the Path of a folder, got "
            f"{type(name).__name__}"
        )
    title, at = parse_address(name) or (os.fspath(name).removeprefix(_PREFIX), None)
    revision = at if revision is None else revision
    check_name(title, revision)
    return read_from_hub(title, revision, cache_dir, offline=offline, size=size).network

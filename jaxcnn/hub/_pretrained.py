"""`pretrained`: a network with the weights that others have trained, by name."""

import dataclasses
import os
from pathlib import Path

from flax import nnx

from jaxcnn._support.arguments import check_bool, per_axis
from jaxcnn._support.files import local_path
from jaxcnn._support.safetensors import HOW_TO_CONVERT, PICKLE_NAMES, read_tensors
from jaxcnn.hub._cache import snapshot
from jaxcnn.hub._config import read_config
from jaxcnn.hub._errors import HubError
from jaxcnn.hub._hints import explains_options, name_hint
from jaxcnn.hub._repository import CONFIG, FILES, WEIGHTS, check_name
from jaxcnn.inference import Network, Origin, functionalize
from jaxcnn.layers import Layer
from jaxcnn.models import TimmModel, load_torch_state_dict, timm_model

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
        name: A repository of timm's weights, such as ``"timm/resnet50.a1_in1k"``. Or the `Path` of
            a folder with the files ``config.json`` and ``model.safetensors`` of such a repository.
        revision: Branch, tag or hash of a commit of the repository; None means its newest commit,
            which `Network.origin` names.
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
    if isinstance(name, os.PathLike):
        for option, value in (("revision", revision), ("cache_dir", cache_dir)):
            if value is not None:
                raise ValueError(f"{option}: expected None for a folder, got {value!r:.120}")
        folder = Path(name).expanduser()
        _check_folder(folder)
        try:
            return _read(folder, size)
        except ValueError as error:
            raise ValueError(f"{folder}: {error}") from None
    if not isinstance(name, str):
        raise TypeError(
            "name: expected the name of a repository, or the Path of a folder, got "
            f"{type(name).__name__}"
        )
    name = name.removeprefix(_PREFIX)
    check_name(name, revision)
    owner, _, title = name.partition("/")
    if owner == "timm":
        timm_model(title)  # what cannot be computed need not be downloaded
    cache = None if cache_dir is None else local_path("cache_dir", cache_dir)
    with snapshot(name, revision, cache, offline=offline) as files:
        try:
            network = _read(files.folder, size)
        except ValueError as error:
            raise HubError(f"{name}: {error}") from error
        return dataclasses.replace(network, origin=Origin(name, files.commit, files.sha256))


def _check_folder(folder: Path) -> None:
    """Raise unless a path is a folder with the two files of pretrained weights."""
    expected = f"{folder}: expected a folder with {CONFIG} and {WEIGHTS}, got"
    if not folder.exists():
        raise FileNotFoundError(f"{expected} none (a name of the hub is a string, not a Path)")
    if not folder.is_dir():
        hint = name_hint(folder.name)
        raise NotADirectoryError(f"{expected} a file" + f" ({hint})" * bool(hint))
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        pickled = sorted(path.name for path in folder.iterdir() if path.suffix in PICKLE_NAMES)
        hint = "".join(f" (it has {name}, {HOW_TO_CONVERT})" for name in pickled[:1])
        raise FileNotFoundError(f"{expected} one without {' and '.join(missing)}{hint}")


def _read(folder: Path, size: tuple[int, ...] | None) -> Network:
    config = read_config(folder / CONFIG)
    try:
        model = timm_model(config.architecture)
    except ValueError as error:
        raise ValueError(f"{CONFIG}: {str(error).replace('name:', 'architecture:', 1)}") from None
    architecture = model.make(len(config.class_names))
    height, width, channels = config.input_shape
    height, width = size or (height, width)
    shape = height, width, channels
    module = _with_weights(model, architecture, folder / WEIGHTS, shape)
    apply, variables = functionalize(module)
    return Network(
        apply,
        variables,
        config.normalization,
        shape,
        config.class_names,
        architecture=architecture,
        preprocessing=config.preprocessing,
    )


def _with_weights(
    model: TimmModel, architecture: Layer, path: Path, shape: tuple[int, int, int]
) -> nnx.Module:
    try:
        return load_torch_state_dict(architecture, model.convert(read_tensors(path)), shape)
    except ValueError as error:
        text = str(error).removeprefix(f"{path}: ").removeprefix("tensors: ")
        raise ValueError(f"{path.name}: {text}") from None

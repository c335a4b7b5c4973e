"""Read the two files of a repository, ``config.json`` and ``model.safetensors``, as a run.

timm and jaxcnn write both files under the same names. The entry ``library_name`` of the config is
``jaxcnn`` in the files of jaxcnn.
"""

import dataclasses
import os
from pathlib import Path
from typing import TypeGuard

from flax import nnx

from jaxcnn._support.files import local_path
from jaxcnn._support.json_texts import parse_json, read_text
from jaxcnn._support.safetensors import HOW_TO_CONVERT, PICKLE_NAMES, read_tensors
from jaxcnn.hub._cache import snapshot
from jaxcnn.hub._config import read_config
from jaxcnn.hub._errors import HubError
from jaxcnn.hub._hints import name_hint
from jaxcnn.hub._repository import CONFIG, FILES, MAX_CONFIG_BYTES, WEIGHTS
from jaxcnn.inference import Network, Origin, functionalize
from jaxcnn.layers import Layer
from jaxcnn.models import TimmModel, load_torch_state_dict, timm_model
from jaxcnn.runs import LIBRARY, Run, has_repository_files, read_repository_files

Size = tuple[int, ...] | None
"""Height and width of the images to take; None: those of the training."""


def read_from_hub(
    name: str,
    revision: str | None,
    cache_dir: str | os.PathLike[str] | None,
    *,
    offline: bool,
    size: Size = None,
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
) -> Run:
    """Read a repository of the hub, downloaded or from the cache; its network knows its commit.

    The arguments are those of `load` and `pretrained`.

    Raises:
        HubError: If the files cannot be had, or are not what they should be.
        ValueError: If the repository is timm's, and a module or layers are passed for it.
    """
    owner, _, title = name.partition("/")
    if owner == "timm":  # what cannot be computed need not be downloaded
        timm_model(title)
        _check_no_code(model, layers)
    cache = None if cache_dir is None else local_path("cache_dir", cache_dir)
    with snapshot(name, revision, cache, offline=offline) as files:
        try:
            run = read_repository(files.folder, size, model, layers)
        except ValueError as error:
            raise HubError(f"{name}: {error}") from error
        origin = Origin(name, files.commit, files.sha256)
        return dataclasses.replace(run, network=dataclasses.replace(run.network, origin=origin))


def is_model_folder(folder: object) -> TypeGuard[str | os.PathLike[str]]:
    """Return whether a path is a folder with the files of a repository, and not that of a run."""
    return isinstance(folder, str | os.PathLike) and has_repository_files(Path(folder).expanduser())


def read_model_folder(
    path: str | os.PathLike[str],
    size: Size = None,
    *,
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
) -> Run:
    """Read a folder with both files, which somebody has written or downloaded.

    Raises:
        OSError: If it is not a folder with both files.
        ValueError: If the files are damaged or do not fit; the message begins with the path.
    """
    folder = Path(path).expanduser()
    try:
        return read_repository(folder, size, model, layers)
    except ValueError as error:
        raise ValueError(f"{folder}: {error}") from None


def read_repository(
    folder: Path,
    size: Size = None,
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
) -> Run:
    """Read a folder with both files.

    Raises:
        OSError: If it is not a folder with both files.
        ValueError: If the files are damaged or do not fit; the message begins with a file's name.
    """
    _check_folder(folder)
    if _is_of_jaxcnn(folder / CONFIG):
        try:
            return read_repository_files(folder, model=model, layers=layers, image_size=size)
        except ValueError as error:
            raise ValueError(str(error).removeprefix(f"{folder}{os.sep}")) from None
    _check_no_code(model, layers)
    return Run(_timm_network(folder, size))


def _check_no_code(model: nnx.Module | None, layers: tuple[type[Layer], ...]) -> None:
    """Raise if a module or layers are passed for a network of timm, which needs none."""
    for name, value in (("model", model), ("layers", layers or None)):
        if value is not None:
            raise ValueError(f"{name}: expected none for a network of timm, got {value!r:.80}")


def _is_of_jaxcnn(path: Path) -> bool:
    try:
        content = parse_json(read_text(path, MAX_CONFIG_BYTES))
    except ValueError:
        return False  # whose fault is named where it is read
    return isinstance(content, dict) and content.get("library_name") == LIBRARY


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


def _timm_network(folder: Path, size: Size) -> Network:
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

"""A run as a folder: a network and how it came about, in files that anyone can read."""

import os
from pathlib import Path

from flax import nnx

from jaxcnn._support.files import write_whole
from jaxcnn.architecture import build, from_json, to_json
from jaxcnn.layers import Layer
from jaxcnn.runs._facts import Facts, read_facts, write_facts
from jaxcnn.runs._weights import load_weights, save_weights
from jaxcnn.training import Apply, Network, Variables, purify

NETWORK, ARCHITECTURE, WEIGHTS = "network.json", "architecture.json", "weights.safetensors"


def claim(folder: str | os.PathLike[str]) -> Path:
    """Make a folder for a run, before anything that takes long.

    Args:
        folder: it may exist if it is empty.

    Raises:
        FileExistsError: if it holds files: those of another run are never written over.
        NotADirectoryError: if it is a file.
        OSError: if it cannot be made or written to.
    """
    path = Path(folder).expanduser()
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(f"{path}: expected a folder, but this is a file")
    try:
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise FileExistsError(
                f"{path}: holds another run or other files; name a new folder or an empty one"
            )
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
    except (PermissionError, NotADirectoryError) as error:
        raise type(error)(f"{path}: cannot be written to ({error.strerror})") from None
    return path


def save_network(network: Network, folder: Path) -> None:
    """Write what `load` needs: the architecture, the weights, and what surrounds them."""
    if network.architecture is not None:
        write_whole(folder / ARCHITECTURE, to_json(network.architecture).encode())
    save_weights(network.variables, folder / WEIGHTS)
    facts = Facts(
        network.input_shape, network.class_names, network.normalization, network.multilabel
    )
    write_facts(facts, folder / NETWORK)


def load(
    folder: str | os.PathLike[str],
    *,
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
) -> Network:
    """Read back a trained network.

    Args:
        folder: where a run was saved.
        model: for a network that was trained from an `nnx.Module` of one's own: a module of the
            same structure; its weights are replaced in the result.
        layers: layer classes of one's own that the architecture uses.

    Returns:
        A network that predicts exactly as the saved one did. Nothing else is needed, and
        nothing in the folder can run code.

    Raises:
        FileNotFoundError: if the folder holds no run.
        ValueError: if a file in it is damaged, or belongs to another network.
    """
    path = Path(folder).expanduser()
    if not (path / NETWORK).is_file():
        raise FileNotFoundError(f"{path}: no saved network here (it has no {NETWORK})")
    facts = read_facts(path / NETWORK)
    architecture = None
    if model is None:
        architecture = _read_architecture(path, layers)
        # Shapes alone: what the weights file does not hold takes no memory.
        shape = facts.input_shape
        model = nnx.eval_shape(lambda: build(architecture, shape, rngs=nnx.Rngs(0)))
    apply, expected = purify(model)
    variables = load_weights(expected, path / WEIGHTS)
    _check_outputs(apply, variables, facts, path / NETWORK)
    return Network(
        apply=apply,
        variables=variables,
        normalization=facts.normalization,
        input_shape=facts.input_shape,
        class_names=facts.class_names,
        architecture=architecture,
        multilabel=facts.multilabel,
    )


def _check_outputs(apply: Apply, variables: Variables, facts: Facts, path: Path) -> None:
    outputs, names = apply.output_shape(variables, facts.input_shape), len(facts.class_names)
    if outputs != (names,):
        raise ValueError(f"{path}: {names} class names, but the network's outputs are {outputs}")


def _read_architecture(path: Path, layers: tuple[type[Layer], ...]) -> Layer:
    file = path / ARCHITECTURE
    if not file.is_file():
        raise FileNotFoundError(
            f"{file}: not here; a network that was trained from a module of one's own is read "
            "with load(folder, model=...)"
        )
    try:
        return from_json(file.read_text(), layers)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None

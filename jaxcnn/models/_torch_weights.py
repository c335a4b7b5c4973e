"""Weights from and to torchvision."""

import os
from collections.abc import Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.typing import ArrayLike

from jaxcnn._support.leaves import leaf_name, named_leaves
from jaxcnn._support.safetensors import read_tensors, write_tensors
from jaxcnn.architecture import build, check_built, check_input_shape
from jaxcnn.layers import Layer, Shape, check_layer
from jaxcnn.models._torch_differences import Expected, check_tensors, modern_names
from jaxcnn.models._torch_layout import Layout, PlacedLayer, layout, owner, placed_layers


def load_torch_state_dict(
    architecture: Layer,
    tensors: Mapping[str, ArrayLike] | str | os.PathLike[str],
    input_shape: Shape,
    *,
    new_head: bool = False,
    rngs: nnx.Rngs | None = None,
) -> nnx.Module:
    """Build a network with weights from PyTorch.

    The names are torchvision's, which the zoo's layers have: those of alexnet (one tower), vgg,
    resnet, densenet, mobilenet_v2, efficientnet_b0 and convnext. In a network of one's own an
    array's name is its path, ``layers.stem.kernel``, without the steps ``layers``, ``branches``,
    ``residual`` and ``new``, with ``downsample`` for a shortcut, and with PyTorch's word for the
    array: ``stem.weight``. Kernels are turned to channels last, and so is the order in which a
    dense layer behind a `Flatten` takes its inputs.

    Args:
        architecture: The network as data.
        tensors: The state dict: arrays by name, or the path of a safetensors file. Its arrays
            must be exactly the network's: names, shapes and dtypes, which is float32 (half or
            double precision is not rounded or widened unasked). Counts of batches,
            ``num_batches_tracked``, are left out. Files of ``torch.save`` are not read, for they
            can run code; the error says how to convert one.
        input_shape: Shape of one example, with no batch axis: ``(H, W, C)``.
        new_head: Draw the weights of the last layer that has any afresh, whatever `tensors` holds
            for it: for other classes than theirs, as in
            ``load_torch_state_dict(with_classes(net, 5), path, shape, new_head=True)``.
        rngs: Where a new head's randomness comes from; None: ``nnx.Rngs(0)``.

    Returns:
        A module as from `build`, with arrays of its own.

    Raises:
        FileNotFoundError: If there is no such file.
        TypeError: If an argument is of another kind.
        ValueError: If the file is damaged or is none of safetensors, or its arrays are not the
            network's; the message lists what is missing, unexpected, or of another shape or dtype.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(2, name="fc")])
        >>> tensors = {"fc.weight": np.ones((2, 12), np.float32), "fc.bias": np.zeros(2, "f")}
        >>> load_torch_state_dict(net, tensors, (2, 2, 3))(np.ones((1, 2, 2, 3))).tolist()
        [[12.0, 12.0]]
    """
    check_layer(architecture)
    shape = check_input_shape(input_shape)
    source, found = _arrays(tensors)
    graph, state = nnx.split(_abstract(architecture, shape))
    layers = placed_layers(architecture, shape)
    layouts = _layouts(state, layers)
    head = _last_with_weights(layouts, layers)
    expected = {
        layout.name: Expected(layout.torch_shape, np.dtype(leaf.dtype))
        for (path, leaf), layout in zip(named_leaves(state), layouts.values(), strict=True)
    }
    of_head = {name for name in {*found, *expected} if head and _module(name) == head.torch_name}
    drawn = {}
    if new_head and head is not None:
        module = head.layer.build(head.input_shape, rngs=nnx.Rngs(0) if rngs is None else rngs)
        drawn = {f"{head.path}.{path}": leaf for path, leaf in named_leaves(nnx.state(module))}
        expected = {name: value for name, value in expected.items() if name not in of_head}
        found = {name: tensor for name, tensor in found.items() if name not in of_head}
    check_tensors(source, found, expected, of_head)

    def array(path: tuple, leaf: jax.ShapeDtypeStruct) -> jax.Array:
        name = leaf_name(path)
        if name in drawn:
            return drawn[name]
        # What has been copied is let go of: the weights are in memory once, not twice.
        return jnp.array(layouts[name].from_torch(found.pop(layouts[name].name)), leaf.dtype)

    return nnx.merge(graph, jax.tree_util.tree_map_with_path(array, state))


def to_torch_state_dict(
    module: nnx.Module, architecture: Layer, input_shape: Shape
) -> dict[str, np.ndarray]:
    """The weights of a network with torchvision's names and axes.

    Args:
        module: The network, as from `build` or `load_torch_state_dict`; that of a training run is
            ``run.network.module``.
        architecture: What it was built from.
        input_shape: Shape of one example, with no batch axis: ``(H, W, C)``.

    Returns:
        Arrays by name, those of running statistics too; `load_torch_state_dict` makes the same
        network of them, to the bit. PyTorch's ``load_state_dict`` takes them as tensors, and sets
        ``num_batches_tracked``, which they lack, by itself.

    Raises:
        ValueError: If the module is not one of the architecture.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(8, 3, name="stem")])
        >>> module = jaxcnn.build(net, (9, 9, 1), rngs=nnx.Rngs(0))
        >>> [(k, v.shape) for k, v in to_torch_state_dict(module, net, (9, 9, 1)).items()]
        [('stem.bias', (8,)), ('stem.weight', (8, 1, 3, 3))]
    """
    check_layer(architecture)
    shape = check_input_shape(input_shape)
    check_built("module", module, architecture, shape)
    state = nnx.state(module)
    layouts = _layouts(state, placed_layers(architecture, shape))
    return {
        layouts[path].name: np.array(layouts[path].to_torch(np.asarray(leaf)), order="C")
        for path, leaf in named_leaves(state)
    }


def save_torch_state_dict(
    module: nnx.Module, architecture: Layer, input_shape: Shape, path: str | os.PathLike[str]
) -> None:
    """Write the weights of a network as a safetensors file with torchvision's names and axes.

    Args:
        module: The network; see `to_torch_state_dict`.
        architecture: What it was built from.
        input_shape: Shape of one example, with no batch axis: ``(H, W, C)``.
        path: The file; it is replaced if it exists, in one step. In PyTorch:
            ``net.load_state_dict(safetensors.torch.load_file(path))``.

    Raises:
        OSError: If it cannot be written.
        ValueError: If the module is not one of the architecture.
    """
    write_tensors(to_torch_state_dict(module, architecture, input_shape), Path(path))


def _abstract(architecture: Layer, input_shape: Shape) -> nnx.Module:
    """The network with shapes for arrays: weights that would be replaced at once are not drawn."""
    return nnx.eval_shape(lambda: build(architecture, input_shape, rngs=nnx.Rngs(0)))


def _arrays(
    tensors: Mapping[str, ArrayLike] | str | os.PathLike[str],
) -> tuple[str, dict[str, np.ndarray]]:
    """What to call the state dict, and its arrays by today's names."""
    if isinstance(tensors, str | os.PathLike):
        return str(tensors), modern_names(read_tensors(Path(tensors).expanduser()))
    if not isinstance(tensors, Mapping):
        raise TypeError(
            "tensors must be arrays by name or the path of a safetensors file, "
            f"got {type(tensors).__name__}"
        )
    found = {}
    for name, tensor in tensors.items():
        try:
            found[str(name)] = np.asarray(tensor)
        except (TypeError, RuntimeError, ValueError) as error:
            raise TypeError(f"tensors: {name!r} is no array for NumPy: {error}") from None
    return "tensors", modern_names(found)


def _layouts(state: nnx.State, layers: dict[str, PlacedLayer]) -> dict[str, Layout]:
    """Where each array of a network goes, by its path."""
    layouts = {path: layout(path, leaf.shape, layers) for path, leaf in named_leaves(state)}
    paths: dict[str, str] = {}
    for path, found in layouts.items():
        first = paths.setdefault(found.name, path)
        if first != path:
            raise ValueError(f"{first} and {path} would both be called {found.name!r}")
    return layouts


def _last_with_weights(
    layouts: dict[str, Layout], layers: dict[str, PlacedLayer]
) -> PlacedLayer | None:
    owners = {owner(path, layers).path for path in layouts}
    return next((place for place in reversed(layers.values()) if place.path in owners), None)


def _module(name: str) -> str:
    return name.rpartition(".")[0]

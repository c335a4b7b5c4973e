"""Load and save weights in the format of torchvision's state dicts."""

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
from jaxcnn.models._torch_differences import (
    Expected,
    check_tensors,
    modern_names,
    without_auxiliary,
)
from jaxcnn.models._torch_layout import Layout, PlacedLayer, layout, owner, placed_layers


def load_torch_state_dict(
    architecture: Layer,
    tensors: Mapping[str, ArrayLike] | str | os.PathLike[str],
    input_shape: Shape,
    *,
    new_head: bool = False,
    rngs: nnx.Rngs | None = None,
) -> nnx.Module:
    """Build a network with pretrained weights from PyTorch or torchvision.

    Use it for a pretrained network of torchvision, to predict or to fine-tune: alexnet (one tower),
    vgg, resnet, wide_resnet50_2, resnext, densenet, googlenet, inception_v3, squeezenet,
    mobilenet_v2 and mobilenet_v3, shufflenet_v2, mnasnet, efficientnet, regnet or convnext. The
    layers of these networks have torchvision's names. For a custom network, the names in the file
    follow from the paths of the arrays: ``layers.stem.kernel`` becomes ``stem.weight``. The parts
    ``layers`` and ``branches`` that come before a layer are dropped, as are layers with the name
    ``residual`` or ``new`` or with an underscore first. ``shortcut`` becomes ``downsample``, and
    the last part becomes PyTorch's word for the array. Kernels are transposed to channels last, and
    the inputs of a dense layer after a `Flatten` are reordered to match.

    Args:
        architecture: The network as data.
        tensors: The state dict: arrays by name, or the path of a safetensors file. It must have
            exactly the arrays of the network, with the same names, shapes and dtypes. The dtype is
            float32; arrays of half or double precision are not converted. Counts of batches,
            ``num_batches_tracked``, and auxiliary classifiers that the network does not have,
            ``aux1``, ``aux2`` and ``AuxLogits``, are ignored. Files of ``torch.save`` are refused,
            because reading them can run code. The error explains how to convert such a file.
        input_shape: Shape of one example without batch axis, such as ``(H, W, C)``.
        new_head: Whether the last layer that has weights gets new random weights. The arrays of
            this layer in `tensors` are then ignored. Use `new_head` to change the number of
            classes, as in ``load_torch_state_dict(with_classes(net, 5), path, shape,
            new_head=True)``.
        rngs: Source of a new head's random weights; None for ``nnx.Rngs(0)``.

    Returns:
        A module such as `build` returns, with its own copies of the arrays.

    Raises:
        FileNotFoundError: If there is no file at the path.
        TypeError: If an argument has the wrong type.
        ValueError: If the file is damaged or is not a safetensors file, or its arrays do not fit
            the network. The message lists the arrays that are missing, unexpected, or of the wrong
            shape or dtype.

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
    found = without_auxiliary(found, expected)
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
        # `pop` frees each array after it is copied: the weights are in memory once, not twice.
        return jnp.array(layouts[name].from_torch(found.pop(layouts[name].name)), leaf.dtype)

    return nnx.merge(graph, jax.tree_util.tree_map_with_path(array, state))


def to_torch_state_dict(
    module: nnx.Module, architecture: Layer, input_shape: Shape
) -> dict[str, np.ndarray]:
    """Return the weights of a network as a PyTorch state dict, with torchvision's names and axes.

    Args:
        module: The network, from `build` or `load_torch_state_dict`. For a training run, it is
            ``run.network.module``.
        architecture: The architecture that the network was built from.
        input_shape: Shape of one example without batch axis, such as ``(H, W, C)``.

    Returns:
        A dict of NumPy arrays by name, including running statistics. `load_torch_state_dict`
        restores exactly the same network from these arrays, bit for bit. PyTorch's
        ``load_state_dict`` takes the arrays as tensors. There is no ``num_batches_tracked``,
        because PyTorch sets this count by itself.

    Raises:
        TypeError: If `architecture` is not a layer.
        ValueError: If the module was not built from the architecture.

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
    """Save the weights of a network for PyTorch, as safetensors with torchvision's names and axes.

    In PyTorch, read the file with ``net.load_state_dict(safetensors.torch.load_file(path))``.
    Torchvision's MNASNet refuses a dict that does not come from ``net.state_dict()``: update that
    dict with the tensors of the file, and load it.

    Args:
        module: The network, from `build` or `load_torch_state_dict`. For a training run, it is
            ``run.network.module``.
        architecture: The architecture that the network was built from.
        input_shape: Shape of one example without batch axis, such as ``(H, W, C)``.
        path: Path of the file. An existing file is replaced in one step.

    Raises:
        OSError: If the file cannot be written.
        TypeError: If `architecture` is not a layer.
        ValueError: If the module was not built from the architecture.
    """
    write_tensors(to_torch_state_dict(module, architecture, input_shape), Path(path))


def _abstract(architecture: Layer, input_shape: Shape) -> nnx.Module:
    """Build the network with shapes instead of arrays: its weights would be replaced anyway."""
    return nnx.eval_shape(lambda: build(architecture, input_shape, rngs=nnx.Rngs(0)))


def _arrays(
    tensors: Mapping[str, ArrayLike] | str | os.PathLike[str],
) -> tuple[str, dict[str, np.ndarray]]:
    """Return a name for the state dict, and its arrays under their modern names."""
    if isinstance(tensors, str | os.PathLike):
        return str(tensors), modern_names(read_tensors(Path(tensors).expanduser()))
    if not isinstance(tensors, Mapping):
        raise TypeError(
            "tensors: expected arrays by name or the path of a safetensors file, "
            f"got {type(tensors).__name__}"
        )
    found = {}
    for name, tensor in tensors.items():
        try:
            found[str(name)] = np.asarray(tensor)
        except (TypeError, RuntimeError, ValueError) as error:
            raise TypeError(
                f"tensors[{name!r}]: expected an array, got none for NumPy ({error})"
            ) from None
    return "tensors", modern_names(found)


def _layouts(state: nnx.State, layers: dict[str, PlacedLayer]) -> dict[str, Layout]:
    """Return the layout of each array of a network, by its path."""
    layouts = {path: layout(path, leaf.shape, layers) for path, leaf in named_leaves(state)}
    paths: dict[str, str] = {}
    for path, found in layouts.items():
        first = paths.setdefault(found.name, path)
        if first != path:
            raise ValueError(
                f"architecture: expected distinct names of arrays, got {found.name!r} for both "
                f"{first} and {path}"
            )
    return layouts


def _last_with_weights(
    layouts: dict[str, Layout], layers: dict[str, PlacedLayer]
) -> PlacedLayer | None:
    owners = {owner(path, layers).path for path in layouts}
    return next((place for place in reversed(layers.values()) if place.path in owners), None)


def _module(name: str) -> str:
    return name.rpartition(".")[0]

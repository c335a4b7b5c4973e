"""A trained network with a new last layer, for the classes of other data."""

import glob

from flax import nnx
from jax import Array

from jaxcnn._support.leaves import map_named, named_leaves
from jaxcnn.architecture import build, walk, with_classes
from jaxcnn.data import LabeledImages, SingleLabel
from jaxcnn.inference import Network
from jaxcnn.layers import Container, Layer
from jaxcnn.training._freezing import names_of_last_layer


def with_new_head(network: Network, train: LabeledImages, key: Array) -> tuple[Layer, nnx.Module]:
    """Return a network's architecture and weights for the classes of a training set.

    The last layer with weights gets new random ones, unless the classes are those of the network.

    Args:
        network: The trained network.
        train: The training set.
        key: The key of the new weights.

    Raises:
        ValueError: If the network was given as a module, or does not fit the training set.
    """
    architecture = network.architecture
    if architecture is None:
        raise ValueError(
            "network: expected one with an architecture, got one that was trained as a module "
            "(jaxcnn.fit(module, train, freeze=('stem.*',)) trains a part of such a network)"
        )
    _check_set(network, train)
    has_other_classes = train.class_names != network.class_names or train.task != network.task
    if has_other_classes:
        try:
            architecture = with_classes(architecture, train.num_classes)
        except ValueError as error:
            raise ValueError(str(error).replace("architecture:", "network:", 1)) from None
    module = build(architecture, train.input_shape, rngs=nnx.Rngs(key))
    # Also if there are as many classes as before: these are others.
    new = names_of_last_layer(module) if has_other_classes else set()
    return architecture, _with_weights(module, network, train, new)


def all_but_last(architecture: Layer, module: nnx.Module, train: LabeledImages) -> tuple[str, ...]:
    """Return patterns of the arrays of all layers but the last one with weights.

    They also match the statistics of a batch norm that has no weights.
    """
    arrays = nnx.state(module, nnx.Not(nnx.RngState))
    names = {name for name, _ in named_leaves(arrays)} - names_of_last_layer(module)
    visits = walk(architecture, train.input_shape)
    paths = [visit.path for visit in visits if not isinstance(visit.layer, Container)]
    frozen = [path for path in paths if any(name.startswith(f"{path}.") for name in names)]
    return tuple(f"{glob.escape(path)}.*" for path in frozen)


def _check_set(network: Network, train: LabeledImages) -> None:
    if train.kind != network.kind:
        raise ValueError(f"train: expected {network.kind} like the network, got {train.kind}")
    channels, found = network.input_shape[-1], train.input_shape[-1]
    if train.kind != "tokens" and channels != found:
        raise ValueError(
            f"train: expected {train.kind} with {channels} channels, which the network takes, got "
            f"shape {train.input_shape}"
        )
    if train.task == SingleLabel() and train.num_classes < 2:
        raise ValueError("train: expected at least two classes to tell apart, got one")


def _with_weights(
    module: nnx.Module, network: Network, train: LabeledImages, new: set[str]
) -> nnx.Module:
    """Return a module with the arrays of a network, but for those whose names are in `new`."""
    trained = dict(named_leaves(nnx.state(network.module)))

    def array(name: str, drawn: Array) -> Array:
        if name in new:
            return drawn
        if name not in trained or trained[name].shape != drawn.shape:
            raise ValueError(
                f"train: expected {train.kind} of shape {network.input_shape}, for which the "
                f"network's {name} was trained, got {train.input_shape}"
            )
        return trained[name]

    graph, state = nnx.split(module)
    return nnx.merge(graph, map_named(array, state))

"""`fresh_network`: the untrained network of a training."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array

from jaxcnn._support.arrays import without_device
from jaxcnn.architecture import build, check_built
from jaxcnn.data import LabeledImages, SingleLabel, epoch_order
from jaxcnn.inference import Network, Normalization, functionalize, spread_channels
from jaxcnn.layers import Layer, initialize_from_data, needs_data
from jaxcnn.runs import Run
from jaxcnn.training._plan import Plan

IMAGES_FOR_INITIALIZATION = 5_000


def fresh_network(
    model: Layer | nnx.Module, train: LabeledImages, plan: Plan, key: Array
) -> Network:
    """Build the untrained network; layers that need data are initialized from training images.

    Its `pictures` are None: whoever trains it measures them, once per training set.

    Args:
        model: An architecture, or an `nnx.Module`.
        train: The training set.
        plan: The options; `normalization` and `init_from` are used.
        key: The key of the initial weights.
    """
    start = plan.init_from
    assert not isinstance(start, Run)  # whose network the plan has
    known = start if isinstance(start, Network) else None
    normalization = plan.normalization or (known and known.normalization) or Normalization.of(train)
    normalization = spread_channels(normalization, train.kind, train.input_shape)
    architecture = model if isinstance(model, Layer) else None
    if start is not None:
        if architecture is None:
            raise TypeError(
                "init_from: expected None with a model that is a module already, got "
                f"{type(start).__name__}"
            )
        module = start.module if isinstance(start, Network) else start
        check_built("init_from", module, architecture, train.input_shape)
    elif isinstance(model, Layer):
        module = _drawn(model, train, normalization, key)
    else:
        module = model
    apply, variables = functionalize(module)
    # Else the text of the step, and so its checkpoints, would depend on where weights came from.
    variables = jax.tree.map(without_device, variables)
    network = Network(
        apply,
        variables,
        normalization,
        train.input_shape,
        train.class_names,
        architecture,
        train.task,
        train.kind,
        preprocessing=train.preprocessing,
        origin=known.origin if known else None,
    )
    _check_outputs(network, train)
    return network


def _drawn(
    model: Layer, train: LabeledImages, normalization: Normalization, key: Array
) -> nnx.Module:
    """Build a network with random weights; layers that need data are initialized from some."""
    build_key, sample_key = jax.random.split(key)
    module = build(model, train.input_shape, rngs=nnx.Rngs(build_key))
    if needs_data(module):
        order = epoch_order(sample_key, 0, len(train))[:IMAGES_FOR_INITIALIZATION]
        images = train.read(np.asarray(order))
        initialize_from_data(module, normalization(jnp.asarray(images)))
    return module


def _check_outputs(network: Network, train: LabeledImages) -> None:
    outputs = network.output_shape
    if outputs != (train.num_classes,):
        hint = " (put a Flatten or a GlobalAvgPool before the last layer)" * (len(outputs) > 1)
        if len(outputs) == 1:
            hint = _gap_hint(train, outputs[0]) or _last_layer_hint(train)
        raise ValueError(
            f"model: expected one output for each of the {train.num_classes} "
            f"{train.task.outputs_in_words}, "
            f"got outputs of shape {outputs} for one input{hint}"
        )


def _last_layer_hint(train: LabeledImages) -> str:
    what = "class" if train.task.has_classes else "number"
    return f" (one output per {what}: end with Dense({train.num_classes}))"


def _gap_hint(train: LabeledImages, outputs: int) -> str:
    """Return a hint if a model has no outputs for the numbers that no label has; else nothing."""
    is_unnamed = train.class_names == tuple(map(str, range(train.num_classes)))
    used = np.unique(train.labels)
    if train.task != SingleLabel() or not is_unnamed or len(used) != outputs:
        return ""
    return (
        f" (the labels are {outputs} numbers from {used[0]} to {used[-1]}, but classes are "
        "numbered from 0: np.unique(labels, return_inverse=True)[1] does that)"
    )

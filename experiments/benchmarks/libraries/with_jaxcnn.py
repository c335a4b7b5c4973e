"""Train with jaxcnn: the network as an architecture, by `jaxcnn.training.train_step`."""

import dataclasses
from functools import partial
from typing import Literal

import jax
import numpy as np
import optax
from _networks import (
    IMAGE,
    LEARNING_RATE,
    MOMENTUM,
    NORM_EPSILON,
    NORM_MOMENTUM,
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Sum,
)
from flax import nnx
from jax import Array
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P

import jaxcnn
from jaxcnn.functional import softmax_cross_entropy_with_integer_labels
from jaxcnn.inference import Apply, Variables, functionalize
from jaxcnn.layers import Costs
from jaxcnn.lowering import compiler_options
from jaxcnn.training import TrainState, train_step
from libraries import Trainer, batch

Convolutions = Literal["jaxcnn", "xla"]

TX = optax.sgd(LEARNING_RATE, MOMENTUM)


@dataclasses.dataclass(frozen=True)
class Branches(jaxcnn.Layer):
    """The sum of two branches with the same input, a layer that jaxcnn does not have."""

    body: jaxcnn.Sequential
    shortcut: jaxcnn.Sequential

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        return self.body.output_shape(input_shape)

    def costs(self, input_shape: tuple[int, ...]) -> Costs:
        return self.body.costs(input_shape) + self.shortcut.costs(input_shape)

    def build(self, input_shape: tuple[int, ...], *, rngs: nnx.Rngs) -> nnx.Module:
        ways = (self.body, self.shortcut)
        return BranchesModule(*(way.build(input_shape, rngs=rngs) for way in ways))


class BranchesModule(nnx.Module):
    def __init__(self, body: nnx.Module, shortcut: nnx.Module) -> None:
        self.body, self.shortcut = body, shortcut

    def __call__(self, inputs: Array, *, train: bool, where: Array | None = None) -> Array:
        mode = {"train": train, "where": where}
        return self.body(inputs, **mode) + self.shortcut(inputs, **mode)


def architecture(layers: tuple[Layer, ...]) -> jaxcnn.Sequential:
    return jaxcnn.Sequential(map(make, layers))


def make(layer: Layer) -> jaxcnn.Layer:
    match layer:
        case Conv(features, window, stride, padding, groups):
            return jaxcnn.Conv(
                features,
                window,
                strides=stride,
                padding=padding,
                feature_group_count=groups,
                use_bias=False,
            )
        case BatchNorm():
            return jaxcnn.BatchNorm(NORM_MOMENTUM, NORM_EPSILON)
        case Activation(function):
            return jaxcnn.Activation(function)
        case MaxPool(window):
            return jaxcnn.MaxPool(window)
        case GlobalAvgPool():
            return jaxcnn.GlobalAvgPool()
        case Flatten():
            return jaxcnn.Flatten()
        case Dense(features):
            return jaxcnn.Dense(features)
        case Sum(body, ()):
            return jaxcnn.Residual(map(make, body))
        case Sum(body, shortcut):
            return Branches(architecture(body), architecture(shortcut))


def network(
    layers: tuple[Layer, ...], *, convolutions: Convolutions = "jaxcnn"
) -> tuple[Apply, Variables]:
    """Return the network as a pure function, and its arrays.

    Args:
        layers: The network.
        convolutions: Whose convolutions to use: ``"jaxcnn"`` or ``"xla"``.
    """
    module = jaxcnn.build(architecture(layers), IMAGE, rngs=nnx.Rngs(0))
    if convolutions == "xla":
        use_xla(module)
    return functionalize(module)


def use_xla(module: nnx.Module) -> None:
    """Make all convolutions of a module XLA's."""
    for _, node in nnx.iter_modules(module):
        if isinstance(node, nnx.Conv):
            node.conv_general_dilated = jax.lax.conv_general_dilated


def prepare(
    layers: tuple[Layer, ...],
    batch_size: int,
    *,
    devices: int = 1,
    convolutions: Convolutions = "jaxcnn",
) -> Trainer:
    """Prepare a network for training.

    Args:
        layers: The network.
        batch_size: Images per step.
        devices: Number of CPU devices that share the batch.
        convolutions: Whose convolutions to use: ``"jaxcnn"`` or ``"xla"``.
    """
    jax.config.update("jax_num_cpu_devices", devices)
    return trainer(*network(layers, convolutions=convolutions), batch(batch_size), devices)


def trainer(
    apply: Apply, variables: Variables, pair: tuple[np.ndarray, np.ndarray], devices: int
) -> Trainer:
    """Prepare a pure network for training on one pair of images and labels."""
    mesh = jax.make_mesh((devices,), ("batch",), axis_types=(AxisType.Auto,))
    everywhere, split = NamedSharding(mesh, P()), NamedSharding(mesh, P("batch"))
    step = partial(train_step, apply=apply, tx=TX, loss=softmax_cross_entropy_with_integer_labels)
    if devices > 1:
        step = jax.shard_map(
            partial(step, axis_name="batch"),
            mesh=mesh,
            in_specs=(P(), P("batch"), P("batch")),
            out_specs=P(),
        )
    jitted = jax.jit(step, donate_argnums=0, compiler_options=compiler_options())
    state = TrainState.create(variables, tx=TX, key=jax.random.key(0))
    state = jax.device_put(state, everywhere)
    images, labels = jax.device_put(pair, split)

    def train(steps: int) -> float:
        nonlocal state
        metrics = None
        for _ in range(steps):
            state, metrics = jitted(state, images, labels)
        jax.block_until_ready(state)
        assert metrics is not None
        return float(metrics.loss) / len(images)

    return Trainer(sum(np.size(x) for x in jax.tree.leaves(variables.params)), train)

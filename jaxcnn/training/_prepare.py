"""From what `fit` is asked to do to a state, a recipe and a feed."""

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax import Array
from jax.sharding import Mesh
from jax.typing import DTypeLike

from jaxcnn._support.arguments import check_int
from jaxcnn.architecture import build
from jaxcnn.architecture._build import check_built
from jaxcnn.data import Augmentation, LabelledImages, epoch_order
from jaxcnn.layers import Layer, initialize_from_data, needs_data, takes_mask
from jaxcnn.training._arguments import check_arguments
from jaxcnn.training._devices import batch_mesh, replicate
from jaxcnn.training._feed import Feed, feed_of
from jaxcnn.training._gradients import Loss
from jaxcnn.training._losses import default_loss
from jaxcnn.training._network import Network
from jaxcnn.training._normalization import Normalization
from jaxcnn.training._norms import record_norms
from jaxcnn.training._optimizer import Optimizer, one_cycle_sgd
from jaxcnn.training._pure import purify
from jaxcnn.training._recipe import Recipe
from jaxcnn.training._state import TrainState

IMAGES_FOR_INITIALIZATION = 5_000


@dataclasses.dataclass(frozen=True, eq=False)
class Prepared:
    """A run before its first step.

    Attributes:
        network: the fresh network.
        recipe: what a step does.
        feed: the training set, as the step takes it.
        state: the state before the first step, of one device.
        steps: number of steps in an epoch.
        settings: what was asked for, as far as it is plain data.
    """

    network: Network
    recipe: Recipe
    feed: Feed
    state: TrainState
    steps: int
    settings: Mapping[str, Any]

    def for_the_step(self, state: TrainState) -> TrainState:
        """A copy of a state where the compiled step takes it (and reuses its memory)."""
        copy, mesh = jax.tree.map(jnp.copy, state), self.recipe.mesh
        return copy if mesh.size == 1 else replicate(mesh, copy)


def default_optimizer(steps: int) -> optax.GradientTransformation:
    """SGD with Nesterov momentum 0.9, weight decay 5e-4, and one cycle of the rate up to 0.1."""
    return one_cycle_sgd(steps, 0.1)


def prepare(
    model: Layer | nnx.Module,
    train: LabelledImages,
    *,
    epochs: int,
    batch_size: int,
    tx: Optimizer = default_optimizer,
    loss: Loss | None = None,
    label_smoothing: float = 0.0,
    augmentation: Augmentation | None = None,
    normalization: Normalization | None = None,
    seed: int = 0,
    devices: int | None = None,
    microbatches: int = 1,
    dtype: DTypeLike | None = None,
    average: float | None = None,
    norms: bool = False,
    initial: nnx.Module | None = None,
) -> Prepared:
    """Make all that the first step on a set needs, and check the rest; see `fit`."""
    check_arguments(
        examples=len(train),
        epochs=epochs,
        batch_size=batch_size,
        microbatches=microbatches,
        loss=loss,
        label_smoothing=label_smoothing,
        augmentation=augmentation,
        normalization=normalization,
        average=average,
        dtype=dtype,
    )
    batch_mesh(devices)  # an error comes before anything that takes long
    augmentation = augmentation or Augmentation()
    steps = len(train) // batch_size
    init_key, data_key, train_key = run_keys(seed)
    normalization = normalization or Normalization.of(train)
    network = fresh_network(model, train, normalization, init_key, initial)
    optimizer = _optimizer(tx, epochs * steps)
    mesh = _mesh(devices, network, batch_size, microbatches)
    recipe = Recipe(
        apply=network.apply,
        tx=record_norms(optimizer) if norms else optimizer,
        loss=loss or default_loss(multilabel=train.multilabel, label_smoothing=label_smoothing),
        augmentation=augmentation,
        normalization=network.normalization,
        batch_size=batch_size,
        mesh=mesh,
        microbatches=microbatches,
        dtype=dtype,
        average=average,
    )
    state = TrainState.create(
        network.variables, tx=recipe.tx, key=train_key, average=average is not None
    )
    settings = {
        "training_set": train.name,
        "training_images": len(train),
        "epochs": epochs,
        "batch_size": batch_size,
        "microbatches": microbatches,
        "optimizer": "default" if tx is default_optimizer else "custom",
        "loss": "cross-entropy" if loss is None else "custom",
        "label_smoothing": label_smoothing,
        "average": average,
        "dtype": None if dtype is None else jnp.dtype(dtype).name,
        "augmentation": dataclasses.asdict(augmentation),
        "seed": seed,
        "devices": mesh.size,
    }
    feed = feed_of(train, data_key, recipe)
    return Prepared(network, recipe, feed, state, steps, settings)


def run_keys(seed: int) -> tuple[Array, Array, Array]:
    """The keys of a run: of its initial weights, of its data's order and look, of its steps."""
    check_int("seed", seed, minimum=None)
    init_key, data_key, train_key = jax.random.split(jax.random.key(seed), 3)
    return init_key, data_key, train_key


def _optimizer(tx: Optimizer, steps: int) -> optax.GradientTransformation:
    if isinstance(tx, optax.GradientTransformation):
        return tx
    if not callable(tx) or "learning_rate" in inspect.signature(tx).parameters:
        raise TypeError(
            f"tx: expected an optimizer such as optax.adam(1e-3), or a function from the number "
            f"of steps to one, got {tx!r}"
        )
    return tx(steps)


def fresh_network(
    model: Layer | nnx.Module,
    train: LabelledImages,
    normalization: Normalization,
    key: Array,
    initial: nnx.Module | None = None,
) -> Network:
    """The untrained network, with the layers that want to see images set from some."""
    architecture = model if isinstance(model, Layer) else None
    if initial is not None:
        if architecture is None:
            raise TypeError("initial: expected none with a model that is a module already")
        check_built("initial", initial, architecture, train.input_shape)
        module = initial
    elif isinstance(model, Layer):
        build_key, sample_key = jax.random.split(key)
        module = build(model, train.input_shape, rngs=nnx.Rngs(build_key))
        if needs_data(module):
            order = epoch_order(sample_key, 0, len(train))[:IMAGES_FOR_INITIALIZATION]
            images = train.read(np.asarray(order))
            initialize_from_data(module, normalization(jnp.asarray(images)))
    elif isinstance(model, nnx.Module):
        module = model
    else:
        raise TypeError(f"model: expected an architecture or an nnx.Module, got {model!r}")
    apply, variables = purify(module)
    network = Network(
        apply,
        variables,
        normalization,
        train.input_shape,
        train.class_names,
        architecture,
        train.multilabel,
    )
    _check_outputs(network, train)
    return network


def _check_outputs(network: Network, train: LabelledImages) -> None:
    outputs = network.apply.output_shape(network.variables, train.input_shape)
    if outputs != (train.num_classes,):
        raise ValueError(
            f"model: expected one output for each of the {train.num_classes} classes, "
            f"but an image gives outputs of shape {outputs}"
            + ("; put a Flatten or a GlobalAvgPool before the last layer" * (len(outputs) > 1))
        )


def _mesh(devices: int | None, network: Network, batch_size: int, microbatches: int) -> Mesh:
    """The devices that `fit` was asked to use; by default as many as can share the batches."""
    mesh = batch_mesh(devices)

    def fits(size: int) -> bool:
        return batch_size % (size * microbatches) == 0

    if fits(mesh.size) or takes_mask(network.module):
        return mesh
    if devices is None:
        return batch_mesh(max(filter(fits, range(1, mesh.size))))
    pieces = f" in {microbatches} pieces" if microbatches > 1 else ""
    raise ValueError(
        f"devices: expected a number that divides the batch size, {batch_size}{pieces}, because "
        "the model has a batch norm that cannot be told of a batch's filling, got "
        f"{devices}"
    )

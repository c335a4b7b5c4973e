"""The loop over an epoch's steps."""

import dataclasses
import math
import time
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from jax.sharding import Mesh, PartitionSpec

from jaxcnn.data import Augmentation, Dataset, epoch_order
from jaxcnn.lowering import compiler_options
from jaxcnn.training._devices import BATCH, replicate, share_size
from jaxcnn.training._interrupt import Interrupt
from jaxcnn.training._normalization import Normalization
from jaxcnn.training._optimizer import learning_rate
from jaxcnn.training._progress import Progress
from jaxcnn.training._pure import Apply, Variables
from jaxcnn.training._state import TrainState
from jaxcnn.training._step import Loss, Metrics, train_step


@dataclasses.dataclass(frozen=True, eq=False)
class Recipe:
    """Everything in a run that is not an array: what one step does with its batch.

    Attributes:
        apply: the network's pure function.
        tx: the optimizer.
        loss: loss per example.
        augmentation: how images are varied.
        normalization: what is done to pixels before they are fed in.
        batch_size: images a step, those of all devices together.
        mesh: the devices that share them.
    """

    apply: Apply
    tx: optax.GradientTransformation
    loss: Loss
    augmentation: Augmentation
    normalization: Normalization
    batch_size: int
    mesh: Mesh

    def step(
        self, state: TrainState, data: "DeviceData", order: Array, position: Array, epoch: Array
    ) -> tuple[TrainState, "StepResult"]:
        """Take the epoch's batch number `position`, augment and normalise it, learn from it.

        With several devices this is what each of them does with its share of the batch.
        """
        indices, where = self._share(order, position * self.batch_size)
        images = self.augmentation.apply(
            data.images[indices], key=data.key, epoch=epoch, indices=indices
        )
        state, metrics = train_step(
            state,
            self.normalization(images),
            data.labels[indices],
            where,
            apply=self.apply,
            tx=self.tx,
            loss=self.loss,
            axis_name=None if self.mesh.size == 1 else BATCH,
        )
        return state, StepResult(metrics, learning_rate(state.opt_state))

    def _share(self, order: Array, start: Array) -> tuple[Array, Array | None]:
        """Which examples this device takes, and which of them count; None: all."""
        if self.mesh.size == 1:
            return jax.lax.dynamic_slice_in_dim(order, start, self.batch_size), None
        size = share_size(self.batch_size, self.mesh)
        places = jax.lax.axis_index(BATCH) * size + jnp.arange(size)
        if self.batch_size % self.mesh.size == 0:
            return order[start + places], None
        # The shares are filled up with the batch's last example, which counts once.
        filled = jnp.minimum(places, self.batch_size - 1)
        return order[start + filled], places < self.batch_size

    def program(self) -> Callable[..., tuple[TrainState, "StepResult"]]:
        """The step over all devices: `step`, whose arguments and results all of them share."""
        if self.mesh.size == 1:
            return self.step
        everywhere = PartitionSpec()
        return jax.shard_map(self.step, mesh=self.mesh, in_specs=everywhere, out_specs=everywhere)


class StepResult(NamedTuple):
    """What the host reads of a step: its metrics, and its learning rate if it is known."""

    metrics: Metrics
    learning_rate: Array | None


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class DeviceData:
    """A training set that lives on each device, as it is stored: uint8 takes a quarter of float32.

    Attributes:
        images: ``(N, H, W, C)``.
        labels: ``(N,)``; multilabel: ``(N, classes)``.
        key: what the order of examples and their augmentation come from.
    """

    images: Array
    labels: Array
    key: Array

    @classmethod
    def put(cls, dataset: Dataset, key: Array, mesh: Mesh) -> "DeviceData":
        """Copy a set to all devices of the mesh."""
        data = cls(jnp.asarray(dataset.images), jnp.asarray(dataset.labels), key)
        return data if mesh.size == 1 else replicate(mesh, data)


CompiledStep = Callable[..., tuple[TrainState, StepResult]]


def compile_step(recipe: Recipe, state: TrainState, data: DeviceData) -> tuple[CompiledStep, float]:
    """Compile a recipe's step ahead of the first one.

    Returns:
        The step, which reuses the memory of the state that it is given, and the seconds taken.
    """
    started = time.perf_counter()
    order = jax.ShapeDtypeStruct(data.labels.shape[:1], jnp.int32)
    number = jax.ShapeDtypeStruct((), jnp.int32)
    jitted = jax.jit(recipe.program(), donate_argnums=0, compiler_options=compiler_options())
    compiled = jitted.lower(state, data, order, number, number).compile()
    # The order of an epoch is computed by a program of its own; this compiles it, too.
    jax.block_until_ready(epoch_order(data.key, 0, len(data.labels)))
    return compiled, time.perf_counter() - started


class NonFiniteError(Exception):
    """Something is not finite any more; `fit` turns this into its public error.

    Attributes:
        what: the finding, such as ``"the loss is nan"``.
        position: the step of the epoch after or in which it was found.
        learning_rate: that step's rate, if it is known.
    """

    def __init__(self, what: str, position: int, learning_rate: float | None) -> None:
        self.what, self.position, self.learning_rate = what, position, learning_rate
        super().__init__(what)


@dataclasses.dataclass(frozen=True)
class EpochResult:
    """What an epoch's loop gives back.

    Attributes:
        state: the state after its last step.
        loss: mean over the examples seen.
        accuracy: share of the examples seen that were right, each before its own update.
        images: number of examples seen.
        learning_rate: the last step's, if it is known.
        seconds: time that the steps took.
    """

    state: TrainState
    loss: float
    accuracy: float
    images: int
    learning_rate: float | None
    seconds: float


def run_epoch(
    step: CompiledStep,
    state: TrainState,
    data: DeviceData,
    *,
    epoch: int,
    steps: int,
    progress: Progress,
    interrupt: Interrupt,
) -> EpochResult:
    """Run the compiled step over one epoch.

    A Python loop: on CPUs it measures faster than one compiled loop over the epoch (see
    `experiments/benchmarks/epoch_loop.py`), and it can be watched and interrupted.

    Args:
        step: from `compile_step`.
        state: the state before the epoch; its memory is reused.
        data: the training set.
        epoch: number of the epoch, from 0.
        steps: number of steps in it.
        progress: told of each step.
        interrupt: asked before each step; where requested, the epoch ends there.

    Raises:
        NonFiniteError: if a step's loss, or a weight after the last one, is not finite.
    """
    started = time.perf_counter()
    order = epoch_order(data.key, epoch, len(data.labels))
    sums = _Sums()
    in_flight: StepResult | None = None

    def read(result: StepResult) -> None:
        sums.add(result)
        progress.step(epoch + 1, sums.mean_loss, sums.accuracy)

    for position in range(steps):
        if interrupt.requested:
            break
        state, result = step(state, data, order, np.int32(position), np.int32(epoch))
        # The numbers of the step before are read while this one runs, so that the device never
        # waits for the host.
        if in_flight is not None:
            read(in_flight)
        in_flight = result
    if in_flight is not None:
        read(in_flight)
    jax.block_until_ready(state)
    seconds = time.perf_counter() - started
    if not _all_finite(state.variables):
        raise NonFiniteError("a weight is not finite", sums.steps - 1, sums.learning_rate)
    return EpochResult(
        state, sums.mean_loss, sums.accuracy, sums.images, sums.learning_rate, seconds
    )


class _Sums:
    """An epoch's metrics as they come in, on the host, in float64."""

    def __init__(self) -> None:
        self.loss, self.correct, self.images, self.steps = 0.0, 0, 0, 0
        self.learning_rate: float | None = None

    def add(self, result: StepResult) -> None:
        metrics, rate = result
        loss = float(metrics.loss)
        self.learning_rate = None if rate is None else float(rate)
        if not math.isfinite(loss):
            raise NonFiniteError(f"the loss is {loss}", self.steps, self.learning_rate)
        self.loss += loss
        self.correct += int(metrics.correct)
        self.images += int(metrics.examples)
        self.steps += 1

    @property
    def mean_loss(self) -> float:
        return self.loss / max(self.images, 1)

    @property
    def accuracy(self) -> float:
        return self.correct / max(self.images, 1)


@jax.jit
def _all_finite(variables: Variables) -> Array:
    floating = [x for x in jax.tree.leaves(variables) if jnp.issubdtype(x.dtype, jnp.floating)]
    return jnp.array([jnp.isfinite(leaf).all() for leaf in floating]).all()

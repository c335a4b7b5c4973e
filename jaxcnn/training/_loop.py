"""The loop over an epoch's steps."""

import dataclasses
import math
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxcnn.data import Augmentation, Dataset, epoch_order
from jaxcnn.training._interrupt import Interrupt
from jaxcnn.training._normalization import Normalization
from jaxcnn.training._progress import Progress
from jaxcnn.training._pure import Apply
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
        batch_size: images a step.
    """

    apply: Apply
    tx: optax.GradientTransformation
    loss: Loss
    augmentation: Augmentation
    normalization: Normalization
    batch_size: int

    def step(
        self, state: TrainState, data: "DeviceData", order: Array, position: Array, epoch: Array
    ) -> tuple[TrainState, Metrics]:
        """Take the epoch's batch number `position`, augment and normalise it, learn from it."""
        start = position * self.batch_size
        indices = jax.lax.dynamic_slice_in_dim(order, start, self.batch_size)
        images = self.augmentation.apply(
            data.images[indices], key=data.key, epoch=epoch, indices=indices
        )
        return train_step(
            state,
            self.normalization(images),
            data.labels[indices],
            apply=self.apply,
            tx=self.tx,
            loss=self.loss,
        )


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class DeviceData:
    """A training set that lives on the device, as it is stored: uint8 takes a quarter of float32.

    Attributes:
        images: ``(N, H, W, C)``.
        labels: ``(N,)``.
        key: what the order of examples and their augmentation come from.
    """

    images: Array
    labels: Array
    key: Array

    @classmethod
    def put(cls, dataset: Dataset, key: Array) -> "DeviceData":
        """Copy a set to the default device."""
        return cls(jnp.asarray(dataset.images), jnp.asarray(dataset.labels), key)


CompiledStep = Callable[..., tuple[TrainState, Metrics]]


def compile_step(recipe: Recipe, state: TrainState, data: DeviceData) -> tuple[CompiledStep, float]:
    """Compile a recipe's step ahead of the first one.

    Returns:
        The step, which reuses the memory of the state that it is given, and the seconds taken.
    """
    started = time.perf_counter()
    order = jax.ShapeDtypeStruct(data.labels.shape, jnp.int32)
    number = jax.ShapeDtypeStruct((), jnp.int32)
    jitted = jax.jit(recipe.step, donate_argnums=0)
    compiled = jitted.lower(state, data, order, number, number).compile()
    return compiled, time.perf_counter() - started


class NonFiniteError(Exception):
    """A step's loss was not finite; `fit` turns this into its public error."""

    def __init__(self, loss: float, position: int, opt_state: optax.OptState) -> None:
        self.loss, self.position, self.opt_state = loss, position, opt_state
        super().__init__(f"loss {loss} at step {position} of the epoch")


@dataclasses.dataclass(frozen=True)
class EpochResult:
    """What an epoch's loop gives back.

    Attributes:
        state: the state after its last step.
        loss: mean over the examples seen.
        accuracy: share of the examples seen that were right, each before its own update.
        images: number of examples seen.
        seconds: time that the steps took.
    """

    state: TrainState
    loss: float
    accuracy: float
    images: int
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
        NonFiniteError: if a step's loss is not finite.
    """
    started = time.perf_counter()
    order = epoch_order(data.key, epoch, len(data.labels))
    sums = _Sums()
    in_flight: Metrics | None = None
    for position in range(steps):
        if interrupt.requested:
            break
        state, metrics = step(state, data, order, jnp.int32(position), jnp.int32(epoch))
        # The numbers of the step before are read while this one runs, so that the device never
        # waits for the host.
        if in_flight is not None:
            sums.add(in_flight, state)
            progress.step(epoch + 1, sums.mean_loss, sums.accuracy)
        in_flight = metrics
    if in_flight is not None:
        sums.add(in_flight, state)
    jax.block_until_ready(state)
    seconds = time.perf_counter() - started
    if not _all_finite(state.params):
        raise NonFiniteError(math.nan, sums.steps, state.opt_state)
    return EpochResult(state, sums.mean_loss, sums.accuracy, sums.count, seconds)


class _Sums:
    """An epoch's metrics as they come in, on the host, in float64."""

    def __init__(self) -> None:
        self.loss, self.correct, self.count, self.steps = 0.0, 0, 0, 0

    def add(self, metrics: Metrics, state: TrainState) -> None:
        loss = float(metrics.loss)
        if not math.isfinite(loss):
            raise NonFiniteError(loss, self.steps, state.opt_state)
        self.loss += loss
        self.correct += int(metrics.correct)
        self.count += int(metrics.examples)
        self.steps += 1

    @property
    def mean_loss(self) -> float:
        return self.loss / max(self.count, 1)

    @property
    def accuracy(self) -> float:
        return self.correct / max(self.count, 1)


@jax.jit
def _all_finite(tree: Any) -> Array:
    return jnp.stack([jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(tree)]).all()

"""Everything that `fit` would do, once: what breaks or looks wrong shows before a long run."""

import inspect
import math
import time
from collections.abc import Callable
from itertools import chain
from typing import Any, TypedDict, Unpack

import jax
import numpy as np
from flax import nnx
from jax.typing import DTypeLike

from jaxcnn import functional as F
from jaxcnn.data import Augmentation, Dataset, LabelledImages
from jaxcnn.layers import Layer
from jaxcnn.training._devices import first_copy
from jaxcnn.training._dry_run_result import DryRun, StepTaken
from jaxcnn.training._early_stopping import EarlyStopping
from jaxcnn.training._fit import check_sets, fit
from jaxcnn.training._gradients import Loss
from jaxcnn.training._inference import BATCH_SIZE, Evaluation
from jaxcnn.training._layer_lines import layer_lines
from jaxcnn.training._loop import CompiledStep, compile_step
from jaxcnn.training._memory import memory_of
from jaxcnn.training._network import Network
from jaxcnn.training._normalization import Normalization
from jaxcnn.training._norms import norms
from jaxcnn.training._optimizer import Optimizer
from jaxcnn.training._prepare import Prepared, prepare
from jaxcnn.training._state import TrainState
from jaxcnn.training._trained import Logs


class FitOptions(TypedDict, total=False):
    """The options of `fit`, which documents them."""

    epochs: int
    batch_size: int
    tx: Optimizer
    loss: Loss | None
    label_smoothing: float
    augmentation: Augmentation | None
    normalization: Normalization | None
    average: float | None
    early_stopping: EarlyStopping | None
    microbatches: int
    dtype: DTypeLike | None
    norms: bool
    initial: nnx.Module | None
    seed: int
    devices: int | None
    on_epoch: Callable[[TrainState, Logs], None] | None
    progress: bool


def dry_run(
    model: Layer | nnx.Module,
    train: LabelledImages,
    *,
    validation: LabelledImages | None = None,
    **options: Unpack[FitOptions],
) -> DryRun:
    """Do what `fit` would do, once: check, build, compile, take two steps and evaluate a batch.

    What it reports comes from the program that `fit` would run, on the real data. The result of
    the steps is thrown away: nothing is changed or written, and `on_epoch` is not called.

    Args:
        model: as in `fit`.
        train: as in `fit`.
        validation: as in `fit`; None: the evaluation takes training images.
        **options: those of `fit`.

    Returns:
        The report: `print` it, and see its `problems`.

    Raises:
        TypeError: as `fit` would.
        ValueError: as `fit` would.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> report = dry_run(net, jaxcnn.data.digits().train, epochs=5)
        >>> [line.output_shape for line in report.layers], report.parameters, report.problems
        ([(64,), (10,)], 650, ())
    """
    settings = _settings(model, train, validation, options)
    check_sets(train, validation, settings.pop("early_stopping"))
    prepared = prepare(model, train, **settings, norms=True)
    network, recipe = prepared.network, prepared.recipe
    state = prepared.for_the_step(prepared.state)
    step, seconds_compile = compile_step(recipe, state, prepared.feed)
    first, second = _two_steps(step, state, prepared)
    evaluation, seconds_evaluate = _evaluate(
        network, train if validation is None else validation, settings["loss"], recipe.mesh.size
    )
    resident = train.images.nbytes + train.labels.nbytes if isinstance(train, Dataset) else 0
    return DryRun(
        train=repr(train),
        input_shape=network.input_shape,
        layers=layer_lines(network, first.gradient_norms),
        parameters=F.count_parameters(network.variables.params),
        memory=memory_of(step, recipe.mesh, resident),
        devices=recipe.mesh.size,
        epochs=settings["epochs"],
        steps=prepared.steps,
        batch_size=recipe.batch_size,
        seconds_compile=seconds_compile,
        first=first,
        second=second,
        expected_loss=_expected_loss(train) if settings["loss"] is None else None,
        evaluation=evaluation,
        seconds_evaluate=seconds_evaluate,
    )


NOT_PREPARED = ("model", "train", "validation", "norms", "on_epoch", "progress")
"""Arguments of `fit` that change nothing about its step."""


def _settings(
    model: Layer | nnx.Module,
    train: LabelledImages,
    validation: LabelledImages | None,
    options: FitOptions,
) -> dict[str, Any]:
    """The options that were given, and `fit`'s own defaults for the others."""
    bound = inspect.signature(fit).bind(model, train, validation=validation, **options)
    bound.apply_defaults()
    return {name: value for name, value in bound.arguments.items() if name not in NOT_PREPARED}


def _two_steps(
    step: CompiledStep, state: TrainState, prepared: Prepared
) -> tuple[StepTaken, StepTaken]:
    feed, recipe = prepared.feed, prepared.recipe
    # The second epoch is begun only where the first one has no more than one step.
    batches = chain(feed.epoch(recipe, 0, min(prepared.steps, 2)), feed.epoch(recipe, 1, 1))
    taken = []
    for _ in range(2):
        started = time.perf_counter()
        state, (metrics, _) = step(state, *next(batches))
        jax.block_until_ready(state)
        seconds = time.perf_counter() - started
        gradient_norms = norms(first_copy(state.opt_state))["gradient_norms"]
        taken.append(StepTaken(seconds, float(metrics.loss / metrics.examples), gradient_norms))
    first, second = taken
    return first, second


def _evaluate(
    network: Network, dataset: LabelledImages, loss: Loss | None, devices: int
) -> tuple[Evaluation, float]:
    """The fresh network on one batch, and the seconds that it took."""
    started = time.perf_counter()
    some = dataset.subset(np.arange(min(BATCH_SIZE, len(dataset))))
    return network.evaluate(some, loss=loss, devices=devices), time.perf_counter() - started


def _expected_loss(train: LabelledImages) -> float:
    """The cross-entropy where all answers are equally likely."""
    return math.log(2 if train.multilabel else train.num_classes)

"""Everything that `fit` would do, once: what breaks or looks wrong shows before a long run."""

import time
from itertools import chain
from typing import Any

import jax
import numpy as np
from flax import nnx

from jaxcnn import functional as F
from jaxcnn.data import NOUNS, Dataset, LabeledImages, Loss
from jaxcnn.inference import BATCH_SIZE, Evaluation, Network, first_copy
from jaxcnn.layers import Layer
from jaxcnn.training._dry_run_result import DryRun, StepCheck, layer_lines, memory_of
from jaxcnn.training._loop import CompiledStep, compile_step
from jaxcnn.training._norms import recorded_norms
from jaxcnn.training._plan import Plan
from jaxcnn.training._setup import TrainingSetup, check_sets, set_up_training
from jaxcnn.training._state import TrainState


def dry_run(
    model: Layer | nnx.Module,
    train: LabeledImages,
    *,
    validation: LabeledImages | None = None,
    plan: Plan | None = None,
    **options: Any,
) -> DryRun:
    """Do what `fit` would do, once: check, build, compile, take two steps and evaluate a batch.

    What it reports comes from the program that `fit` would run, on the real data. The result of
    the steps is thrown away: nothing is changed or written.

    Args:
        model: An architecture, or an `nnx.Module`.
        train: The images to learn from.
        validation: Images to evaluate on; None: the evaluation takes training images.
        plan: Options made and checked beforehand; None: the defaults.
        **options: Options of `fit`, by name. They replace those of `plan`; `on_epoch` and
            `progress` change nothing.

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
    for silent in ("on_epoch", "progress"):
        options.pop(silent, None)
    plan = Plan.of(plan, options).having(log_norms=True)
    check_sets(model, train, validation, plan)
    setup = set_up_training(model, train, plan)
    network, mesh = setup.network, setup.learn.mesh
    state = setup.for_the_step(setup.state)
    step, seconds_compile = compile_step(setup.batches, state)
    first, second = _two_steps(step, state, setup)
    evaluation, seconds_evaluate = _evaluate(
        network, train if validation is None else validation, plan.loss, mesh.size
    )
    resident = train.images.nbytes + train.labels.nbytes if isinstance(train, Dataset) else 0
    return DryRun(
        train=repr(train),
        input_shape=network.input_shape,
        layers=layer_lines(network, first.gradient_norms),
        parameters=F.count_parameters(network.variables.params),
        memory=memory_of(step, mesh, resident),
        devices=mesh.size,
        epochs=plan.epochs,
        steps=setup.steps,
        batch_size=plan.batch_size,
        seconds_compile=seconds_compile,
        first=first,
        second=second,
        expected_loss=_expected_loss(train) if plan.loss is None else None,
        evaluation=evaluation,
        seconds_evaluate=seconds_evaluate,
        noun=NOUNS[train.kind],
    )


def _two_steps(
    step: CompiledStep, state: TrainState, setup: TrainingSetup
) -> tuple[StepCheck, StepCheck]:
    # The second epoch is begun only where the first one has no more than one step.
    batches = chain(setup.batches.epoch(0, min(setup.steps, 2)), setup.batches.epoch(1, 1))
    taken = []
    for _ in range(2):
        started = time.perf_counter()
        state, (metrics, _) = step(state, *next(batches))
        jax.block_until_ready(state)
        seconds = time.perf_counter() - started
        gradient_norms = recorded_norms(first_copy(state.opt_state))["gradient_norms"]
        taken.append(StepCheck(seconds, float(metrics.loss / metrics.examples), gradient_norms))
    first, second = taken
    return first, second


def _evaluate(
    network: Network, dataset: LabeledImages, loss: Loss | None, devices: int
) -> tuple[Evaluation, float]:
    """The fresh network on one batch, and the seconds that it took."""
    started = time.perf_counter()
    some = dataset.subset(np.arange(min(BATCH_SIZE, len(dataset))))
    return network.evaluate(some, loss=loss, devices=devices), time.perf_counter() - started


def _expected_loss(train: LabeledImages) -> float | None:
    """The default loss where all answers are equally likely; None where they are numbers."""
    if not train.task.has_classes:
        return None
    return train.task.chance_loss(train.labels, train.num_classes)

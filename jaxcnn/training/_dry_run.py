"""`dry_run`: find mistakes before a long training, by a short trial with the program of `fit`."""

import time
from itertools import chain
from typing import Any

import jax
import numpy as np
from flax import nnx
from jax.sharding import Mesh

from jaxcnn import functional as F
from jaxcnn.data import NOUNS, Dataset, LabeledImages, Loss, takes_one_set
from jaxcnn.distributed import together
from jaxcnn.inference import BATCH_SIZE, Evaluation, Network, outputs_on
from jaxcnn.layers import Layer
from jaxcnn.training._dry_run_result import DryRun, StepCheck, layer_lines
from jaxcnn.training._loop import CompiledStep
from jaxcnn.training._norms import recorded_norms
from jaxcnn.training._placement import Placement
from jaxcnn.training._plan import Plan, batch_size_of
from jaxcnn.training._same_call import check_same_call
from jaxcnn.training._sets import as_sets, check_sets
from jaxcnn.training._setup import TrainingSetup, set_up_training
from jaxcnn.training._shared_stopping import GO_ON, wish
from jaxcnn.training._step_memory import StateMemory, memory_of
from jaxcnn.training._traced import TracedTraining


@takes_one_set
def dry_run(
    model: Layer | nnx.Module,
    train: LabeledImages,
    *,
    validation: LabeledImages | None = None,
    plan: Plan | None = None,
    **options: Any,
) -> DryRun:
    """Try a training briefly, to find mistakes and estimate its memory and time.

    Use it before a long run of `fit`, with the same arguments. `dry_run` checks the arguments,
    builds the network, compiles the training step, takes two steps and evaluates one batch. The
    step is the same compiled program as in `fit`. `dry_run` does not change its arguments, and
    writes no files.

    After `jaxcnn.distributed.start`, all processes call `dry_run` in the same way, and their
    devices share each batch, as in `fit`.

    Args:
        model: An architecture, or an `nnx.Module`.
        train: The labeled training set.
        validation: The labeled set to evaluate on. With None, training examples are evaluated.
        plan: A `Plan` of options, made and checked beforehand. None means the defaults.
        **options: Options of `fit`, by name. They replace the options of the same name in `plan`.
            `on_epoch`, `on_step`, `progress` and `held_out` are ignored.

    Returns:
        A `DryRun`, to print. It shows the layers with their output shapes, parameters and
        gradients, the memory and duration of a step, the first losses, and suspected `problems`.

    Raises:
        ProcessError: If another process raised an error.
        TypeError: If an option is unknown, or has the wrong type.
        ValueError: If an option is out of range, or the model and the data do not fit together.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> report = dry_run(net, jaxcnn.data.digits().train, epochs=5)
        >>> [line.output_shape for line in report.layers], report.parameters, report.problems
        ([(64,), (10,)], 650, ())
    """
    for name in ("on_epoch", "on_step", "progress", "held_out"):
        options.pop(name, None)
    with together():  # an error in one process ends all of them
        plan = Plan.of(plan, options, function=dry_run).having(log_norms=True)
        train, validation = as_sets(train, validation)
        check_sets(model, train, validation, plan)
        setup = set_up_training(model, train, plan, everywhere=True)
        network, mesh = setup.network, setup.learn.mesh
        started = time.perf_counter()
        traced = TracedTraining.of(setup, train, validation)
        step, seconds_compile = traced.lowered.compile(), time.perf_counter() - started
        identity = traced.identity() if mesh.is_multi_process else {}
    check_same_call(identity)
    first, second = _two_steps(step, setup)
    evaluation, seconds_evaluate = _evaluate(
        network, train if validation is None else validation, plan.loss, mesh
    )
    resident = train.images.nbytes + train.labels.nbytes if isinstance(train, Dataset) else 0
    return DryRun(
        train=repr(train),
        input_shape=network.input_shape,
        layers=layer_lines(network, first.gradient_norms),
        parameters=F.count_parameters(network.variables.params),
        memory=memory_of(step, mesh, resident),
        state=_state_memory(setup),
        devices=mesh.size,
        epochs=plan.epochs,
        steps=setup.steps,
        batch_size=batch_size_of(setup.plan),
        seconds_compile=seconds_compile,
        first=first,
        second=second,
        expected_loss=_expected_loss(train) if plan.loss is None else None,
        evaluation=evaluation,
        seconds_evaluate=seconds_evaluate,
        noun=NOUNS[train.kind],
    )


def _state_memory(setup: TrainingSetup) -> StateMemory:
    mesh, placement = setup.learn.mesh, setup.placement
    whole, split = (Placement(mesh, is_split).memory(setup.state) for is_split in (False, True))
    return StateMemory(whole, split, placement.is_split)


def _two_steps(step: CompiledStep, setup: TrainingSetup) -> tuple[StepCheck, StepCheck]:
    # The second epoch starts only if the first one has a single step.
    batches = chain(setup.batches.epoch(0, min(setup.steps, 2)), setup.batches.epoch(1, 1))
    state, mesh = setup.copy_for_step(setup.state), setup.learn.mesh
    wishes = (wish(mesh, GO_ON),) if mesh.is_multi_process else ()
    taken = []
    for _ in range(2):
        started = time.perf_counter()
        with together():
            batch = next(batches)
        state, (metrics, _), *_ = step(state, *batch, *wishes)
        jax.block_until_ready(state)
        seconds = time.perf_counter() - started
        gradient_norms = recorded_norms(state.opt_state)["gradient_norms"]
        taken.append(StepCheck(seconds, float(metrics.loss / metrics.examples), gradient_norms))
    first, second = taken
    return first, second


def _evaluate(
    network: Network, dataset: LabeledImages, loss: Loss | None, mesh: Mesh
) -> tuple[Evaluation, float]:
    """Evaluate the untrained network on one batch; also return the duration in seconds."""
    started = time.perf_counter()
    some = dataset.subset(np.arange(min(BATCH_SIZE, len(dataset))))
    found = outputs_on(
        network,
        some,
        loss=loss,
        devices=len(mesh.local_devices),
        everywhere=mesh.is_multi_process,
    )
    return found.evaluation(network.task, some.labels), time.perf_counter() - started


def _expected_loss(train: LabeledImages) -> float | None:
    """Return the default loss when all classes are equally likely; None for a regression."""
    if not train.task.has_classes:
        return None
    return train.task.chance_loss(train.labels, train.num_classes)

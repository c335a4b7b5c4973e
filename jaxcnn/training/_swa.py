"""Stochastic weight averaging (SWA): the network of the mean weights, and its statistics."""

import dataclasses
from contextlib import closing
from functools import partial
from typing import Any, cast

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

from jaxcnn.distributed import in_lockstep
from jaxcnn.inference import (
    BATCH,
    Apply,
    Network,
    Variables,
    first_copy,
)
from jaxcnn.lowering import compiler_options
from jaxcnn.runs import Run
from jaxcnn.training._learning_step import Examples, LearningStep
from jaxcnn.training._setup import TrainingSetup
from jaxcnn.training._state import TrainState
from jaxcnn.training._step import Gradients


def averaged_network(setup: TrainingSetup, run: Run) -> Network:
    """Return the network with the mean of the weights, and batch norm's statistics for them.

    As PyTorch's `update_bn` does, one pass over the training set averages the statistics of its
    batches, which are augmented as in training but not mixed.

    Args:
        setup: The training.
        run: The run after the last epoch; its state has the mean of the weights.
    """
    state = run.state
    assert state is not None  # because `fit` makes it
    assert state.ema is not None
    variables = Variables(state.ema.params, state.batch_stats)
    norms = [n for _, n in nnx.iter_modules(run.network.module) if isinstance(n, nnx.BatchNorm)]
    if norms:
        variables = variables._replace(batch_stats=_statistics(setup, state, variables))
    return run.network.with_variables(variables)


def _statistics(setup: TrainingSetup, state: TrainState, variables: Variables) -> nnx.State:
    """Return the mean of batch norm's statistics over the batches of one epoch."""
    options: dict[str, Any] = {
        field.name: getattr(setup.learn, field.name) for field in dataclasses.fields(setup.learn)
    }
    options["apply"] = _forgetting(setup.learn.apply, variables)
    learn = _StatisticsStep(**options)
    batches = dataclasses.replace(setup.batches, learn=learn)  # type: ignore[type-var]
    start = TrainState(*variables, opt_state=(), step=jnp.zeros((), jnp.int32), key=state.key)
    step = jax.jit(batches.step(), donate_argnums=0, compiler_options=compiler_options())
    reached, mesh = setup.copy_for_step(start), learn.mesh
    with closing(batches.epoch(setup.plan.epochs, setup.steps)) as each:
        shared = in_lockstep(each, setup.steps, batches.example) if mesh.is_multi_process else each
        for batch in shared:
            reached, _ = step(reached, *batch)
            if mesh.is_multi_process:  # sums of two programs at the same time get mixed up
                jax.block_until_ready(reached)
    return first_copy(reached.batch_stats)


def _forgetting(apply: Apply, variables: Variables) -> Apply:
    """Return the network's function with batch norms that keep the last batch's statistics only."""
    module = apply.module(variables, train=True)
    for _, node in nnx.iter_modules(module):
        if isinstance(node, nnx.BatchNorm):
            node.momentum = 0.0
    return dataclasses.replace(apply, train_graph=nnx.graphdef(module))


@dataclasses.dataclass(frozen=True, eq=False)
class _StatisticsStep(LearningStep):
    """A step that averages the statistics of batches, and changes no weights."""

    def gradients(
        self,
        state: TrainState,
        examples: Examples,
        partners: Examples | None,
        where: Array | None,
        key: Array,
        epoch: Array,
    ) -> Gradients:
        """Return the statistics of a batch, in place of its gradients the weights themselves."""
        del partners
        images = self.normalization(self._augment(examples, key, epoch))
        _, found = self.apply(
            state.variables,
            images,
            train=True,
            key=jax.random.fold_in(state.key, state.step),
            where=where,
            axis_name=None if self.mesh.size == 1 else BATCH,
            dtype=self.plan.dtype,
        )
        kept = self.held.kept(found, state.batch_stats)
        return Gradients(self.held.trained(state.params), kept, cast(Any, None))

    def update(  # type: ignore[override]
        self, state: TrainState, found: Gradients
    ) -> tuple[TrainState, None]:
        """Return the state with the mean of the statistics of one batch more."""
        mean = jax.tree.map(partial(_move, state.step), state.batch_stats, found.batch_stats)
        mean = self.held.kept(mean, state.batch_stats)
        return dataclasses.replace(state, batch_stats=mean, step=state.step + 1), None

    @property
    def mixes(self) -> bool:
        """False: partners are not needed."""
        return False


def _move(count: Array, mean: Array, new: Array) -> Array:
    """Return the mean of one value more, given that of `count` values."""
    if not jnp.issubdtype(new.dtype, jnp.floating):
        return new
    return (mean + (new - mean) / (count + 1)).astype(new.dtype)

"""Several networks trained by one compiled program, each by its own seed and learning rate."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxcnn.data import Task, epoch_order
from jaxcnn.inference import BATCH, Metrics
from jaxcnn.lowering import compiler_options
from jaxcnn.training._batches import ResidentBatches
from jaxcnn.training._finite import all_finite
from jaxcnn.training._state import TrainState

Optimizers = Callable[[Array], optax.GradientTransformation]
"""From a member's learning rate to its optimizer."""


class Member(NamedTuple):
    """One member, or with a leading axis on every array several of them.

    Attributes:
        state: its training state.
        data_key: what the order of its examples and their augmentation come from.
        learning_rate: what its optimizer is made with.
        stopped_at: number of the update that was not finite, after which it is frozen; -1: none.
        sums: metrics since they were last read.
    """

    state: TrainState
    data_key: Array
    learning_rate: Array
    stopped_at: Array
    sums: Metrics

    @classmethod
    def start(
        cls, state: TrainState, data_key: Array, learning_rate: float, task: Task
    ) -> "Member":
        """A member before its first step."""
        correct = jnp.int32(0) if task.has_classes else None
        none_yet = Metrics(jnp.float32(0), correct, jnp.int32(0))
        return cls(state, data_key, jnp.float32(learning_rate), jnp.int32(-1), none_yet)


def member_step(
    member: Member,
    order: Array,
    position: Array,
    epoch: Array,
    images: Array,
    labels: Array,
    *,
    batches: ResidentBatches,
    optimizer: Optimizers,
) -> Member:
    """One step of one member; one that is not finite any more stays as it was before."""
    learn = dataclasses.replace(batches.learn, tx=optimizer(member.learning_rate))
    own = dataclasses.replace(batches, learn=learn)
    state, (metrics, _) = own.learn_at(
        member.state, images, labels, member.data_key, order, position, epoch
    )
    finite = jnp.isfinite(metrics.loss) & all_finite(state.variables)
    stopped_at = jnp.where(finite | (member.stopped_at >= 0), member.stopped_at, member.state.step)
    # Counts are 64 bits wide where those are switched on.
    sums = jax.tree.map(lambda old, new: old + new.astype(old.dtype), member.sums, metrics)
    after = member._replace(state=state, sums=sums)
    kept = jax.tree.map(lambda new, old: jnp.where(stopped_at < 0, new, old), after, member)
    return kept._replace(stopped_at=stopped_at)


class MemberGroups:
    """Members that are trained together: group by group, each group spread over the devices.

    Args:
        members: each before its first step.
        batches: the training set and what a step does; its optimizer and its key are not used.
        optimizer: from a learning rate to an optimizer.
        mesh: the devices to use; each trains members of its own, with the whole of their batches.
        at_once: how many members a device trains in one call, under `jax.vmap`.
    """

    def __init__(
        self,
        members: Sequence[Member],
        batches: ResidentBatches,
        *,
        optimizer: Optimizers,
        mesh: Mesh,
        at_once: int,
    ) -> None:
        self.mesh, self.count, size = mesh, len(members), mesh.size * at_once
        # The last group is filled up with copies of its first member.
        chunks = [list(members[i : i + size]) for i in range(0, self.count, size)]
        chunks[-1] += [chunks[-1][0]] * (size - len(chunks[-1]))
        self.groups = [self._put(_stack(chunk), PartitionSpec(BATCH)) for chunk in chunks]
        self.data = self._put((batches.images, batches.labels), PartitionSpec())
        self._step = self._compile(batches, optimizer, at_once)

    def run(self, epoch: int, positions: Iterable[int]) -> None:
        """Take some steps of an epoch."""
        orders = [_orders(group.data_key, epoch, len(self.data[1])) for group in self.groups]
        for position in positions:
            for number, (group, order) in enumerate(zip(self.groups, orders, strict=True)):
                self.groups[number] = self._step(
                    group, order, np.int32(position), np.int32(epoch), *self.data
                )

    def read(self) -> list[Member]:
        """The members, on one device; their sums start anew."""
        everything = [jax.device_get(group) for group in self.groups]
        self.groups = [
            group._replace(sums=jax.tree.map(jnp.zeros_like, group.sums)) for group in self.groups
        ]
        members = [
            jax.tree.map(lambda array, i=i: array[i], group)
            for group in everything
            for i in range(len(group.stopped_at))
        ]
        return members[: self.count]

    def _put(self, tree, spec: PartitionSpec):
        return jax.device_put(tree, NamedSharding(self.mesh, spec))

    def _compile(self, batches: ResidentBatches, optimizer: Optimizers, at_once: int):
        def step(member, order, position, epoch, images, labels) -> Member:
            return member_step(
                member, order, position, epoch, images, labels, batches=batches, optimizer=optimizer
            )

        def one(members, orders, *shared) -> Member:
            only = jax.tree.map(lambda array: array[0], (members, orders))
            return jax.tree.map(lambda array: array[None], step(*only, *shared))

        several = jax.vmap(step, in_axes=(0, 0, None, None, None, None))
        own, shared = PartitionSpec(BATCH), PartitionSpec()
        over_devices = jax.shard_map(
            one if at_once == 1 else several,
            mesh=self.mesh,
            in_specs=(own, own, shared, shared, shared, shared),
            out_specs=own,
            # Members say nothing to each other, and optimizers may branch by constants, which are
            # the same on all devices.
            check_vma=False,
        )
        jitted = jax.jit(over_devices, donate_argnums=0, compiler_options=compiler_options())
        group = self.groups[0]
        order = _orders(group.data_key, 0, len(self.data[1]))
        return jitted.lower(group, order, np.int32(0), np.int32(0), *self.data).compile()


def _stack(members: Sequence[Member]) -> Member:
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *members)


@jax.jit(static_argnames="examples")
def _orders(keys: Array, epoch: int, examples: int) -> Array:
    return jax.vmap(lambda key: epoch_order(key, epoch, examples))(keys)

"""Train the members of an ensemble with one compiled program."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxcnn.data import Task
from jaxcnn.inference import (
    BATCH,
    Metrics,
    first_copy,
    own_share,
    replicate,
    split_batch,
)
from jaxcnn.lowering import compiler_options
from jaxcnn.training._batches import ResidentBatches
from jaxcnn.training._loop import all_finite
from jaxcnn.training._state import TrainState

Optimizers = Callable[[Array], optax.GradientTransformation]
"""A function from a member's learning rate to its optimizer."""


class Member(NamedTuple):
    """One member of an ensemble, or several with a leading axis on every array.

    Attributes:
        state: The training state.
        data_key: The key from which the order of the examples and their augmentation derive.
        learning_rate: The learning rate of the optimizer.
        stopped_at: Number of the first update, from 0, that was not finite; the member is frozen
            as it was before it. -1 if all updates were finite.
        sums: Sums of the metrics since they were last read.
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
        """Create a member before its first step."""
        correct = jnp.int32(0) if task.has_classes else None
        sums = Metrics(jnp.float32(0), correct, jnp.int32(0))
        return cls(state, data_key, jnp.float32(learning_rate), jnp.int32(-1), sums)


def member_step(
    member: Member,
    order: Array,
    position: Array,
    epoch: Array,
    images: Array,
    labels: Array,
    weights: Array | None,
    *,
    batches: ResidentBatches,
    optimizer: Optimizers,
) -> Member:
    """Take one step of one member; a member that is no longer finite stays unchanged."""
    learn = dataclasses.replace(batches.learn, tx=optimizer(member.learning_rate))
    batch = dataclasses.replace(batches, learn=learn).share_at(
        images, labels, weights, member.data_key, order, position, epoch
    )
    state, (metrics, _) = learn(member.state, *batch)
    finite = jnp.isfinite(metrics.loss) & all_finite(state.variables)
    stopped_at = jnp.where(finite | (member.stopped_at >= 0), member.stopped_at, member.state.step)
    # With 64-bit types enabled, new counts are wider than the sums.
    sums = jax.tree.map(lambda old, new: old + new.astype(old.dtype), member.sums, metrics)
    after = member._replace(state=state, sums=sums)
    chosen = jax.tree.map(lambda new, old: jnp.where(stopped_at < 0, new, old), after, member)
    return chosen._replace(stopped_at=stopped_at)


class MemberGroups:
    """The members of an ensemble in groups; the devices share each group, one group at a time.

    Args:
        members: The members before their first step.
        batches: The training set, bound to its step, whose optimizer and key are ignored.
        optimizer: A function from a member's learning rate to its optimizer.
        mesh: The devices. Each trains different members, with whole batches.
        per_device: Number of members that a device trains in one call, under `jax.vmap`.
    """

    def __init__(
        self,
        members: Sequence[Member],
        batches: ResidentBatches,
        *,
        optimizer: Optimizers,
        mesh: Mesh,
        per_device: int,
    ) -> None:
        self.mesh, self.count, size = mesh, len(members), mesh.size * per_device
        # The last group is padded with copies of its first member.
        chunks = [list(members[i : i + size]) for i in range(0, self.count, size)]
        chunks[-1] += [chunks[-1][0]] * (size - len(chunks[-1]))
        self.groups = self.put(map(_stack, chunks))
        self.data = replicate(mesh, (batches.images, batches.labels, batches.weights))
        self.order = batches.learn.order
        self.lowered = self._lower(batches, optimizer, per_device)
        self._step = self.lowered.compile()

    def run(self, epoch: int, positions: Iterable[int]) -> int:
        """Take the steps at the given positions of an epoch; return how many there were."""
        count = 0
        orders = [_orders(group.data_key, epoch, self.order) for group in self.groups]
        for position in positions:
            for number, (group, order) in enumerate(zip(self.groups, orders, strict=True)):
                self.groups[number] = self._step(
                    group, order, np.int32(position), np.int32(epoch), *self.data
                )
            count += 1
        return count

    def read(self) -> list[Member]:
        """Return all members as host arrays, and reset their sums."""
        everything = jax.device_get(self.whole())
        self.groups = [
            group._replace(sums=jax.tree.map(jnp.zeros_like, group.sums)) for group in self.groups
        ]
        members = [
            jax.tree.map(lambda array, i=i: array[i], group)
            for group in everything
            for i in range(len(group.stopped_at))
        ]
        return members[: self.count]

    def whole(self) -> list[Member]:
        """Return all groups; with several processes, copies of all members, which all must call."""
        if not self.mesh.is_multi_process:
            return self.groups
        everywhere = NamedSharding(self.mesh, PartitionSpec())
        whole = jax.jit(lambda groups: groups, out_shardings=everywhere)(self.groups)
        # Another program that communicates must not begin before this one has ended everywhere.
        return first_copy(jax.block_until_ready(whole))

    def put(self, groups: Iterable[Member]) -> list[Member]:
        """Copy groups that have all members to the devices; each gets its own members."""
        return [split_batch(self.mesh, self._own(group)) for group in groups]

    def _own(self, group: Member) -> Member:
        """Return the members of this process's devices."""
        rows = own_share(self.mesh, np.arange(len(group.stopped_at)))
        return (
            group
            if len(rows) == len(group.stopped_at)
            else jax.tree.map(lambda array: array[rows], group)
        )

    def _lower(
        self, batches: ResidentBatches, optimizer: Optimizers, per_device: int
    ) -> jax.stages.Lowered:
        def step(*arguments) -> Member:
            return member_step(*arguments, batches=batches, optimizer=optimizer)

        def one(members, orders, *shared) -> Member:
            only = jax.tree.map(lambda array: array[0], (members, orders))
            return jax.tree.map(lambda array: array[None], step(*only, *shared))

        several = jax.vmap(step, in_axes=(0, 0, None, None, None, None, None))
        own, shared = PartitionSpec(BATCH), PartitionSpec()
        over_devices = jax.shard_map(
            one if per_device == 1 else several,
            mesh=self.mesh,
            in_specs=(own, own, shared, shared, shared, shared, shared),
            out_specs=own,
            # Members do not communicate, and the check would reject optimizers that branch on
            # constants, which are the same on all devices.
            check_vma=False,
        )
        jitted = jax.jit(over_devices, donate_argnums=0, compiler_options=compiler_options())
        group = self.groups[0]
        order = _orders(group.data_key, 0, self.order)
        return jitted.lower(group, order, np.int32(0), np.int32(0), *self.data)


def _stack(members: Sequence[Member]) -> Member:
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *members)


@jax.jit(static_argnames="order")
def _orders(keys: Array, epoch: int, order: Callable[[Array, int], Array]) -> Array:
    return jax.vmap(lambda key: order(key, epoch))(keys)

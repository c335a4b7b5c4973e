"""The placement of a training's state: whole on each device, or split over all (FSDP)."""

import dataclasses
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, Literal, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array
from jax.ad_checkpoint import checkpoint_name
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jax.typing import DTypeLike

from jaxcnn.inference import BATCH, Apply, Variables, first_copy, replicate
from jaxcnn.training._state import TrainState

Tree = TypeVar("Tree")

Shard = Literal["fsdp"]
"""Ways to split the state of a training over devices."""

WHOLE = PartitionSpec()

MIN_SPLIT = 4_096
"""Arrays of fewer numbers stay whole: gathering them would cost time and save little memory."""

GATHERED = "gathered"
"""The name of gathered weights, which the backward pass gathers again instead of keeping them."""


def fsdp_spec(shape: tuple[int, ...], devices: int) -> PartitionSpec:
    """Return how ``fit(shard="fsdp")`` splits a parameter of this shape over devices.

    It is split along its largest axis that the number of devices divides; of equally large axes,
    the first is taken. Arrays of fewer than 4,096 numbers, and those without such an axis, are not
    split.

    Args:
        shape: Shape of the parameter.
        devices: Number of devices.

    Example:
        >>> tuple(fsdp_spec((3, 3, 64, 128), 4))
        (None, None, None, 'batch')
        >>> tuple(fsdp_spec((128,), 4))
        ()
    """
    fitting = [axis for axis, size in enumerate(shape) if size % devices == 0]
    if devices == 1 or not fitting or np.prod(shape) < MIN_SPLIT:
        return WHOLE
    return PartitionSpec(*[None] * max(fitting, key=lambda axis: (shape[axis], -axis)), BATCH)


@dataclasses.dataclass(frozen=True)
class Placement:
    """The placement of a training's state on the devices while it takes steps.

    Attributes:
        mesh: The devices.
        is_split: Whether parameters, their average and the state of the optimizer are split. The
            arrays that are not trained are always whole.
    """

    mesh: Mesh
    is_split: bool

    def specs(self, state: TrainState) -> TrainState:
        """Return how each array of a state is split, as a tree like the state."""
        whole = jax.tree.map(lambda _: WHOLE, state)
        if not self.is_split:
            return whole
        split = jax.tree.map(self._spec, state)
        average = state.ema and Variables(split.ema.params, whole.ema.batch_stats)
        return dataclasses.replace(
            whole, params=split.params, opt_state=split.opt_state, ema=average
        )

    def _spec(self, array: Array) -> PartitionSpec:
        return fsdp_spec(array.shape, self.mesh.size)

    def put(self, state: TrainState) -> TrainState:
        """Copy a state of whole arrays to the devices of the step, which overwrites its memory."""
        if self.mesh.size == 1:
            return jax.tree.map(jnp.copy, state)
        if not self.is_split:
            return replicate(self.mesh, jax.tree.map(jnp.copy, state))
        return jax.tree.map(self._put, state, self.specs(state))

    def _put(self, array: Array, spec: PartitionSpec) -> Array:
        if spec == WHOLE:
            return replicate(self.mesh, jnp.copy(array))
        host = np.asarray(array)
        sharding = NamedSharding(self.mesh, spec)
        # Each device gets its part only, and no device the whole array.
        return jax.make_array_from_callback(
            array.shape, sharding, lambda index: np.array(host[index])
        )

    def constrain(self, state: TrainState) -> TrainState:
        """Within the step: tell XLA how the arrays of the new state are split."""
        return jax.tree.map(
            lambda array, spec: jax.lax.with_sharding_constraint(
                array, NamedSharding(self.mesh, spec)
            ),
            state,
            self.specs(state),
        )

    def whole(self, tree: Tree) -> Tree:
        """Return whole copies of the arrays on the devices; all processes must call it.

        Arrays that were split are gathered in the memory of the host.
        """
        return jax.tree.map(_gather, tree) if self.is_split else first_copy(tree)

    def at_rest(self, tree: Tree) -> Tree:
        """Return whole arrays as they are kept beside the state of the step.

        Where that state is split, they are in the memory of the host, to leave that of the devices
        free.
        """
        return jax.tree.map(_on_host, tree) if self.is_split else tree

    def at_end(self, tree: Tree) -> Tree:
        """Return whole arrays as a training returns them: on one device."""
        return jax.device_put(tree, self.mesh.local_devices[0]) if self.is_split else tree

    def memory(self, state: TrainState) -> int:
        """Return the memory of a state on each device, in bytes."""
        sizes = jax.tree.map(
            lambda array, spec: array.nbytes // (1 if spec == WHOLE else self.mesh.size),
            state,
            self.specs(state),
        )
        return sum(jax.tree.leaves(sizes))


def where_built(*, is_split: bool) -> AbstractContextManager[Any]:
    """Return a context in which a new state is made in the memory of the host if it will be split.

    So no device holds the whole state, not even for a moment.
    """
    return jax.default_device(_host()) if is_split else nullcontext()


def _gather(array: Array) -> Array:
    if array.is_fully_replicated:
        return array.addressable_data(0)
    if not array.is_fully_addressable:
        from jax.experimental import multihost_utils

        return _on_host(multihost_utils.process_allgather(array, tiled=True))
    return _on_host(array)


def _on_host(array: Any) -> Array:
    """Return an array in the host's memory that computes on the default device all the same."""
    if jnp.issubdtype(array.dtype, jax.dtypes.prng_key):
        return array
    with jax.default_device(_host()):
        return jnp.asarray(np.asarray(array))


def _host() -> Any:
    """Return a CPU device; None if JAX was told to use none."""
    try:
        return jax.local_devices(backend="cpu")[0]
    except RuntimeError:
        return None


@dataclasses.dataclass(frozen=True)
class ShardedApply(Apply):
    """A network as a pure function of parameters that are split over devices.

    Within a `jax.shard_map`, it gathers them where they are used: once in the forward pass and once
    more in the backward pass. The gradients come out summed over devices, and split in the same
    way.

    Attributes:
        specs: How the parameters are split, a tree like them.
    """

    specs: nnx.State = dataclasses.field(kw_only=True)

    @classmethod
    def of(cls, apply: Apply, specs: nnx.State) -> "ShardedApply":
        """Return the same network as a function of parameters that are split like this."""
        return cls(apply.train_graph, apply.eval_graph, specs=specs)

    def __call__(self, variables: Variables, images: Array, **mode: Any) -> tuple[Array, nnx.State]:
        """Run the network on one device's share of a batch, as `Apply` does."""

        def run(params: nnx.State, batch_stats: nnx.State, images: Array) -> Any:
            whole = jax.tree.map(partial(_gathered, dtype=mode.get("dtype")), params, self.specs)
            return Apply.__call__(self, Variables(whole, batch_stats), images, **mode)

        policy = jax.checkpoint_policies.save_anything_except_these_names(GATHERED)
        return jax.checkpoint(run, policy=policy)(*variables, images)


def _gathered(array: Array, spec: PartitionSpec, dtype: DTypeLike | None) -> Array:
    if spec == WHOLE:
        return array
    # Transposed, this is a reduce-scatter: each device gets the sum of its part of the gradient.
    whole = jax.lax.all_gather(array, BATCH, axis=len(spec) - 1, tiled=True)
    if dtype is not None and jnp.issubdtype(whole.dtype, jnp.floating):
        whole = whole.astype(dtype)  # here, so that neither of both is kept
    return checkpoint_name(whole, GATHERED)

"""From a Flax module to a pure function of its variables."""

import dataclasses
from functools import partial
from types import UnionType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.typing import DTypeLike

from jaxcnn.layers import DropoutModule, SequentialModule, call


class Variables(NamedTuple):
    """The arrays of a network.

    Attributes:
        params: what is trained, a pytree of arrays.
        batch_stats: what is not: running statistics, frozen weights, a pytree of arrays.
    """

    params: nnx.State
    batch_stats: nnx.State


@dataclasses.dataclass(frozen=True)
class Apply:
    """A network as a pure function: all that is static about a module, without its arrays.

    Two of the same network compare equal, so `jax.jit` compiles for them once where they are
    static arguments.
    """

    train_graph: nnx.GraphDef
    eval_graph: nnx.GraphDef

    def __call__(
        self,
        variables: Variables,
        images: Array,
        *,
        train: bool,
        key: Array | None = None,
        where: Array | None = None,
        axis_name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> tuple[Array, nnx.State]:
        """Run the network.

        Args:
            variables: its arrays.
            images: ``(N, H, W, C)``.
            train: train mode, as against eval mode.
            key: randomness for dropout; needed only in train mode.
            where: ``(N,)``, False for examples that only fill up the batch and that batch
                statistics leave out (if `jaxcnn.layers.takes_mask` is true of the module);
                None: all count.
            axis_name: within a `jax.shard_map` that cuts a batch: the name of the mesh axis, so
                that train mode takes batch statistics over all of it, and draws each example's
                dropout by its place in all of it.
            dtype: what to compute in: parameters and images (but no integers, which an Embedding
                takes) are cast to it. The logits are float32 at least, and so is what batch norm
                computes its statistics in. None: whatever the arrays are.

        Returns:
            The logits ``(N, classes)``, and the batch statistics after the call.
        """
        if dtype is not None:
            variables = variables._replace(params=_cast(variables.params, dtype))
            images = _cast(images, dtype)
        module = self.module(variables, train=train)
        if dtype is not None:
            _set_on(module, nnx.BatchNorm | nnx.Embed, "dtype", dtype)
        if train and axis_name is not None:
            logits = _call_on_share(module, images, key, where, axis_name)
        else:
            if key is not None:
                _reseed(module, key)
            logits = call(module, images, train=train, key=key, where=where)
        if dtype is not None:
            logits = logits.astype(jnp.promote_types(dtype, jnp.float32))
        return logits, nnx.state(module, nnx.Not(nnx.Param))

    def output_shape(
        self, variables: Variables, input_shape: tuple[int, ...], dtype: DTypeLike = jnp.float32
    ) -> tuple[int, ...]:
        """The shape of what one input of this shape and dtype gives, without computing it."""
        images = jax.ShapeDtypeStruct((1, *input_shape), dtype)
        logits, _ = jax.eval_shape(partial(self, train=False), variables, images)
        return logits.shape[1:]

    def module(self, variables: Variables, *, train: bool = False) -> nnx.Module:
        """A Flax module with copies of these arrays."""
        return nnx.merge(self.train_graph if train else self.eval_graph, *variables, copy=True)


def functionalize(module: nnx.Module) -> tuple[Apply, Variables]:
    """Split a Flax module into a pure function and the arrays that it works on.

    Args:
        module: a network built by `jaxcnn.build`, or any `nnx.Module` that maps images
            ``(N, H, W, C)`` to logits ``(N, classes)``. A module whose ``__call__`` has the
            arguments `train` and `key` is given them; besides, every module is switched by
            `nnx.Module.train` and `nnx.Module.eval`, and random streams of its own are
            reseeded from `key`. `module` itself is not changed.

    Returns:
        The pure function, and the variables.

    Example:
        >>> import jax
        >>> apply, variables = functionalize(nnx.Conv(3, 8, (3, 3), rngs=nnx.Rngs(0)))
        >>> outputs, _ = apply(variables, jax.numpy.zeros((1, 32, 32, 3)), train=False)
        >>> outputs.shape
        (1, 32, 32, 8)
    """
    module = nnx.clone(module)
    # The modes differ in static attributes alone: one set of arrays, a graph for each mode.
    module.train()
    train_graph, params, batch_stats = nnx.split(module, nnx.Param, ...)
    module.eval()
    return Apply(train_graph, nnx.graphdef(module)), Variables(params, batch_stats)


def _call_on_share(
    module: nnx.Module, images: Array, key: Array | None, where: Array | None, axis_name: str
) -> Array:
    """Call a module in train mode on one device's share of a batch."""
    _set_on(module, nnx.BatchNorm | DropoutModule, "axis_name", axis_name)
    streams = nnx.clone(nnx.state(module, nnx.RngState))
    if key is not None:
        # jaxcnn's own layers know the place of an example; anything else would draw the same
        # for all shares.
        own = jax.random.fold_in(key, jax.lax.axis_index(axis_name))
        _reseed(module, own)
        key = key if isinstance(module, SequentialModule) else own
    logits = call(module, images, train=True, key=key, where=where)
    nnx.update(module, streams)  # the state is the same on all devices
    return logits


def _cast(arrays: Any, dtype: DTypeLike) -> Any:
    """A tree's floats in another dtype; gradients of parameters come back in their own."""
    return jax.tree.map(
        lambda leaf: leaf.astype(dtype) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf,
        arrays,
    )


def _set_on(module: nnx.Module, kinds: type | UnionType, attribute: str, value: Any) -> None:
    """Set an attribute of all nodes of some kinds."""
    for _, node in nnx.iter_modules(module):
        if isinstance(node, kinds):
            setattr(node, attribute, value)


def _reseed(module: nnx.Module, key: Array) -> None:
    nodes = (node for _, node in nnx.iter_graph(module))
    names = {node.tag for node in nodes if isinstance(node, nnx.RngStream)}
    keys: dict[str, Any] = dict.fromkeys(names, key)
    nnx.reseed(module, **keys)

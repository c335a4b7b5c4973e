"""Turn a Flax module into a pure function of its variables."""

import dataclasses
from functools import partial
from types import UnionType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.typing import DTypeLike

from jaxcnn._support.collectives import mean_over_devices
from jaxcnn.layers import DropoutModule, SequentialModule, call


class Variables(NamedTuple):
    """The arrays of a network.

    Attributes:
        params: The trained arrays, a pytree.
        batch_stats: The arrays that are not trained, a pytree: running statistics and frozen
            weights.
    """

    params: nnx.State
    batch_stats: nnx.State


@dataclasses.dataclass(frozen=True)
class Apply:
    """A network as a pure function: the static part of a module, without its arrays.

    Two `Apply` objects of the same network compare equal. So `jax.jit` can take an `Apply` as a
    static argument, and compiles a program for the network only once.
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
            variables: The network's arrays.
            images: ``(N, H, W, C)``.
            train: Whether to run in train mode instead of eval mode.
            key: PRNG key for dropout; needed only in train mode.
            where: ``(N,)``, False for padded examples; None means that all examples count. If
                `jaxcnn.layers.takes_mask` is true for the module, batch statistics leave padded
                examples out.
            axis_name: Within a `jax.shard_map` that splits a batch, the name of the mesh axis.
                Train mode then computes batch statistics over the whole batch, and draws each
                example's dropout by its position in the whole batch.
            dtype: The dtype to compute in. Parameters and images are cast to this dtype, but
                integers for an Embedding are not. Logits and batch norm's statistics are at least
                float32. None means the dtypes of the arrays.

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
        """Return the shape of the output for one input, without computing the output."""
        images = jax.ShapeDtypeStruct((1, *input_shape), dtype)
        logits, _ = jax.eval_shape(partial(self, train=False), variables, images)
        return logits.shape[1:]

    def module(self, variables: Variables, *, train: bool = False) -> nnx.Module:
        """Build a Flax module with copies of the given arrays."""
        return nnx.merge(self.train_graph if train else self.eval_graph, *variables, copy=True)


def functionalize(module: nnx.Module) -> tuple[Apply, Variables]:
    """Split a Flax module into a pure function and its arrays.

    The pure function switches all modules to train mode or eval mode, by `nnx.Module.train` or
    `nnx.Module.eval`. If the module's ``__call__`` has the arguments `train` and `key`, the
    function also passes these two. Random streams inside the module are reseeded from `key`.

    Args:
        module: A network built by `jaxcnn.build`, or any `nnx.Module` that maps images ``(N, H, W,
            C)`` to logits ``(N, classes)``. The module is not changed.

    Returns:
        A pair: the pure function, an `Apply`, and its arrays, a `Variables`.

    Example:
        >>> import jax
        >>> apply, variables = functionalize(nnx.Conv(3, 8, (3, 3), rngs=nnx.Rngs(0)))
        >>> outputs, _ = apply(variables, jax.numpy.zeros((1, 32, 32, 3)), train=False)
        >>> outputs.shape
        (1, 32, 32, 8)
    """
    module = nnx.clone(module)
    # The modes differ only in static attributes, so both modes can share one set of arrays.
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
        # jaxcnn's layers draw by an example's position in the batch; other modules would draw the
        # same numbers on all shares, so they get one key per share.
        share_key = jax.random.fold_in(key, jax.lax.axis_index(axis_name))
        _reseed(module, share_key)
        key = key if isinstance(module, SequentialModule) else share_key
    logits = call(module, images, train=True, key=key, where=where)
    nnx.update(module, streams)
    # The state is the same on all devices. What they have computed of their shares, as Linen's
    # batch norm does, is averaged; what they have computed of the weights is the same already.
    nnx.update(module, mean_over_devices(nnx.state(module, nnx.Not(nnx.Param)), axis_name))
    return logits


def _cast(arrays: Any, dtype: DTypeLike) -> Any:
    """Cast a tree's floats to another dtype; gradients of parameters keep the parameters' dtype."""
    return jax.tree.map(
        lambda leaf: leaf.astype(dtype) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf,
        arrays,
    )


def _set_on(module: nnx.Module, kinds: type | UnionType, attribute: str, value: Any) -> None:
    """Set an attribute of all modules of some types."""
    for _, node in nnx.iter_modules(module):
        if isinstance(node, kinds):
            setattr(node, attribute, value)


def _reseed(module: nnx.Module, key: Array) -> None:
    nodes = (node for _, node in nnx.iter_graph(module))
    names = {node.tag for node in nodes if isinstance(node, nnx.RngStream)}
    keys: dict[str, Any] = dict.fromkeys(names, key)
    nnx.reseed(module, **keys)

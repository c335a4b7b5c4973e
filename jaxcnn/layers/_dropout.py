"""Dropout of values and of whole examples, drawn for each example by its place in the batch."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

from jaxcnn._support.arguments import check_number
from jaxcnn.layers._layer import SameShape, ShapeLayer
from jaxcnn.layers._receptive_field import Shape


@dataclasses.dataclass(frozen=True)
class Dropout(SameShape, ShapeLayer):
    """In training, sets a share `rate` of the values to 0 and scales the rest by 1/(1 - rate).

    Source: Srivastava et al. 2014, *Dropout*.
    """

    rate: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_rate(self.rate)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `DropoutModule`; the key comes with each call."""
        del input_shape, rngs
        return DropoutModule(self.rate)


class DropoutModule(nnx.Dropout):
    """`nnx.Dropout` whose mask for an example follows from the key and its place in the batch.

    A batch gets the same masks whole, on one device, as cut into shares on several.

    Args:
        rate: probability of setting a value to 0, less than 1.
        axis_name: the mesh axis over which the batch is cut, within a `jax.shard_map`; None if
            it is whole.

    Example:
        >>> dropout, key = DropoutModule(0.5), jax.random.key(0)
        >>> whole = dropout(jnp.ones((4, 100)), rngs=key)
        >>> bool((whole[:2] == dropout(jnp.ones((2, 100)), rngs=key)).all())
        True
    """

    def __init__(self, rate: float, *, axis_name: str | None = None) -> None:
        _check_rate(rate)
        super().__init__(rate)
        self.axis_name = axis_name

    def __call__(
        self,
        inputs: Array,
        *,
        deterministic: bool | None = None,
        rngs: nnx.Rngs | nnx.RngStream | Array | None = None,
    ) -> Array:
        """Drop values; shapes stay.

        Args:
            inputs: ``(N, ...)``.
            deterministic: drop nothing; None: as `nnx.Module.train` or `nnx.Module.eval` said.
            rngs: a random key, or where Flax takes one from.
        """
        drop = partial(super().__call__, deterministic=deterministic)
        if not isinstance(rngs, Array):
            return drop(inputs, rngs=rngs)
        keys = jax.vmap(partial(jax.random.fold_in, rngs))(self._places(len(inputs)))
        return jax.vmap(lambda values, key: drop(values, rngs=key))(inputs, keys)

    def _places(self, count: int) -> Array:
        """Where in the whole batch these examples are."""
        first = 0 if self.axis_name is None else jax.lax.axis_index(self.axis_name) * count
        return first + jnp.arange(count)


@dataclasses.dataclass(frozen=True)
class DropPath(SameShape, ShapeLayer):
    """In training, sets whole examples to 0 with probability `rate`; scales the rest to make up.

    As the last layer of a residual branch, it skips the branch for these examples.

    Source: Huang et al. 2016, *Deep Networks with Stochastic Depth*.
    """

    rate: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_rate(self.rate)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `DropPathModule`; the key comes with each call."""
        del input_shape, rngs
        return DropPathModule(self.rate)


class DropPathModule(DropoutModule):
    """In training, sets all values of an example to 0, or scales them all by 1/(1 - rate).

    Which examples follows from the key and their places in the batch, as in `DropoutModule`.

    Source: Huang et al. 2016, *Deep Networks with Stochastic Depth*.

    Args:
        rate: probability of dropping an example, less than 1.
        axis_name: as in `DropoutModule`.

    Example:
        >>> import jax
        >>> outputs = DropPathModule(0.5)(jnp.ones((4, 3)), rngs=jax.random.key(1))
        >>> bool((outputs == outputs[:, :1]).all())
        True
    """

    def __call__(
        self,
        inputs: Array,
        *,
        deterministic: bool | None = None,
        rngs: nnx.Rngs | nnx.RngStream | Array | None = None,
    ) -> Array:
        """Drop examples; shapes stay. The arguments are those of `DropoutModule`."""
        ones = jnp.ones((len(inputs), *(1,) * (inputs.ndim - 1)), inputs.dtype)
        return inputs * super().__call__(ones, deterministic=deterministic, rngs=rngs)


def _check_rate(rate: float) -> None:
    check_number("rate", rate, minimum=0, below=1)

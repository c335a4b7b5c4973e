"""Dropout of values, channels or examples, with masks that depend on the place in the batch."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

from jaxcnn._support.arguments import check_number
from jaxcnn.layers._layer import SameShape, ShapeLayer, check_spatial
from jaxcnn.layers._receptive_field import Shape


@dataclasses.dataclass(frozen=True)
class Dropout(SameShape, ShapeLayer):
    """Dropout: in training, values are set to 0 with probability `rate` and the others scaled up.

    The values that are kept are multiplied by 1 / (1 - rate), so that the mean stays the same. In
    eval mode, all values stay unchanged.

    Args:
        rate: Probability of setting a value to 0, less than 1.

    Source: Srivastava et al. 2014, *Dropout*.
    """

    rate: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_rate(self.rate)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `DropoutModule`, which gets its random key with each call."""
        del input_shape, rngs
        return DropoutModule(self.rate)


class DropoutModule(nnx.Dropout):
    """`nnx.Dropout` with masks that depend only on the key and the example's position in the batch.

    So a batch gets the same masks whether it is on one device or split over several.

    Args:
        rate: Probability of setting a value to 0, less than 1.
        axis_name: The mesh axis over which the batch is split, within a `jax.shard_map`; None if
            the batch is not split.

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
        """Drop values; the shape stays.

        Args:
            inputs: ``(N, ...)``.
            deterministic: True to drop nothing; None: as set by `nnx.Module.train` or
                `nnx.Module.eval`.
            rngs: A random key, or one of Flax's sources of random keys.
        """
        drop = partial(super().__call__, deterministic=deterministic)
        if not isinstance(rngs, Array):
            return drop(inputs, rngs=rngs)
        keys = jax.vmap(partial(jax.random.fold_in, rngs))(self._positions(inputs.shape[0]))
        return jax.vmap(lambda values, key: drop(values, rngs=key))(inputs, keys)

    def _positions(self, count: int) -> Array:
        """Return the positions of these examples in the whole batch."""
        first = 0 if self.axis_name is None else jax.lax.axis_index(self.axis_name) * count
        return first + jnp.arange(count)


@dataclasses.dataclass(frozen=True)
class SpatialDropout(SameShape, ShapeLayer):
    """Spatial dropout: in training, whole channels are set to 0 with probability `rate`.

    Neighboring pixels of a feature map are alike, so that `Dropout` of single pixels hides little.
    Here a channel of an example is kept or dropped as a whole. The channels that are kept are
    multiplied by 1 / (1 - rate), so that the mean stays the same. Keras has this layer as
    `SpatialDropout2D`, PyTorch as `Dropout2d`.

    Args:
        rate: Probability of setting a channel to 0, less than 1.

    Source: Tompson et al. 2015, *Efficient Object Localization Using Convolutional Networks*.
    """

    rate: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_rate(self.rate)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        check_spatial(input_shape)
        return input_shape

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `SpatialDropoutModule`, which gets its random key with each call."""
        self.output_shape(input_shape)
        del rngs
        return SpatialDropoutModule(self.rate)


@dataclasses.dataclass(frozen=True)
class DropPath(SameShape, ShapeLayer):
    """Stochastic depth: in training, whole examples are set to 0 with probability `rate`.

    The examples that are kept are multiplied by 1 / (1 - rate), so that the mean stays the same. As
    the last layer of a residual branch, DropPath skips the branch for the dropped examples.

    Args:
        rate: Probability of dropping an example, less than 1.

    Source: Huang et al. 2016, *Deep Networks with Stochastic Depth*.
    """

    rate: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_rate(self.rate)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `DropPathModule`, which gets its random key with each call."""
        del input_shape, rngs
        return DropPathModule(self.rate)


class DropPathModule(DropoutModule):
    """Stochastic depth: in training, each example is set to 0 or scaled by 1 / (1 - rate).

    Whether an example is dropped depends only on the key and on its position in the batch. So a
    batch gets the same mask whether it is on one device or split over several.

    Args:
        rate: Probability of dropping an example, less than 1.
        axis_name: The mesh axis over which the batch is split, within a `jax.shard_map`; None if
            the batch is not split.

    Example:
        >>> import jax
        >>> outputs = DropPathModule(0.5)(jnp.ones((4, 3)), rngs=jax.random.key(1))
        >>> bool((outputs == outputs[:, :1]).all())
        True

    Source: Huang et al. 2016, *Deep Networks with Stochastic Depth*.
    """

    def __call__(
        self,
        inputs: Array,
        *,
        deterministic: bool | None = None,
        rngs: nnx.Rngs | nnx.RngStream | Array | None = None,
    ) -> Array:
        """Drop examples; the shape stays.

        Args:
            inputs: ``(N, ...)``.
            deterministic: True to drop nothing; None: as set by `nnx.Module.train` or
                `nnx.Module.eval`.
            rngs: A random key, or one of Flax's sources of random keys.
        """
        deterministic = self.deterministic if deterministic is None else deterministic
        if deterministic:
            return inputs
        ones = jnp.ones((inputs.shape[0], *(1,) * (inputs.ndim - 1)), inputs.dtype)
        return inputs * super().__call__(ones, deterministic=False, rngs=rngs)


class SpatialDropoutModule(DropoutModule):
    """Spatial dropout: in training, each channel is set to 0 or scaled by 1 / (1 - rate).

    Which channels of an example are dropped depends only on the key and on its position in the
    batch. So a batch gets the same mask whether it is on one device or split over several.

    Args:
        rate: Probability of dropping a channel, less than 1.
        axis_name: The mesh axis over which the batch is split, within a `jax.shard_map`; None if
            the batch is not split.

    Example:
        >>> outputs = SpatialDropoutModule(0.5)(jnp.ones((4, 3, 3, 8)), rngs=jax.random.key(1))
        >>> bool((outputs == outputs[:, :1, :1]).all())
        True

    Source: Tompson et al. 2015, *Efficient Object Localization Using Convolutional Networks*.
    """

    def __call__(
        self,
        inputs: Array,
        *,
        deterministic: bool | None = None,
        rngs: nnx.Rngs | nnx.RngStream | Array | None = None,
    ) -> Array:
        """Drop channels; the shape ``(N, *spatial, C)`` stays.

        Args:
            inputs: ``(N, *spatial, C)``.
            deterministic: True to drop nothing; None: as set by `nnx.Module.train` or
                `nnx.Module.eval`.
            rngs: A random key, or one of Flax's sources of random keys.
        """
        deterministic = self.deterministic if deterministic is None else deterministic
        if deterministic:
            return inputs
        around = (1,) * (inputs.ndim - 2)
        ones = jnp.ones((inputs.shape[0], *around, inputs.shape[-1]), inputs.dtype)
        return inputs * super().__call__(ones, deterministic=False, rngs=rngs)


def _check_rate(rate: float) -> None:
    check_number("rate", rate, minimum=0, below=1)

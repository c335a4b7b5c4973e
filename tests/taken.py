"""A method that takes every convolution, and keeps an account of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from unittest import mock

import jax
import jax.numpy as jnp
from jax import lax

from jaxcnn.lowering import Convolution, dispatch


@contextmanager
def every_convolution(but: Callable[[Convolution], bool] | None = None) -> Iterator[list]:
    """Takes all convolutions but those; yields the list of what was taken, `Convolution`s."""
    taken = []

    def method(convolution, lhs, rhs):
        taken.append(convolution)
        return one_by_one(convolution, lhs, rhs)

    def choose(convolution, *, devices, **_):
        assert devices >= 1
        return None if but is not None and but(convolution) else method

    # What was compiled with other methods must be compiled again.
    jax.clear_caches()
    with mock.patch.object(dispatch, "choose", choose):
        yield taken
    jax.clear_caches()


def one_by_one(convolution, lhs, rhs):
    """XLA's convolution in a loop over the examples, as the methods worth having loop."""
    convolve = partial(
        lax.conv_general_dilated,
        rhs=rhs,
        window_strides=convolution.strides,
        padding=convolution.padding,
        lhs_dilation=convolution.lhs_dilation,
        rhs_dilation=convolution.rhs_dilation,
        dimension_numbers=convolution.dimension_numbers,
        feature_group_count=convolution.feature_groups,
        batch_group_count=convolution.batch_groups,
        precision=convolution.precision,
        preferred_element_type=convolution.dtypes[2],
    )
    if convolution.batch_groups > 1:
        return convolve(lhs)
    axis, out_axis = (
        spec[0]
        for spec in (convolution.dimension_numbers.lhs_spec, convolution.dimension_numbers.out_spec)
    )
    examples = jnp.expand_dims(jnp.moveaxis(lhs, axis, 0), axis + 1)

    def step(largest, example):
        return jnp.maximum(largest, example.max()), convolve(example)

    # The carry begins equal on all devices and ends different, which shard_map's types forbid.
    _, outputs = lax.scan(step, jnp.zeros((), lhs.dtype), examples)
    return jnp.moveaxis(outputs.squeeze(out_axis + 1), 0, out_axis)

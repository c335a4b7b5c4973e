"""Sums over devices, many arrays in one message."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P

from jaxcnn._support import collectives
from jaxcnn._support.collectives import (
    mean_over_devices,
    sum_over_devices,
    varying,
    varying_in_one,
)
from jaxcnn.inference import batch_mesh


def over_two(function):
    return jax.jit(jax.shard_map(function, mesh=batch_mesh(2), in_specs=P("batch"), out_specs=P()))


def messages(function, *arguments):
    """How many all-reduces a program has, counting each array of those of several arrays."""
    program = over_two(function).lower(*arguments).compile().as_text() or ""
    lines = program.splitlines()
    results = [found[1] for line in lines if (found := re.search(r"= (.*) all-reduce\(", line))]
    return sum(result.count("[") for result in results)


TREE = {
    "a": np.arange(12, dtype=np.float32).reshape(2, 2, 3),
    "b": (np.array([[5], [7]]), np.array([0.25, 0.5], np.float32)),
}


def test_each_array_is_summed():
    found = over_two(lambda tree: sum_over_devices((tree, 3), "batch"))(TREE)
    expected = jax.tree.map(lambda x: x[:1] + x[1:], TREE)
    jax.tree.map(np.testing.assert_array_equal, found, (expected, 6))
    assert [x.dtype for x in jax.tree.leaves(found[0])] == [np.float32, np.int32, np.float32]


@pytest.mark.parametrize(("size", "expected"), [(25_000_000, 2), (24, 3), (4, 3)])
def test_arrays_of_one_dtype_share_messages_up_to_a_size(size, expected, monkeypatch):
    monkeypatch.setattr(collectives, "BUCKET_BYTES", size)
    assert messages(lambda tree: sum_over_devices(tree, "batch"), TREE) == expected


def loss_of_share(weights, x):
    return sum((jnp.tanh(x @ w)).sum() for w in weights)


def test_gradients_in_one_message_are_those_that_jax_sums_itself():
    weights = [np.ones((3, 4), np.float32), np.full((3, 1), 0.5, np.float32)]
    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3)

    def together(x):
        return sum_over_devices(jax.grad(loss_of_share)(varying(weights, "batch"), x), "batch")

    by_jax = over_two(lambda x: jax.grad(loss_of_share)(weights, x))(x)
    jax.tree.map(np.testing.assert_array_equal, over_two(together)(x), by_jax)
    assert messages(together, x) == 1


def test_rows_send_their_gradients_in_one_message():
    def loss(rows, x):
        first, second = varying_in_one(rows, "batch")
        return (jnp.sin(first) * x).sum() + (second * x**2).sum()

    rows = (jnp.float32([0.0, 1.0]), jnp.float32([2.0, 3.0]))
    x = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
    found = over_two(lambda x: jax.grad(loss)(rows, x[0]))(x)
    np.testing.assert_allclose(found[0], np.cos(rows[0]) * x.sum(0), rtol=1e-6)
    np.testing.assert_array_equal(found[1], (x**2).sum(0))
    assert messages(lambda x: jax.grad(loss)(rows, x[0]), x) == 1


def test_only_what_differs_is_averaged():
    same = jnp.float32([0.1])

    def mean(x):
        return mean_over_devices({"own": x[0], "count": x[0].astype(int), "same": same}, "batch")

    x = np.array([[1.0], [2.0]], np.float32)
    found = over_two(mean)(x)
    assert (found["own"], found["count"], found["same"]) == (1.5, 2, same)
    assert messages(mean, x) == 2

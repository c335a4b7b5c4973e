import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxcnn.layers import (
    FlattenModule,
    RescaleModule,
    ResidualModule,
    SequentialModule,
    initialize_from_data,
    needs_data,
)


class Recorder(nnx.Module):
    """Keeps the mean of what it is initialized from."""

    def __init__(self):
        self.seen = nnx.Variable(jnp.zeros(()))

    def initialize_from_data(self, images):
        self.seen[...] = images.mean()

    def __call__(self, inputs):
        return inputs


def test_a_layer_is_initialized_from_what_reaches_it():
    nested, later = Recorder(), Recorder()
    model = SequentialModule(
        [
            RescaleModule(2.0),
            ResidualModule([RescaleModule(3.0), nested]),
            SequentialModule([later]),
        ]
    )
    initialize_from_data(model, jnp.ones((2, 3)))
    assert float(nested.seen[...]) == 6.0
    assert float(later.seen[...]) == 8.0


class Costly(nnx.Module):
    """A layer that nobody should call."""

    def __call__(self, inputs):
        raise AssertionError(f"called for nothing with {inputs}")


class CostlyRecorder(Costly, Recorder):
    """A layer that wants data but need not be called."""


def test_only_layers_before_one_that_wants_data_are_run():
    recorder = CostlyRecorder()
    initialize_from_data(
        SequentialModule([RescaleModule(3.0), recorder, Costly()]), jnp.ones((2, 3))
    )
    assert float(recorder.seen[...]) == 3.0
    initialize_from_data(SequentialModule([Costly()]), jnp.ones((2, 3)))


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (Recorder(), True),
        (SequentialModule([FlattenModule(), ResidualModule([Recorder()])]), True),
        (SequentialModule([FlattenModule(), ResidualModule([Costly()])]), False),
        (Costly(), False),
    ],
)
def test_needs_data(module, expected):
    assert needs_data(module) is expected


@pytest.mark.parametrize(
    "module",
    [nnx.Linear(3, 4, rngs=nnx.Rngs(0)), SequentialModule([nnx.Linear(3, 4, rngs=nnx.Rngs(0))])],
)
def test_other_networks_are_left_as_they_are(module):
    before = jax.tree.leaves(nnx.state(module))
    initialize_from_data(module, jnp.ones((2, 3)))
    for old, new in zip(before, jax.tree.leaves(nnx.state(module)), strict=True):
        np.testing.assert_array_equal(old, new)

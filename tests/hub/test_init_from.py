"""A training begins with the weights of a trained network, and with its normalization."""

import dataclasses

import jax
import numpy as np
import pytest
import saved_runs

import jaxcnn
from jaxcnn.inference import Normalization, Origin
from jaxcnn.training import Plan
from jaxcnn.training._fresh_network import fresh_network

ORIGIN = Origin("timm/resnet18.a1_in1k", "0" * 40, "1" * 64)
OTHER = Normalization(0.25, 0.125)


@pytest.fixture
def known():
    return dataclasses.replace(saved_runs.run().network, normalization=OTHER, origin=ORIGIN)


def begun(known, **options):
    shape = (2, *known.input_shape)
    labels = np.arange(2) % len(known.class_names)
    data = jaxcnn.data.Dataset(np.zeros(shape, np.uint8), labels, known.class_names)
    plan = Plan(init_from=known, **options)
    return fresh_network(known.architecture, data, plan, jax.random.key(0))


def test_weights_normalization_and_origin_are_those_of_the_network(known):
    network = begun(known)
    jax.tree.map(np.testing.assert_array_equal, network.variables, known.variables)
    assert network.normalization == known.normalization
    assert network.origin == ORIGIN
    assert Plan(init_from=jaxcnn.Run(known)).init_from is known


def test_normalization_can_be_another(known):
    mine = Normalization(0.5, 0.5)
    network = begun(known, normalization=mine)
    assert set(network.normalization.mean) == {0.5}


def test_network_of_another_architecture(known):
    other = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(len(known.class_names))])
    with pytest.raises(ValueError, match="init_from: "):
        begun(dataclasses.replace(known, architecture=other))

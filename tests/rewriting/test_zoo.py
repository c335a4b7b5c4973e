"""Networks of the zoo, and random ones, predict the same after all steps."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from layers.test_random_networks import cases
from onnx_files import SHAPES, in_jax, inputs_for, network, settled

import jaxcnn
from jaxcnn import Dropout, DropPath
from jaxcnn.models import MODELS
from jaxcnn.rewriting import STEPS
from jaxcnn.rewriting._network import as_network, as_weighted_layers
from jaxcnn.rewriting._rewrite import STEP_FUNCTIONS


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_a_network_of_the_zoo_predicts_the_same(name):
    found = network(MODELS[name].make(10), SHAPES.get(name, (32, 32, 3)))
    inputs = inputs_for(found, 256, normalized=False)
    found = settled(found, found.normalization(inputs))
    rewritten = jaxcnn.rewrite(found, inputs)
    print(name, rewritten, sep="\n")
    assert rewritten.steps[-1].same == 256
    # Random weights give most inputs one class, until the logits that they share are subtracted.
    given, logits = found.logits(inputs), rewritten.network.logits(inputs)
    before, after = ((each - given.mean(0)).argmax(1) for each in (given, logits))
    assert len({*before}) > 1
    assert np.array_equal(before, after)
    visits = jaxcnn.architecture.walk(rewritten.network.architecture, found.input_shape)
    assert not {type(visit.layer) for visit in visits} & {Dropout, DropPath}


@pytest.mark.slow
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(cases())
def test_a_random_network_computes_the_same(case):
    net, input_shape, dtype = case
    try:
        shape = net.output_shape(input_shape)
    except ValueError:
        assume(False)  # its layers do not fit
    tokens = dtype == np.int32
    assume(tokens or len(input_shape) > 1)
    found = network(net, input_shape, names=list(map(str, range(shape[-1]))))
    layers, counts = as_weighted_layers(found), []
    for step in STEPS:
        layers, count = STEP_FUNCTIONS[step](layers)
        counts.append(count)
    assume(any(counts))
    rng = np.random.default_rng(0)
    batch = (3, *input_shape)
    inputs = np.zeros(batch, np.int64) if tokens else rng.standard_normal(batch, np.float32)
    expected, outputs = in_jax(found, inputs), in_jax(as_network(layers, found), inputs)
    assert outputs.shape == expected.shape
    # Norms of equal numbers, whose variance is 0, enlarge what is rounded in them.
    distance = np.linalg.norm(outputs - expected)
    assert distance <= 1e-4 * np.linalg.norm(expected) + 1e-4

"""The zoo computes what torchvision's networks compute from the same weights."""

import jax
import numpy as np
import optax
import pytest
from flax import nnx
from golden.make_torch_models import (
    CASES,
    FILE,
    LABELS,
    NUM_CLASSES,
    direction,
    images,
    torch_numbers,
    weights,
)

from jaxcnn import models
from jaxcnn.models import load_torch_state_dict, to_torch_state_dict

TOLERANCES = {np.float32: 1e-4, np.float64: 1e-9}
QUICK = ("convnext_tiny", "mobilenet_v2", "resnet18")


@pytest.fixture(scope="module")
def golden():
    with np.load(FILE) as arrays:
        return dict(arrays)


def our_network(case, golden):
    """The architecture, and its module with the golden weights; the loader is strict."""
    net = getattr(models, case.model)(NUM_CLASSES)
    return net, load_torch_state_dict(net, weights(case, golden), case.input_shape)


def our_numbers(case, golden, dtype):
    """Logits, loss, and the loss's gradient by each parameter, as torchvision lays it out."""
    net, module = our_network(case, golden)
    with jax.enable_x64(dtype == np.float64):
        graph, *variables = nnx.split(module, nnx.Param, ...)
        params, stats = jax.tree.map(lambda leaf: np.asarray(leaf, dtype), variables)

        @jax.jit
        def numbers(params, stats, inputs):
            def loss(params):
                logits = nnx.merge(graph, params, stats)(inputs, train=case.train)
                losses = optax.softmax_cross_entropy_with_integer_labels(logits, LABELS)
                return losses.mean(), logits

            return jax.value_and_grad(loss, has_aux=True)(params)

        (loss, logits), gradients = numbers(params, stats, images(case).astype(dtype))
        assert logits.dtype == dtype
        by_name = to_torch_state_dict(nnx.merge(graph, gradients, stats), net, case.input_shape)
    statistics = ("running_mean", "running_var")
    return logits, loss, {n: by_name[n] for n in sorted(by_name) if not n.endswith(statistics)}


def distance(ours, theirs, scale=None):
    """Relative, in the Euclidean norm."""
    difference = np.asarray(ours, np.float64) - theirs
    return np.linalg.norm(difference) / np.linalg.norm(theirs if scale is None else scale)


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in CASES]
)
@pytest.mark.parametrize("dtype", TOLERANCES)
def test_logits_and_gradients_are_those_of_torchvision(name, dtype, golden):
    logits, loss, gradients = our_numbers(CASES[name], golden, dtype)
    norms = [np.linalg.norm(gradient.astype(float)) for gradient in gradients.values()]
    projections = [np.vdot(grad, direction(n, grad.shape)) for n, grad in gradients.items()]
    expected_norms = golden[f"{name}/norms"]
    distances = {
        "logits": distance(logits, golden[f"{name}/logits"]),
        "loss": distance(loss, golden[f"{name}/loss"]),
        "norms": distance(norms, expected_norms),
        "gradients": distance(projections, golden[f"{name}/projections"], expected_norms),
    }
    print(name, distances)
    assert all(value < TOLERANCES[dtype] for value in distances.values()), distances


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_the_torchvision_that_is_installed(name, golden):
    pytest.importorskip("torchvision")
    case = CASES[name]
    theirs, _, their_gradients = torch_numbers(case)
    for dtype, tolerance in TOLERANCES.items():
        ours, _, our_gradients = our_numbers(case, golden, dtype)
        assert distance(ours, theirs) < tolerance
        assert our_gradients.keys() == their_gradients.keys()
        rows = [(our_gradients[n].ravel(), their_gradients[n].ravel()) for n in our_gradients]
        assert distance(*map(np.concatenate, zip(*rows, strict=True))) < tolerance

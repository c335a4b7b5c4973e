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
    LOGITS_ALONE,
    NUM_CLASSES,
    direction,
    images,
    torch_numbers,
    weights,
)
from zoo_logits import TOLERANCES, check_logits, logits

from jaxcnn import models
from jaxcnn.lowering import onednn_support
from jaxcnn.lowering.choice import choose_methods_by
from jaxcnn.lowering.methods import is_onednn
from jaxcnn.models import load_torch_state_dict, to_torch_state_dict

# Each dtype with what it takes least time for; all networks in both are the slow test's.
QUICK = {"mobilenet_v2": np.float32, "resnet18": np.float64}


@pytest.fixture(scope="module")
def golden():
    with np.load(FILE) as arrays:
        return dict(arrays)


def marked_slow_but(quick):
    return [
        name if name == quick else pytest.param(name, marks=pytest.mark.slow)
        for name in LOGITS_ALONE
    ]


@pytest.fixture
def compiled_in_seconds():
    """Convolutions that compile sooner; tests/lowering holds jaxcnn's others to them."""

    def choose(convolution, _):
        return "onednn" if is_onednn(convolution) and onednn_support().is_usable else "xla"

    with choose_methods_by(choose):
        yield


class Network:
    """A network of the zoo with the golden weights; the loader is strict about their names."""

    def __init__(self, case, golden):
        self.case = case
        self.architecture = getattr(models, case.model)(NUM_CLASSES)
        shape = case.input_shape
        self.module = load_torch_state_dict(self.architecture, weights(case, golden), shape)

    def numbers(self, dtype):
        """Logits, loss, and the loss's gradient by each parameter, as torchvision lays it out."""
        graph, *variables = nnx.split(self.module, nnx.Param, ...)
        params, stats = jax.tree.map(lambda leaf: np.asarray(leaf, dtype), variables)

        @jax.jit
        def numbers(params, stats, inputs):
            def loss(params):
                network = nnx.merge(graph, params, stats, copy=True)
                logits = network(inputs, train=self.case.train)
                losses = optax.softmax_cross_entropy_with_integer_labels(logits, LABELS)
                return losses.mean(), logits

            return jax.value_and_grad(loss, has_aux=True)(params)

        # In float64 convolutions take longer to run as they are than XLA takes to optimize them.
        jax.config.update("jax_disable_most_optimizations", dtype == np.float32)
        with jax.enable_x64(dtype == np.float64):
            inputs = images(self.case).astype(dtype)
            (loss, logits), gradients = jax.device_get(numbers(params, stats, inputs))
        assert logits.dtype == dtype
        gradients = nnx.merge(graph, gradients, stats)
        by_name = to_torch_state_dict(gradients, self.architecture, self.case.input_shape)
        names = sorted(name for name in by_name if "running" not in name)
        return logits, loss, {name: by_name[name] for name in names}


def distance(ours, theirs, scale=None):
    """In the Euclidean norm, relative to `scale`, or to `theirs`."""
    difference = np.asarray(ours, np.float64) - theirs
    return np.linalg.norm(difference) / np.linalg.norm(theirs if scale is None else scale)


def dtypes(case):
    """In training a value lies so near a ReLU's kink that PyTorch's float32 is off by 9e-3, too."""
    return [np.float64] if case.train else [*TOLERANCES]


def check_against_golden(name, golden, dtypes):
    network = Network(CASES[name], golden)
    norms = golden[f"{name}/norms"]
    for dtype in dtypes:
        logits, loss, gradients = network.numbers(dtype)
        our_norms = [np.linalg.norm(gradient.astype(float)) for gradient in gradients.values()]
        projections = [np.vdot(grad, direction(n, grad.shape)) for n, grad in gradients.items()]
        distances = {
            "logits": distance(logits, golden[f"{name}/logits"]),
            "loss": distance(loss, golden[f"{name}/loss"]),
            "norms": distance(our_norms, norms),
            "gradients": distance(projections, golden[f"{name}/projections"], norms),
        }
        assert max(distances.values()) < TOLERANCES[dtype], (distances, dtype)


@pytest.mark.thorough
@pytest.mark.usefixtures("compiled_in_seconds")
@pytest.mark.parametrize("name", ["resnet18", pytest.param("mobilenet_v2", marks=pytest.mark.slow)])
def test_logits_and_gradients_are_those_of_torchvision(name, golden):
    check_against_golden(name, golden, [QUICK[name]])


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_so_they_are_by_every_network_and_with_the_convolutions_of_jaxcnn(name, golden):
    check_against_golden(name, golden, dtypes(CASES[name]))


@pytest.mark.slow
@pytest.mark.usefixtures("compiled_in_seconds")
@pytest.mark.parametrize("name", CASES)
def test_whole_gradients_are_those_of_the_torchvision_that_is_installed(name, golden):
    pytest.importorskip("torchvision")
    network = Network(CASES[name], golden)
    their_logits, _, theirs = torch_numbers(CASES[name])
    for dtype in dtypes(CASES[name]):
        tolerance = TOLERANCES[dtype]
        logits, _, ours = network.numbers(dtype)
        assert ours.keys() == theirs.keys()
        whole = [np.concatenate([found[n].ravel() for n in ours]) for found in (ours, theirs)]
        assert distance(logits, their_logits) < tolerance
        assert distance(*whole) < tolerance


@pytest.mark.thorough
@pytest.mark.usefixtures("compiled_in_seconds")
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", marked_slow_but("squeezenet1_1"))
def test_logits_of_the_other_families_are_those_of_torchvision(name, dtype, golden):
    case = LOGITS_ALONE[name]
    check_logits(logits(case, weights(case, golden), dtype), golden[f"{name}/logits"], dtype)

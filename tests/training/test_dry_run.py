"""What a dry run reports is what the run would do, and it changes nothing."""

import dataclasses
import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import small
from flax import nnx
from PIL import Image

import jaxcnn
from jaxcnn.data import ImageFiles
from jaxcnn.inference import Evaluation, Normalization
from jaxcnn.training import EarlyStopping, StepCheck, StepMemory, dry_run

pytestmark = pytest.mark.thorough


class TwoLinear(nnx.Module):
    """Softmax regression of large weights, and a layer that leads nowhere."""

    def __init__(self) -> None:
        self.unused = nnx.Linear(64, 5, rngs=nnx.Rngs(0))
        self.used = nnx.Linear(64, 3, rngs=nnx.Rngs(0))

    def __call__(self, images):
        flat = images.reshape(len(images), -1)
        self.unused(flat)
        return 10 * self.used(flat)


DATA = small.dataset()
MODULE = TwoLinear()
WEIGHTS = np.array(MODULE.used.kernel[...])


@pytest.fixture(scope="module")
def of_module():
    return dry_run(
        MODULE,
        DATA,
        batch_size=len(DATA),
        epochs=5,
        tx=jaxcnn.training.sgd(0.1),
        devices=1,
        on_epoch=lambda *_: pytest.fail("there is no epoch in a dry run"),
    )


def test_loss_and_gradient_are_those_of_softmax_regression(of_module):
    inputs = np.asarray(Normalization.of(DATA)(DATA.images)).reshape(len(DATA), -1)
    logits = 10.0 * inputs @ WEIGHTS
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    of_logits = 10 * (likely - np.eye(3)[DATA.labels]) / len(DATA)
    norm = np.hypot(np.linalg.norm(inputs.T @ of_logits), np.linalg.norm(of_logits.sum(axis=0)))
    loss = -np.log(likely[np.arange(len(DATA)), DATA.labels]).mean()
    assert of_module.first.loss == pytest.approx(loss, rel=1e-4)
    assert of_module.first.gradient_norms == {
        "unused": 0,
        "used": pytest.approx(norm, rel=1e-4),
    }
    assert [line[:4] for line in of_module.layers] == [
        ("unused", "Linear", (5,), 325),
        ("used", "Linear", (3,), 195),
    ]
    assert of_module.expected_loss == pytest.approx(1.0986, abs=1e-4)


def test_problems_are_named_and_the_module_is_as_before(of_module):
    large, dead = of_module.problems
    assert "weights of the last layer are too large" in large
    assert "exactly zero in unused:" in dead
    np.testing.assert_array_equal(MODULE.used.kernel[...], WEIGHTS)


def test_memory_of_a_step(of_module):
    memory = of_module.memory
    assert memory.training_set == DATA.images.nbytes + DATA.labels.nbytes
    state = 2 * 4 * (325 + 195)  # weights and momentum
    assert 0 <= memory.arguments - memory.training_set - state < 1024
    assert memory.total == (memory.arguments + memory.outputs - memory.reused + memory.temporaries)
    assert memory.reused >= state  # the step takes its state's memory again


def test_files_give_the_same(of_module, tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(len(DATA))]
    for path, image in zip(paths, DATA.images, strict=True):
        Image.fromarray(image[..., 0]).save(path)
    files = ImageFiles(paths, DATA.labels, DATA.class_names, DATA.input_shape)
    report = dry_run(MODULE, files, batch_size=len(DATA), devices=1)
    assert report.first.loss == pytest.approx(of_module.first.loss, rel=1e-6)
    assert report.memory.training_set == 0
    assert report.steps == 1


@pytest.fixture(scope="module")
def of_architecture():
    net = jaxcnn.Sequential(
        [
            jaxcnn.Conv(4, 3),
            jaxcnn.Activation("relu"),
            jaxcnn.MaxPool(2),
            jaxcnn.Residual([jaxcnn.Conv(4, 3)]),
            jaxcnn.Flatten(),
            jaxcnn.Dense(3),
        ]
    )
    validation = small.dataset(n=20, seed=1)
    return net, dry_run(net, DATA, validation=validation, batch_size=8, seed=1, devices=1)


def test_shapes_are_those_that_the_built_layers_give(of_architecture):
    net, report = of_architecture
    module = jaxcnn.build(net, DATA.input_shape, rngs=nnx.Rngs(0))
    outputs, shapes = jnp.zeros((1, *DATA.input_shape)), []
    for layer in module.layers:
        outputs = jax.eval_shape(layer, outputs)
        shapes.append(outputs.shape[1:])
    shapes.insert(4, shapes[3])  # the sum of the Residual
    assert [line.output_shape for line in report.layers] == shapes
    kinds = [line.kind for line in report.layers if line.parameters]
    assert kinds == ["Conv 3×3 SAME", "Conv 3×3 SAME", "Dense"]
    assert report.layers[3].name == "layers.3.layers.0"
    assert report.layers[3].gradient_norm == report.first.gradient_norms["layers.3.layers.0"]
    assert [line.gradient_norm is None for line in report.layers] == [
        line.parameters == 0 for line in report.layers
    ]


def test_a_sound_network_has_no_problems_and_a_page(of_architecture):
    _, report = of_architecture
    assert report.problems == ()
    assert report.evaluation.examples == 20
    assert report.seconds_per_epoch == 5 * report.second.seconds
    page = str(report)
    assert re.search(r"layers\.3\.layers\.0 +Conv 3×3 SAME +\(4, 4, 4\) +148 ", page)
    assert "10 epochs of 5 steps of 8 images" in page
    assert page.endswith("problems: none found")


FULL = StepMemory(70, 50, 30, 20, 0, device=100)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"first": StepCheck(0.1, math.nan, {"a": 1.0})}, "the loss is nan"),
        ({"second": StepCheck(0.1, math.inf, {"a": 1.0})}, "inf after one update: the learning"),
        ({"first": StepCheck(0.1, 1.0, {"a": math.inf, "b": 1.0})}, "not finite in a"),
        ({"first": StepCheck(0.1, 0.1, {"a": 1.0})}, "was trained before"),
        ({"memory": FULL}, "more memory than the device has"),
    ],
)
def test_what_is_suspicious(of_architecture, changes, problem):
    (found,) = dataclasses.replace(of_architecture[1], **changes).problems
    assert problem in found


def test_what_is_not(of_architecture):
    """No gradient in the first step alone, just enough memory, a loss of one's own."""
    first, second = StepCheck(0.1, 1.0, {"a": 0.0}), StepCheck(0.1, 1.0, {"a": 1.0})
    changes = {"first": first, "second": second, "memory": dataclasses.replace(FULL, device=110)}
    assert dataclasses.replace(of_architecture[1], **changes).problems == ()
    for loss in (np.log(3) + 1.4, np.log(3) / 2.9):
        at_start = changes | {"first": first._replace(loss=loss)}
        assert dataclasses.replace(of_architecture[1], **at_start).problems == ()
    own = first._replace(loss=900.0)
    changes |= {"first": own, "expected_loss": None, "evaluation": Evaluation(0, 0, (0, 1), 1)}
    report = dataclasses.replace(of_architecture[1], **changes)
    assert report.problems == ()
    assert "by chance" not in str(report)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"epoch": 3}, TypeError, r"epoch: expected one of .* \(did you mean epochs\?\)"),
        ({"batch_size": 41}, ValueError, "batch_size: expected at most the 40"),
        ({"validation": small.dataset(size=6)}, ValueError, "validation: expected images of shape"),
        (
            {"early_stopping": EarlyStopping()},
            ValueError,
            "early_stopping: expected a validation set",
        ),
    ],
)
def test_bad_arguments_are_errors_as_in_fit(options, error, message):
    with pytest.raises(error, match=message):
        dry_run(MODULE, DATA, **options)

"""A sound network learns one batch by heart; what cannot be learned is named as such."""

import dataclasses
import math

import numpy as np
import pytest
import small

import jaxcnn
from jaxcnn.data import Dataset
from jaxcnn.inference import Evaluation
from jaxcnn.training import OverfitResult, overfit_one_batch, sgd

LINEAR = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(3)])


@pytest.mark.thorough
def test_a_sound_network_passes():
    data = small.dataset(n=60)
    found = overfit_one_batch(LINEAR, data, examples=12, steps=40, devices=1)
    assert found.passed
    assert found.suspicion == ""
    assert len(found.losses) == 40
    assert found.losses[-1] < found.losses[0] / 10
    assert str(found).startswith("passed: 12 examples, 40 steps")


@pytest.mark.thorough
def test_equal_images_with_different_labels_cannot_be_learned():
    """The best that there is: each label as probable as it is frequent, a loss of ln 3."""
    images = np.random.default_rng(0).integers(0, 255, (1, 8, 8, 1)).repeat(30, axis=0)
    data = Dataset(images.astype(np.uint8), np.arange(30) % 3, ("a", "b", "c"))
    found = overfit_one_batch(LINEAR, data, examples=30, steps=40, tx=sgd(0.01), devices=1)
    assert not found.passed
    assert found.losses[-1] == pytest.approx(np.log(3), rel=1e-2)
    assert found.accuracy == pytest.approx(1 / 3)
    assert str(found).startswith("not passed")


@pytest.mark.thorough
def test_a_run_that_diverges_is_a_result():
    found = overfit_one_batch(
        LINEAR, small.dataset(), examples=8, steps=10, tx=sgd(1e38), devices=1
    )
    assert found.diverged
    assert not found.passed
    assert "rate is too high" in str(found)


RIGHT, WRONG = (Evaluation(0.1, 1.0, (0.9, 1.0), 32), Evaluation(3.0, 0.5, (0.3, 0.7), 32))
LEARNED = OverfitResult((2.0, 0.1), 1.0, RIGHT, diverged=False)


@pytest.mark.parametrize(
    ("changes", "passed", "suspicion"),
    [
        ({}, True, ""),
        ({"train_accuracy": 0.9}, True, ""),  # by dropout
        ({"evaluation": WRONG}, True, "batch norm lag behind"),
        ({"evaluation": WRONG, "train_accuracy": 0.9}, False, "instead of a tenth"),
        ({"evaluation": WRONG, "losses": (2.0, 1.9)}, False, "did not fall"),
        ({"evaluation": WRONG, "losses": (2.0, 0.3)}, False, "instead of a tenth"),
        ({"diverged": True}, False, "NaN or infinite"),
        ({"diverged": True, "losses": (), "train_accuracy": math.nan}, False, "NaN or infinite"),
    ],
)
def test_what_is_suspected(changes, passed, suspicion):
    found = dataclasses.replace(LEARNED, **changes)
    assert found.passed is passed
    assert suspicion in found.suspicion
    assert bool(found.suspicion) == bool(suspicion)
    assert found.suspicion in str(found)


@pytest.mark.parametrize("examples", [0, 41])
def test_more_examples_than_there_are(examples):
    with pytest.raises(ValueError, match="examples: expected"):
        overfit_one_batch(LINEAR, small.dataset(), examples=examples)


def test_no_steps():
    with pytest.raises(ValueError, match="steps: expected at least 1, got 0"):
        overfit_one_batch(LINEAR, small.dataset(), steps=0)

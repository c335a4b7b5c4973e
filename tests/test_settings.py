"""Settings objects: any kind of number is taken, and stored as Python's; seeds have 32 bits."""

import dataclasses
import json

import numpy as np
import pytest
import small

import jaxcnn
from jaxcnn import data
from jaxcnn.data import Augmentation, View, check_views
from jaxcnn.experiment import Config, Preset
from jaxcnn.inference import Normalization
from jaxcnn.training import EarlyStopping, Plan

MADE = [
    (Augmentation, {"shift": np.int64(1), "brightness": np.float32(0.5), "mixup": np.int8(1)}),
    (Augmentation, {"rand_augment": [np.int64(2), np.float32(4.5)], "rotate": np.float64(10)}),
    (View, {"flip": np.bool_(True), "shift": np.array([1, -1]), "weight": np.float32(0.5)}),
    (EarlyStopping, {"patience": np.uint8(3), "min_change": np.float16(0.5)}),
    (Plan, {"epochs": np.int64(2), "seed": np.uint32(7), "ema_decay": np.float32(0.5)}),
    (Plan, {"log_norms": np.bool_(True), "label_smoothing": np.float32(0.25)}),
    (Normalization, {"mean": np.array([0.5]), "std": [np.float32(0.25)]}),
    (Config, {"dataset": "digits", "seed": np.int64(3), "learning_rate": np.float32(0.5)}),
    (
        Preset,
        {"model": "lenet5", "epochs": np.int64(1), "batch_size": np.int64(8), "learning_rate": 1},
    ),
]


@pytest.mark.parametrize(("kind", "fields"), MADE)
def test_numbers_of_numpy_become_pythons(kind, fields):
    made = kind(**fields)
    for name, value in fields.items():
        stored = getattr(made, name)
        parts = stored if isinstance(stored, tuple) else (stored,)
        assert all(type(part) in (bool, int, float, str) for part in parts)
        np.testing.assert_array_equal(stored, value)
    plain = {name: getattr(made, name) for name in fields}
    if kind is not Plan:  # plans do not compare
        assert made == kind(**plain)
        assert hash(made) == hash(kind(**plain))
    assert json.loads(json.dumps(plain)).keys() == plain.keys()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Augmentation(shift=np.float32(1)), ValueError, "shift: expected a whole number"),
        (lambda: Augmentation(shift=True), ValueError, "shift: expected a whole number"),
        (lambda: Augmentation(brightness=np.nan), ValueError, "brightness: expected at least 0"),
        (lambda: View(shift=(1.0, 0)), TypeError, "shift: expected two whole numbers"),
        (lambda: check_views(View()), TypeError, "views: expected a sequence of View"),
        (lambda: EarlyStopping(patience=2.0), TypeError, "patience: expected an integer"),
        (lambda: small.dataset().take(2.5), TypeError, "n: expected an integer, got 2.5"),
        (lambda: data.x_or_o(n_train=2.5), TypeError, "n_train: expected an integer, got 2.5"),
    ],
)
def test_what_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


SEEDED = {
    "plan": lambda seed: Plan(seed=seed),
    "config": lambda seed: Config(dataset="digits", seed=seed),
    "ensemble": lambda seed: jaxcnn.fit_ensemble(
        small.LINEAR, small.dataset(), seeds=(0, seed), batch_size=8
    ),
    "rate range": lambda seed: jaxcnn.training.learning_rate_range(
        small.LINEAR, small.dataset(), batch_size=8, seed=seed
    ),
    "overfit": lambda seed: jaxcnn.training.overfit_one_batch(
        small.LINEAR, small.dataset(), seed=seed
    ),
    "draw": lambda seed: data.draw_fraction(small.dataset(), 0.5, seed),
    "letters": lambda seed: data.x_or_o(1, 1, seed=seed),
}


@pytest.mark.parametrize("seed", [-1, 2**32, 2**32 + 1, 2**64, 1.5, True])
@pytest.mark.parametrize("seeded", SEEDED)
def test_a_seed_has_32_bits(seeded, seed):
    error = TypeError if seed in (1.5, True) else ValueError
    with pytest.raises(
        error,
        match="seeds?: expected an? (integer|at least 0|at most 4294967295)"
        if error is TypeError
        else "seeds?: expected at (least 0|most 4294967295)",
    ):
        SEEDED[seeded](seed)


def test_the_largest_seed_is_taken():
    assert Plan(seed=np.uint32(2**32 - 1)).seed == 2**32 - 1
    assert data.draw_fraction(small.dataset(), 0.5, 2**32 - 1).sum() > 0


def test_a_plan_with_numbers_of_numpy_is_recorded_as_numbers():
    augmentation = Augmentation(shift=np.int64(1), brightness=np.float32(0.5))
    recorded = Plan(augmentation=augmentation, batch_size=np.int32(8)).to_dict()
    assert recorded["batch_size"] == 8
    assert dataclasses.asdict(augmentation) == recorded["augmentation"]
    assert json.loads(json.dumps(recorded))["augmentation"]["brightness"] == 0.5

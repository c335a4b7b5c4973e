"""Tokens beyond a network's vocabulary are refused before anything is computed."""

import numpy as np
import optax
import pytest

import jaxcnn
from jaxcnn.data import Dataset

pytestmark = pytest.mark.thorough

WORDS = jaxcnn.Sequential([jaxcnn.Embedding(20, 4), jaxcnn.GlobalAvgPool(), jaxcnn.Dense(2)])
WITHIN = Dataset([[0, 19, 3], [1, 2, 0]], [0, 1], ("a", "b"), kind="tokens")
BEYOND = Dataset([[0, 19, 3], [1, 20, 0]], [0, 1], ("a", "b"), kind="tokens")
OPTIONS = {"batch_size": 2, "epochs": 1, "tx": optax.sgd(0.1), "devices": 1, "progress": False}
MESSAGE = r": expected tokens from 0 to 19, the vocabulary .* got 20 at \(1, 1\)"


@pytest.fixture(scope="module")
def run():
    return jaxcnn.fit(WORDS, WITHIN, **OPTIONS)


def test_the_sets_of_a_training():
    with pytest.raises(ValueError, match="^train" + MESSAGE):
        jaxcnn.fit(WORDS, BEYOND, **OPTIONS)
    with pytest.raises(ValueError, match="^validation" + MESSAGE):
        jaxcnn.fit(WORDS, WITHIN, validation=BEYOND, **OPTIONS)
    with pytest.raises(ValueError, match="^train" + MESSAGE):
        jaxcnn.training.dry_run(WORDS, BEYOND, batch_size=2)


def test_what_a_network_is_given(run, tmp_path):
    with pytest.raises(ValueError, match="^tokens" + MESSAGE):
        run.predict(BEYOND.images)
    with pytest.raises(ValueError, match="^dataset" + MESSAGE):
        run.evaluate(BEYOND)
    with pytest.raises(ValueError, match="^dataset" + MESSAGE):
        run.save(tmp_path / "run", test=BEYOND)
    assert np.isfinite(run.evaluate(WITHIN).loss)

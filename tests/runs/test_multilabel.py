"""Several labels an image, from `fit` to a folder and back."""

import dataclasses
import json

import numpy as np
import pytest
import small
from PIL import Image
from sklearn import metrics

import jaxcnn
from jaxcnn import functional as F
from jaxcnn.data import Dataset, SingleLabel

pytestmark = pytest.mark.thorough


def dataset(n: int = 60, seed: int = 0) -> Dataset:
    """Images of noise with any of three bright rows: their places are the labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, (n, 3))
    images = rng.integers(0, 80, (n, 8, 8, 1))
    images[:, :6:2] += 150 * labels[:, :, None, None]
    return Dataset(images.astype(np.uint8), labels, ("a", "b", "c"), "rows", multilabel=True)


DATA, TEST = dataset(), dataset(30, seed=1)


@pytest.fixture(scope="module")
def run():
    # 20 to a batch: on three devices some of them get an example that only fills up.
    net = jaxcnn.Sequential([jaxcnn.Conv(4, 3), *small.LINEAR.layers])
    return jaxcnn.fit(net, DATA, validation=TEST, epochs=4, batch_size=20, progress=False)


def test_several_labels_are_learned(run):
    assert run.history[-1]["train_accuracy"] > 0.8
    assert run.history[-1]["validation_accuracy"] > 0.8


def test_each_label_has_a_probability_of_its_own(run):
    logits = run.network.logits(TEST.images)
    probabilities = run.predict_proba(TEST.images)
    np.testing.assert_allclose(probabilities, 1 / (1 + np.exp(-logits)), rtol=1e-5)
    guesses = run.predict(TEST.images)
    assert (guesses.dtype, guesses.shape) == (bool, (30, 3))
    np.testing.assert_array_equal(guesses, probabilities >= 0.5)
    thresholds = np.array([0.0, 0.9, 1.0])
    np.testing.assert_array_equal(
        run.predict(TEST.images, thresholds=thresholds), probabilities >= thresholds
    )
    assert run.predict(TEST.images, thresholds=0).all()


def test_evaluation_is_that_of_whole_examples(run):
    evaluation = run.evaluate(TEST)
    right = int((run.predict(TEST.images) == TEST.labels).all(axis=1).sum())
    assert (evaluation.accuracy, evaluation.examples) == (right / 30, 30)
    assert evaluation.interval == F.wilson_interval(right, 30)
    loss = metrics.log_loss(TEST.labels.ravel(), run.predict_proba(TEST.images).ravel())
    assert evaluation.loss == pytest.approx(loss, rel=1e-4)


def test_all_likely_labels_of_a_picture_are_named(run, tmp_path):
    for labels in ([1, 0, 1], [0, 0, 0]):
        image = np.full((8, 8), 40, np.uint8)
        image[:6:2] += 150 * np.array(labels, np.uint8)[:, None]
        Image.fromarray(image).save(tmp_path / "image.png")
        named = run.classify(tmp_path / "image.png")
        expected = [name for name, shown in zip("abc", labels, strict=True) if shown]
        assert sorted(name for name, _ in named) == expected
        assert len(run.classify(tmp_path / "image.png", top=2)) == 2


def test_a_saved_network_predicts_the_same_bits(run, tmp_path):
    folder = run.save(tmp_path / "run", test=TEST)
    network = jaxcnn.load(folder).network
    assert network.multilabel
    np.testing.assert_array_equal(
        network.predict_proba(TEST.images), run.predict_proba(TEST.images)
    )
    pictures = jaxcnn.reports.save_pictures(jaxcnn.load(folder), tmp_path)
    assert {file.name for file in pictures} == {"curves.png", "filters.png"}
    result = json.loads((folder / "result.json").read_text())
    guesses = run.predict(TEST.images)
    f1 = metrics.f1_score(TEST.labels, guesses, average=None)
    np.testing.assert_allclose([result["test_f1"][name] for name in "abc"], f1, rtol=1e-6)
    assert set(result["test_average_precision"]) == set("abc")


def test_a_folder_of_version_1_says_what_its_labels_mean_by_a_flag(run, tmp_path):
    file = small.unsigned(run.save(tmp_path / "run")) / "network.json"
    content = json.loads(file.read_text()) | {"version": 1}
    del content["task"], content["kind"]
    for flag in ({}, {"multilabel": False}, {"multilabel": True}):
        file.write_text(json.dumps(content | flag))
        assert jaxcnn.load(tmp_path / "run").network.multilabel == flag.get("multilabel", False)
    file.write_text(json.dumps(content | {"multilabel": "yes"}))
    with pytest.raises(ValueError, match=r"network.json: multilabel: expected true or false"):
        jaxcnn.load(tmp_path / "run")


PLAIN = small.dataset()


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (
            lambda run: run.evaluate(PLAIN),
            r"dataset: expected a data set of Multilabel\(\), got one of SingleLabel\(\)",
        ),
        (
            lambda run: run.evaluate(
                Dataset(DATA.images, DATA.labels[:, :2], ("a", "b"), multilabel=True)
            ),
            "dataset: expected 3 classes, got 2",
        ),
        (
            lambda run: run.predict(DATA.images, thresholds=[0.5, 0.5]),
            r"thresholds: expected one number, or one per class, 3, got shape \(2,\)",
        ),
        (
            lambda run: run.predict(DATA.images, thresholds=1.5),
            "thresholds: expected probabilities, 0 to 1, got 1.5",
        ),
        (
            lambda run: dataclasses.replace(run.network, task=SingleLabel()).predict(
                DATA.images, thresholds=0.5
            ),
            "thresholds: expected None for a network that is not multilabel",
        ),
        (
            lambda _: jaxcnn.fit(small.LINEAR, DATA, validation=PLAIN, batch_size=20),
            r"validation: expected a data set of Multilabel\(\), got one of SingleLabel",
        ),
        (
            lambda _: jaxcnn.fit(small.LINEAR, PLAIN, validation=TEST, batch_size=20),
            r"validation: expected a data set of SingleLabel\(\), got one of Multilabel",
        ),
    ],
)
def test_what_does_not_fit_is_told(run, use, message):
    with pytest.raises(ValueError, match=message):
        use(run)

"""What of the test set is kept for the report."""

import dataclasses
import shutil

import bright_rows
import numpy as np
import pytest
import safetensors.numpy
import small

from jaxcnn.data import Dataset, Multilabel
from jaxcnn.inference import Normalization, Predictions
from jaxcnn.runs import NetworkInterface, SavedTestSet, _saved_test_set
from jaxcnn.runs._saved_test_set import read_test_set

KEPT = "test.safetensors"
TEST = small.dataset(seed=1)
FACTS = NetworkInterface((8, 8, 1), ("a", "b", "c"), Normalization((0.0,), (1.0,)))


@pytest.fixture(scope="module")
def network():
    return bright_rows.network()


@pytest.fixture(scope="module")
def folder(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("kept")
    SavedTestSet.of(Predictions.of(network, TEST)).write(path / KEPT, FACTS)
    return path


def test_a_small_set_is_kept_whole(network, folder):
    kept = read_test_set(folder / KEPT, FACTS)
    assert kept is not None
    np.testing.assert_array_equal(kept.examples, np.arange(40))
    np.testing.assert_array_equal(kept.shown, np.arange(40))
    np.testing.assert_array_equal(kept.images, TEST.images)
    np.testing.assert_array_equal(kept.labels, TEST.labels)
    np.testing.assert_array_equal(kept.logits, network.logits(TEST.images))


def test_of_a_large_set_evenly_chosen_examples_are_kept(network, tmp_path, monkeypatch):
    monkeypatch.setattr(_saved_test_set, "MAX_BYTES", 64 * 5)  # 5 images, 26 rows of 3 float32
    SavedTestSet.of(Predictions.of(network, TEST)).write(tmp_path / KEPT, FACTS)
    kept = read_test_set(tmp_path / KEPT, FACTS)
    assert kept is not None
    assert (len(kept.examples), len(kept.shown)) == (26, 5)
    assert (kept.examples[0], kept.examples[-1]) == (0, 39)
    assert set(np.diff(kept.examples)) == {1, 2}
    np.testing.assert_array_equal(kept.labels, TEST.labels[kept.examples])
    np.testing.assert_array_equal(kept.images, TEST.images[kept.examples[kept.shown]])


def test_images_in_floating_point_are_kept_in_8_bits(network, tmp_path):
    floats = dataclasses.replace(TEST, images=TEST.images / np.float32(255))
    SavedTestSet.of(Predictions.of(network, floats)).write(tmp_path / KEPT, FACTS)
    kept = read_test_set(tmp_path / KEPT, FACTS)
    assert kept is not None
    np.testing.assert_array_equal(kept.images, TEST.images)


def test_several_labels_an_image_are_kept(network, tmp_path):
    labels = np.eye(3, dtype=np.uint8)[TEST.labels]
    several = Dataset(TEST.images, labels, TEST.class_names, multilabel=True)
    SavedTestSet.of(Predictions.of(network, several)).write(
        tmp_path / KEPT, FACTS._replace(task=Multilabel())
    )
    kept = read_test_set(tmp_path / KEPT, FACTS._replace(task=Multilabel()))
    assert kept is not None
    np.testing.assert_array_equal(kept.labels, labels)


def test_nothing_was_kept(tmp_path):
    assert read_test_set(tmp_path / KEPT, FACTS) is None


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("more", np.zeros(1), "expected examples, logits, labels, shown, images; got .*'more'"),
        ("logits", np.zeros((40, 4), np.float32), r"logits: expected float32 of shape \(40, 3\)"),
        ("logits", np.full((40, 3), np.nan, np.float32), "logits: expected finite numbers"),
        ("labels", np.full(40, 3, np.int32), "labels: expected 0 to 2, got 3"),
        ("labels", np.zeros(40), r"labels: expected int32 of shape \(40,\), got float64"),
        ("shown", np.arange(40) + 1, "shown: expected numbers from 0 to 39"),
        ("examples", np.arange(40) - 1, "examples: expected whole numbers from 0 on"),
        ("images", np.zeros((40, 8, 9, 1), np.uint8), r"images: expected uint8 of shape"),
    ],
)
def test_a_file_that_does_not_fit(folder, tmp_path, name, values, message):
    tensors = safetensors.numpy.load_file(folder / KEPT)
    safetensors.numpy.save_file(tensors | {name: values}, tmp_path / KEPT)
    with pytest.raises(ValueError, match=f"test.safetensors: {message}"):
        read_test_set(tmp_path / KEPT, FACTS)


def test_a_damaged_file(folder, tmp_path):
    shutil.copy(folder / KEPT, tmp_path)
    (tmp_path / KEPT).write_bytes((tmp_path / KEPT).read_bytes()[:-1])
    with pytest.raises(ValueError, match="not a readable safetensors file"):
        read_test_set(tmp_path / KEPT, FACTS)

"""What of the test set is kept for the report."""

import dataclasses
import json
import shutil

import bright_rows
import numpy as np
import pytest
import safetensors.numpy
import small

import jaxcnn
from jaxcnn.data import Dataset, Multilabel
from jaxcnn.inference import Predictions
from jaxcnn.runs import SavedTestSet, read_record

KEPT = "test.safetensors"
TEST = dataclasses.replace(small.dataset(seed=1), class_names=bright_rows.NAMES)


@pytest.fixture(scope="module")
def network():
    return bright_rows.network()


@pytest.fixture(scope="module")
def folder(network, tmp_path_factory):
    return small.unsigned(jaxcnn.Run(network).save(tmp_path_factory.mktemp("kept"), test=TEST))


def test_a_small_set_is_kept_whole(network, folder):
    kept = read_record(folder).test
    assert kept is not None
    np.testing.assert_array_equal(kept.examples, np.arange(40))
    np.testing.assert_array_equal(kept.shown, np.arange(40))
    np.testing.assert_array_equal(kept.images, TEST.images)
    np.testing.assert_array_equal(kept.labels, TEST.labels)
    np.testing.assert_array_equal(kept.logits, network.logits(TEST.images))


def test_the_files_are_kept(network, tmp_path):
    paths = ["pictures/\udcff.png", *(f"ä {i}.png" for i in range(39))]
    test = dataclasses.replace(TEST, paths=paths)
    jaxcnn.Run(network).save(tmp_path, test=test)
    kept = read_record(tmp_path).test
    assert kept is not None
    assert kept.paths == test.paths
    part = SavedTestSet.of(Predictions(test, np.zeros((40, 200_000), np.float32)))
    assert part.paths == tuple(paths[i] for i in part.examples)


@pytest.mark.parametrize("paths", [b"{", b'["a.png"]', b"[" * 9000, json.dumps([1] * 40).encode()])
def test_damaged_paths(paths, folder, tmp_path):
    tensors = safetensors.numpy.load_file(folder / KEPT)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    tensors["paths"] = np.frombuffer(paths, np.uint8)
    safetensors.numpy.save_file(tensors, tmp_path / KEPT)
    with pytest.raises(ValueError, match=rf"^{tmp_path / KEPT}: paths: expected "):
        read_record(tmp_path)


def test_of_a_large_set_evenly_chosen_examples_are_kept():
    """Of 100 examples the logits are 16 MB, of 60 the images."""
    images = np.arange(120, dtype=np.uint8)[:, None, None, None] * np.ones((500, 533, 1), np.uint8)
    test = Dataset(images, np.arange(120) % 3, TEST.class_names)
    kept = SavedTestSet.of(Predictions(test, np.zeros((120, 40_000), np.float32)))
    assert (len(kept.examples), len(kept.shown)) == (100, 60)
    assert (kept.examples[0], kept.examples[-1]) == (0, 119)
    assert set(np.diff(kept.examples)) == {1, 2}
    np.testing.assert_array_equal(kept.labels, test.labels[kept.examples])
    np.testing.assert_array_equal(kept.images, test.images[kept.examples[kept.shown]])


def test_a_part_of_a_set_is_read_back(folder, tmp_path):
    tensors = safetensors.numpy.load_file(folder / KEPT)
    part = {name: tensors[name][[1, 4, 6]] for name in ("examples", "logits", "labels")}
    part |= {"shown": np.array([0, 2]), "images": tensors["images"][[1, 6]]}
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    safetensors.numpy.save_file(part, tmp_path / KEPT)
    kept = read_record(tmp_path).test
    assert kept is not None
    assert (kept.examples.tolist(), kept.shown.tolist()) == ([1, 4, 6], [0, 2])
    np.testing.assert_array_equal(kept.images, TEST.images[[1, 6]])


def test_images_in_floating_point_are_kept_in_8_bits(network):
    floats = dataclasses.replace(TEST, images=TEST.images / np.float32(255))
    kept = SavedTestSet.of(Predictions.of(network, floats))
    np.testing.assert_array_equal(kept.images, TEST.images)


@pytest.mark.thorough
def test_several_labels_an_image_are_kept(network, tmp_path):
    labels = np.eye(3, dtype=np.uint8)[TEST.labels]
    several = Dataset(TEST.images, labels, TEST.class_names, multilabel=True)
    run = jaxcnn.Run(dataclasses.replace(network, task=Multilabel()))
    kept = read_record(run.save(tmp_path, test=several)).test
    assert kept is not None
    np.testing.assert_array_equal(kept.labels, labels)


def test_nothing_was_kept(network, tmp_path):
    assert read_record(jaxcnn.Run(network).save(tmp_path)).test is None


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("more", np.zeros(1), "expected examples, logits, labels, shown, images, got .*'more'"),
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
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    safetensors.numpy.save_file(tensors | {name: values}, tmp_path / KEPT)
    with pytest.raises(ValueError, match=f"test.safetensors: {message}"):
        read_record(tmp_path)


def test_a_damaged_file(folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / KEPT).write_bytes((tmp_path / KEPT).read_bytes()[:-1])
    with pytest.raises(ValueError, match="not a readable safetensors file"):
        read_record(tmp_path)

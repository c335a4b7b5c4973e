"""The preprocessing of a network: it stands in its folder, and all that reads files uses it."""

import dataclasses
import json

import jax
import numpy as np
import pytest
import saved_runs
import small
from golden.make_timm_preprocessing import picture
from PIL import Image

import jaxcnn
from jaxcnn.data import PictureStatistics, Preprocessing, evaluation_files, image_folder, load_image
from jaxcnn.experiment import evaluation_set
from jaxcnn.training import Plan
from jaxcnn.training._fresh_network import fresh_network

HOW = Preprocessing("bicubic", crop_pct=0.8)


@pytest.fixture
def run():
    run = saved_runs.run()
    network = dataclasses.replace(run.network, preprocessing=HOW)
    return dataclasses.replace(run, network=network)


@pytest.fixture
def pets(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(3):
            size = 20 + number, 31 - 5 * number
            Image.fromarray(picture(size)).save(tmp_path / f"pets/{name}/{number}.png")
    return tmp_path / "pets"


def test_a_folder_keeps_it(run, tmp_path):
    loaded = jaxcnn.load(run.save(tmp_path / "run"))
    assert loaded.network.preprocessing == HOW
    assert json.loads((tmp_path / "run/network.json").read_text())["version"] == 3
    # What older versions read stays as it was.
    saved_runs.run().save(tmp_path / "plain")
    content = json.loads((tmp_path / "plain/network.json").read_text())
    assert content["version"] == 2
    assert "preprocessing" not in content


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.pop("preprocessing"), "expected an entry 'preprocessing', got none"),
        (lambda c: c.update(preprocessing=None), "preprocessing: expected interpolation, crop_pct"),
        (
            lambda c: c["preprocessing"].update(crop_pct=2),
            "preprocessing: crop_pct: expected a fin",
        ),
        (lambda c: c["preprocessing"].update(crop_pct=1e-300), "of at least 0.01 and of at most 1"),
        (
            lambda c: c["preprocessing"].update(fill=[1, 2]),
            "fill: expected three numbers in 0..255",
        ),
        (lambda c: c["preprocessing"].update(crop_mode=3), "crop_mode: expected one of center, sq"),
        (lambda c: c["preprocessing"].update(interpolation=["bicubic"]), "expected one of nearest"),
        (lambda c: c.update(version=2), "preprocessing: expected none in version 2, got one"),
    ],
)
def test_a_damaged_one(run, tmp_path, change, message):
    folder = small.unsigned(run.save(tmp_path / "run"))
    content = json.loads((folder / "network.json").read_text())
    change(content)
    (folder / "network.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=rf"network\.json: .*{message}"):
        jaxcnn.load(folder)


@pytest.mark.thorough
def test_all_that_reads_files_uses_it(run, pets, tmp_path):
    folder, network = run.save(tmp_path / "run"), run.network
    paths = sorted(pets.glob("*/*"))
    images = np.stack([load_image(path, (4, 4, 1), preprocessing=HOW) for path in paths])
    expected = network.predict_proba(images)
    found = [*jaxcnn.predict_files(network, pets)]
    np.testing.assert_allclose([each.probabilities for each in found], expected, rtol=1e-5)
    named = dict(network.classify(paths[0]))
    assert [named[name] for name in network.class_names] == pytest.approx(expected[0].tolist())
    np.testing.assert_array_equal(evaluation_set(folder, pets).images, images)


def test_files_that_are_read_otherwise(run, pets):
    files = evaluation_files(pets, (4, 4, 1), run.network.class_names)
    with pytest.warns(UserWarning, match=r"dataset: expected pictures read with Preprocessing\("):
        run.network.check_takes(files)
    run.network.check_takes(dataclasses.replace(files, preprocessing=HOW))


def test_a_network_keeps_that_of_its_training_set(pets):
    train = image_folder(pets, (4, 4), channels=1, preprocessing=HOW).train
    model = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(2)])
    assert fresh_network(model, train, Plan(), jax.random.key(0)).preprocessing == HOW
    assert PictureStatistics.of(train).ranges["cropped"].median > 0.3


def test_what_is_no_preprocessing(run):
    with pytest.raises(TypeError, match=r"preprocessing: expected a jaxcnn\.data\.Preprocessing"):
        dataclasses.replace(run.network, preprocessing="bicubic")

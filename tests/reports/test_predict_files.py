import dataclasses
import io
import json

import numpy as np
import pytest

import jaxcnn
from jaxcnn.data import load_image
from jaxcnn.runs import Run


@pytest.mark.thorough
def test_each_file_is_as_if_it_were_alone(network, pictures):
    """Guide row A1.2: a photo of 480×480×3 is 691,200 numbers; a network names what is on it."""
    assert load_image(pictures / "photo.jpg").size == 480 * 480 * 3 == 691_200
    files = [pictures / "photo.jpg", *(pictures / "more" / f"{i}.png" for i in range(2, 9))]
    for batch_size in (3, 100):
        found = list(jaxcnn.predict_files(network, files, batch_size=batch_size, devices=1))
        assert [each.path for each in found] == [str(path) for path in files]
        for prediction in found[:2]:
            alone = network.classify(prediction.path)
            assert [name for name, _ in prediction.classes] == [name for name, _ in alone]
            np.testing.assert_allclose(
                [each for _, each in prediction.classes], [each for _, each in alone], rtol=1e-5
            )
    likely = network.predict_proba(np.stack([load_image(path, (8, 8, 3)) for path in files]))
    np.testing.assert_allclose([each.probabilities for each in found], likely, rtol=1e-5)
    assert len({each.classes for each in found}) == len(files)


@pytest.mark.thorough
def test_a_broken_picture_is_named_and_the_rest_go_on(network, pictures, tmp_path):
    good = pictures / "more" / "2.png"
    files = [pictures / "broken.jpg", good, "nowhere.png", tmp_path, good, "nul\0.png"]
    found = list(jaxcnn.predict_files(network, files, batch_size=4))
    broken, first, missing, empty, second, odd = found
    assert broken.error
    assert broken.error.startswith("expected an image, got another or a damaged file (")
    assert missing.error == "No such file or directory"
    assert empty.error == "no image files in this folder"
    assert "expected the name of a file" in str(odd)
    assert first.error is second.error is None
    assert first.classes == second.classes
    assert broken.classes == ()
    assert broken.probabilities is None


def test_one_file_alone_open_or_of_a_run(network, pictures):
    photo = pictures / "photo.jpg"
    (alone,) = jaxcnn.predict_files(network, str(photo))
    (opened,) = jaxcnn.predict_files(network, io.BytesIO(photo.read_bytes()))
    assert opened.path == "an open file"
    (of_run,) = jaxcnn.predict_files(Run(network, ()), photo)
    assert alone.classes == opened.classes == of_run.classes


def test_how_many_are_named(network, many, pictures):
    def classes(model, **options):
        (prediction,) = jaxcnn.predict_files(model, pictures / "photo.jpg", **options)
        return prediction.classes

    every = classes(network)
    assert [each for _, each in every] == sorted((each for _, each in every), reverse=True)
    assert sum(each for _, each in every) == pytest.approx(1)
    assert classes(network, top=1) == every[:1]
    labels = classes(many, top=3)
    assert classes(many) == tuple(label for label in labels if label[1] >= 0.5)
    assert classes(many, thresholds=0.0) == labels
    assert classes(many, thresholds=labels[1][1]) == labels[:2]
    assert classes(many, thresholds=1.0) == ()


def test_what_is_written_about_a_picture(network, many, pictures):
    (prediction,) = jaxcnn.predict_files(network, pictures / "photo.jpg", top=2)
    (first, one), (second, two) = prediction.classes
    assert str(prediction) == f"{first} {one:.0%}, {second} {two:.0%}"
    sure = dataclasses.replace(prediction, classes=(("cat", 0.9997), ("dog", 0.0003)))
    assert str(sure) == "cat >99.9%, dog <1%"
    content = json.loads(json.dumps(prediction.to_dict()))
    assert content["path"] == str(pictures / "photo.jpg")
    assert content["classes"][0] == {"class": first, "probability": pytest.approx(one, abs=1e-6)}
    (nothing,) = jaxcnn.predict_files(many, pictures / "photo.jpg", thresholds=1.0)
    assert str(nothing) == "none"
    assert nothing.to_dict()["classes"] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top": 0}, "top: expected at least 1, got 0"),
        ({"thresholds": 0.5}, "not multilabel"),
        ({"batch_size": 0}, "batch_size: expected at least 1, got 0"),
        ({"files": []}, "at least one image file"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_read(network, options, message):
    with pytest.raises(ValueError, match=message):
        jaxcnn.predict_files(network, **{"files": "nowhere.png", **options})


def test_a_network_and_not_its_folder():
    with pytest.raises(TypeError, match=r"network: .*got str \(jaxcnn.load\(folder\) reads"):
        jaxcnn.predict_files("runs/mine", ["1.png"])  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("read", [jaxcnn.report, jaxcnn.load, jaxcnn.runs.verify])
def test_a_folder_and_not_its_run(read, network):
    for trained in (network, Run(network)):
        with pytest.raises(TypeError, match=r"folder: .*, got .* \(run.save\(folder\) writes it\)"):
            read(trained)


def test_names_are_of_one_image(network):
    with pytest.raises(ValueError, match=r"probabilities: expected shape \(3,\), of one image"):
        network.top_classes(np.ones((1, 3)))


def test_a_choice_of_two_ways_to_choose(many):
    with pytest.raises(ValueError, match="top: expected None with thresholds, got 1"):
        jaxcnn.predict_files(many, "nowhere.png", top=1, thresholds=0.2)

"""What is often passed in place of a labeled set, and the hints that the errors give."""

import inspect

import pytest
import small

import jaxcnn
from jaxcnn import training
from jaxcnn.training._sets import check_sets

IMAGES, LABELS = small.dataset(n=4).images, small.dataset(n=4).labels

TRAINERS = [
    jaxcnn.fit,
    jaxcnn.fit_ensemble,
    training.dry_run,
    training.overfit_one_batch,
    training.learning_rate_range,
]


@pytest.mark.parametrize("train", TRAINERS)
def test_images_and_labels_are_one_set(train):
    with pytest.raises(TypeError, match=r"train: expected one labeled set, got several .*Dataset"):
        train(small.LINEAR, IMAGES, LABELS)
    assert [*inspect.signature(train).parameters][:2] == ["model", "train"]


@pytest.mark.parametrize("train", TRAINERS)
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (IMAGES, r"train: .*got ndarray \(images and labels .*Dataset\(images, labels, class_na"),
        ([IMAGES, LABELS], "train: .*got list .images and labels go together into jaxcnn.data.Da"),
        ((image for image in IMAGES), r"train: .*got generator \(jaxcnn.data.from_batches takes"),
        ({"x": IMAGES, "y": LABELS}, r"train: .*got dict \(jaxcnn.data.from_sequence takes data"),
        ([{"image": IMAGES[0], "label": 0}], r"got list \(jaxcnn.data.from_sequence takes data"),
        ([(IMAGES[0], 0)], r"train: .*got list \(jaxcnn.data.from_sequence .* and lists of rows"),
        ([], r"train: expected a data set, got list \(it is empty\)"),
        ("pictures", r"train: .*got str \(jaxcnn.data.image_folder reads folders, jaxcnn.data.im"),
    ],
)
def test_what_is_no_set(train, data, message):
    with pytest.raises(TypeError, match=message):
        train(small.LINEAR, data)


@pytest.mark.parametrize("train", TRAINERS)
@pytest.mark.parametrize("data", [small.dataset(), (IMAGES, LABELS)], ids=["set", "pair"])
def test_the_model_comes_first(train, data):
    with pytest.raises(TypeError, match=r"model: expected an .*\(the model comes first, then the"):
        train(data, small.LINEAR)
    with pytest.raises(TypeError, match=r"model: expected an .*\(the model comes first, then the"):
        training.cross_validate(data, small.LINEAR)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("resnet20", r"got 'resnet20' \(networks are .* jaxcnn.models.resnet20\(num_classes\)\)"),
        ("mynet", r"got 'mynet' \(networks are made .* jaxcnn.models.resnet18\(num_classes\)\)"),
        (jaxcnn.models.cifar_small, r"got function \(call it: cifar_small\(...\)\)"),
        (jaxcnn.GlobalAvgPool, r"got the class GlobalAvgPool \(pass an instance\)"),
    ],
)
def test_what_makes_a_model_is_no_model(model, message):
    with pytest.raises(TypeError, match=message):
        jaxcnn.fit(model, small.dataset())


def test_class_weights_of_unknown_classes():
    with pytest.raises(ValueError, match=r"expected names of classes, \('a', 'b', 'c'\), got 'x'"):
        jaxcnn.fit(small.LINEAR, small.dataset(), class_weights={"x": 5})


def test_a_share_in_place_of_a_validation_set():
    expected = r"validation: expected a data set, got float \(split .*= data.split\(0.2\)\)"
    with pytest.raises(TypeError, match=expected):
        jaxcnn.fit(small.LINEAR, small.dataset(), validation=0.2)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("number", [5, 1.5, 0, -0.1, float("nan")])
def test_a_number_that_is_no_share_gets_no_hint(number):
    with pytest.raises(TypeError, match=r"validation: expected a data set, got (int|float)$"):
        jaxcnn.fit(small.LINEAR, small.dataset(), validation=number)


@pytest.mark.parametrize("train", TRAINERS)
def test_a_class_is_no_instance(train):
    with pytest.raises(TypeError, match=r"model: .*got the class FlaxModule \(pass an instance\)$"):
        train(small.FlaxModule, small.dataset())
    with pytest.raises(TypeError, match=r"train: .*got the class Dataset \(pass an instance\)$"):
        train(small.LINEAR, jaxcnn.data.Dataset)


def test_validation_is_a_set():
    with pytest.raises(TypeError, match=r"validation: .*got list .*data.Dataset\(images, labels"):
        jaxcnn.fit(small.LINEAR, small.dataset(), validation=[IMAGES, LABELS])


@pytest.mark.parametrize(
    ("train", "own"),
    [
        (
            jaxcnn.fit,
            "validation, plan, on_epoch, on_step, progress, held_out, checkpoints, resume",
        ),
        (jaxcnn.fit_ensemble, "validation, seeds, learning_rates, tx, devices, mode, plan"),
        (training.dry_run, "validation, plan"),
    ],
)
def test_an_error_lists_all_options(train, own):
    with pytest.raises(TypeError, match=f"lr: expected one of the options epochs, .*{own}"):
        train(small.LINEAR, small.dataset(), lr=0.1)


def test_an_option_of_fit_alone_is_suggested():
    with pytest.raises(TypeError, match=r"\(did you mean checkpoints\?\)"):
        jaxcnn.fit(small.LINEAR, small.dataset(), checkpoint="saved")


def test_the_training_set_is_no_validation_set():
    data = small.dataset()
    with pytest.warns(UserWarning, match="validation: .* the training set itself") as warned:
        check_sets(small.LINEAR, data, data)
    assert len(warned) == 1
    check_sets(small.LINEAR, data, small.dataset())


def test_the_warning_is_at_the_line_of_the_caller():
    data = small.dataset()
    with (
        pytest.warns(UserWarning, match="the training set itself") as warned,
        pytest.raises(ValueError, match="batch_size: expected at most the 40"),
    ):
        jaxcnn.fit(small.LINEAR, data, validation=data, batch_size=80)
    assert warned[0].filename == __file__

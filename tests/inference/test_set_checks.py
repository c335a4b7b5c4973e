"""Sets whose classes are not those of a network, or of another set."""

import dataclasses

import built
import jax.numpy as jnp
import numpy as np
import pytest
import small

import jaxcnn
from jaxcnn.data import Dataset
from jaxcnn.inference import (
    Network,
    Normalization,
    Predictions,
    check_same_classes,
    functionalize,
)
from jaxcnn.runs import Run
from jaxcnn.training import Ensemble

IMAGES = np.zeros((4, 2, 2, 1), np.uint8)


def single(*names):
    return Dataset(IMAGES, np.arange(4) % len(names), names)


def network(*names):
    net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(len(names))])
    apply, variables = functionalize(built.filled(net, (2, 2, 1)))
    return Network(apply, variables, Normalization((0.5,), (0.2,)), (2, 2, 1), names, net)


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (
            ("dog", "cat"),
            r"set: expected the classes of `train`, \('cat', 'dog', 'cow'\), got \('dog', 'cat'\) "
            r"\(renumber its labels: set.match_classes\(train.class_names\)",
        ),
        (("dog", "cow"), r"got \('dog', 'cow'\) \(renumber"),
        (
            ("cat", "dog", "horse"),
            r"'horse'\) \(leave out examples of unknown classes, such as 'horse'; other names of",
        ),
        (("cat", "dog", "cow", "x"), r"'x'\) \(leave out examples of unknown classes, such as 'x'"),
    ],
)
def test_the_error_shows_both_lists(found, message):
    with pytest.raises(ValueError, match=message):
        check_same_classes("set", single(*found), ("cat", "dog", "cow"), "train")


def test_the_first_classes_are_enough():
    check_same_classes("set", single("cat", "dog"), ("cat", "dog", "cow"))
    check_same_classes("set", single("cafe\u0301"), ("caf\u00e9", "bar"))


def test_several_labels_need_all_classes_in_order():
    data = Dataset(IMAGES, np.ones((4, 2), int), ("cat", "dog"), multilabel=True)
    check_same_classes("set", data, ("cat", "dog"))
    with pytest.raises(ValueError, match=r"\('dog', 'cat'\), got \('cat', 'dog'\)"):
        check_same_classes("set", data, ("dog", "cat"))


def test_numbers_without_names_fit_any_names():
    named = Dataset(IMAGES, np.ones((4, 2)), ("x", "y"), task="regression")
    unnamed = Dataset(IMAGES, np.ones((4, 2)), task="regression")
    check_same_classes("set", unnamed, named.class_names)
    check_same_classes("set", named, unnamed.class_names)
    with pytest.raises(ValueError, match=r"set: expected the numbers of `network`, \('y', 'x'\)"):
        check_same_classes("set", named, ("y", "x"))


def test_a_network_compares_names():
    trained = network("cat", "dog")
    swapped = single("dog", "cat")
    run = Run(trained)
    for call in (
        trained.evaluate,
        run.evaluate,
        lambda data: Predictions.of(trained, data),
        lambda data: jaxcnn.explain.classification_report(run, data),
        lambda data: jaxcnn.explain.robustness(run, data),
        Ensemble((run,), (0,), (0.1,), (None,)).evaluate,
    ):
        with pytest.raises(ValueError, match=r"dataset: expected .*\('cat', 'dog'\), got \('dog',"):
            call(swapped)
    matched = swapped.match_classes(trained.class_names)
    assert matched.labels.tolist() == [1, 0, 1, 0]
    trained.check_takes(matched)


def test_images_and_labels_in_place_of_a_set():
    run = Run(network("cat", "dog"))
    members = Ensemble((run,), (0,), (0.1,), (None,))
    for call in (run.network.evaluate, run.evaluate, members.evaluate):
        with pytest.raises(TypeError, match="dataset: expected one labeled set, got several"):
            call(IMAGES, [0, 1, 0, 1])
        with pytest.raises(TypeError, match=r"dataset: expected a data set, got ndarray .*Data"):
            call(IMAGES)


@pytest.mark.parametrize("data", [single("cat", "dog"), IMAGES], ids=["set", "array"])
def test_the_network_comes_first(data):
    run = Run(network("cat", "dog"))
    for call in (jaxcnn.explain.classification_report, jaxcnn.explain.saliency):
        with pytest.raises(TypeError, match=r"expected .*\(the network comes first, then the data"):
            call(data, run)


def test_a_run_is_not_saved_with_swapped_classes(tmp_path):
    with pytest.raises(ValueError, match="dataset: expected the classes of `network`"):
        Run(network("cat", "dog")).save(tmp_path / "run", test=single("dog", "cat"))


@pytest.mark.parametrize("train", [jaxcnn.fit, jaxcnn.fit_ensemble, jaxcnn.training.dry_run])
def test_validation_numbers_classes_as_training_does(train):
    with pytest.raises(ValueError, match=r"validation: expected the classes of `train`, \('a', "):
        train(
            small.LINEAR,
            single("a", "b", "c"),
            validation=single("c", "b", "a"),
            batch_size=2,
        )


def test_members_predict_the_same_classes():
    runs = (Run(network("cat", "dog")), Run(network("dog", "cat")))
    with pytest.raises(ValueError, match=r"members: expected networks of the same classes, \('cat"):
        Ensemble(runs, (0, 1), (0.1, 0.1), (None, None))


def test_neighbors_are_compared_by_name():
    neighbors = jaxcnn.explain.Neighbors(jnp.zeros((4, 1), int), jnp.zeros((4, 1)))
    with pytest.raises(ValueError, match="queries: expected the classes of `gallery`"):
        jaxcnn.explain.plot_neighbors(single("a", "b"), single("b", "a"), neighbors)


def test_names_of_a_network_become_text():
    trained = network("cat", "dog")
    made = dataclasses.replace(trained, class_names=np.array(["a", "b"]))
    assert made.class_names == ("a", "b")
    with pytest.raises(ValueError, match="class_names: expected distinct names, got 'a' twice"):
        dataclasses.replace(trained, class_names=("a", "a"))

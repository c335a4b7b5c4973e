"""`rewrite` measures each step, and its network is one like any other."""

import jax
import numpy as np
import pytest
from onnx_files import distance, in_onnx, inputs_for, network

import jaxcnn
from jaxcnn import Activation, BatchNorm, Conv, Dense, Dropout, GlobalAvgPool, Sequential
from jaxcnn.data import Dataset, Multilabel, Regression
from jaxcnn.inference import Network, functionalize

NET = Sequential(
    [Conv(6, 3), BatchNorm(), Activation("relu"), Dropout(0.5), GlobalAvgPool(), Dense(3)]
)
SHAPE = (6, 5, 3)


@pytest.fixture(scope="module")
def given():
    return network(NET, SHAPE)


@pytest.fixture(scope="module")
def images(given):
    return inputs_for(given, 20, normalized=False)


@pytest.fixture(scope="module")
def found(given, images):
    return jaxcnn.rewrite(given, images)


def test_each_step_is_measured(found):
    first, dropout, folded, *others = found.steps
    assert [step.step for step in found.steps] == ["given", *jaxcnn.rewriting.STEPS]
    assert [step.rewritten for step in found.steps] == [0, 1, 1, 0, 0]
    assert (first.layers, dropout.layers, folded.layers) == (6, 5, 4)
    assert first.parameters - folded.parameters == 12
    assert first.macs - folded.macs == 6 * 5 * 6
    assert dropout.error == 0 < folded.error < 1e-6
    assert {step.same for step in found.steps} == {20}
    assert {step.error for step in others} == {found.error}
    assert found.has_changed
    lines = str(found).splitlines()
    assert lines[0].split()[0] == "step"
    assert lines[3].split()[0] == "fold_batch_norms"
    assert lines[3].endswith("20 of 20")
    assert found.to_dict()["steps"][2]["error"] == folded.error


def test_nothing_to_rewrite():
    plain = network(Sequential([Activation("relu"), jaxcnn.Flatten(), Dense(3)]), SHAPE)
    found = jaxcnn.rewrite(plain, inputs_for(plain, 2, normalized=False))
    assert not found.has_changed
    assert str(found).splitlines()[-1].startswith("Nothing to rewrite: no step found a layer")


@pytest.mark.thorough
def test_the_network_predicts_saves_and_exports(found, given, images, tmp_path):
    expected = given.logits(images)
    jaxcnn.Run(found.network).save(tmp_path / "run")
    loaded = jaxcnn.load(tmp_path / "run").network
    assert loaded.architecture == found.network.architecture
    assert distance(loaded.logits(images), expected) < 1e-6
    written = jaxcnn.export.onnx(loaded, tmp_path / "small.onnx")
    assert written.nodes < jaxcnn.export.onnx(given, tmp_path / "given.onnx").nodes
    (logits,) = in_onnx(written.path, images)
    assert distance(logits, expected) < 1e-5


def test_a_step_beyond_the_tolerance_is_refused(given, images):
    match = r"tolerance: expected an error of at most 1e-20, got .* after 'fold_batch_norms', which"
    with pytest.raises(ValueError, match=match):
        jaxcnn.rewrite(given, images, tolerance=1e-20)
    found = jaxcnn.rewrite(given, images, steps=["remove_dropout"], tolerance=0)
    assert found.error == 0


def test_errors_that_are_no_numbers_are_refused(given, images):
    params = jax.tree.map(lambda leaf: leaf * np.nan, given.variables.params)
    broken = given.with_variables(given.variables._replace(params=params))
    with pytest.raises(ValueError, match="got inf after 'remove_dropout'"):
        jaxcnn.rewrite(broken, images)


def test_what_does_not_fit_is_refused(given, images):
    bare = Network(*functionalize(given.module), given.normalization, SHAPE, given.class_names)
    for arguments, options, kind, match in (
        ((bare, images), {}, ValueError, "network: expected layers of jaxcnn, got a network that"),
        ((NET, images), {}, TypeError, "network: expected a trained network or a run"),
        ((given, images[:0]), {}, ValueError, "images: expected at least one"),
        ((given, images), {"steps": "remove_dropout"}, TypeError, "steps: expected names"),
        ((given, images), {"steps": ["fold"]}, ValueError, "steps: expected"),
        ((given, images), {"tolerance": -1}, ValueError, "tolerance: expected"),
    ):
        with pytest.raises(kind, match=match):
            jaxcnn.rewrite(*arguments, **options)


def test_labeled_sets_and_other_tasks(given, images):
    labeled = Dataset(images, np.arange(20) % 3, given.class_names)
    once = ("remove_dropout",)
    assert jaxcnn.rewrite(jaxcnn.Run(given), labeled, steps=once).inputs == 20
    for task, same in ((Multilabel(), 20), (Regression(), None)):
        found = jaxcnn.rewrite(network(NET, SHAPE, task=task), images, steps=once)
        assert found.steps[1].same == same

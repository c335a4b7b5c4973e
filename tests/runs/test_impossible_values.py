"""Values that no run can have are refused by name, in folders without a manifest, too."""

import dataclasses
import json
import shutil

import jax
import numpy as np
import pytest
import safetensors.numpy
import saved_runs
import small

import jaxcnn


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return small.unsigned(saved_runs.run().save(tmp_path_factory.mktemp("saved") / "run"))


@pytest.fixture
def folder(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "run")


def change_json(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("array", "value", "message"),
    [
        ("params.layers.2.kernel", np.nan, "expected numbers, got NaN"),
        ("params.layers.2.bias", -np.inf, "expected finite numbers, got infinity"),
        ("batch_stats.layers.1.mean", np.inf, "expected finite numbers, got infinity"),
        ("batch_stats.layers.1.var", np.nan, "expected numbers, got NaN"),
        ("batch_stats.layers.1.var", -1.0, "expected variances, got -1"),
    ],
)
def test_weights_that_no_network_has(folder, array, value, message):
    file = folder / "weights.safetensors"
    arrays = safetensors.numpy.load_file(file)
    arrays[array] = arrays[array].copy()
    arrays[array].flat[0] = value
    safetensors.numpy.save_file(arrays, file)
    with pytest.raises(ValueError, match=rf"weights\.safetensors: {array}: {message}"):
        jaxcnn.load(folder)


def test_results_are_of_the_weights_beside_them(tmp_path):
    run, other = (
        dataclasses.replace(saved_runs.run(seed), result={}, test=None) for seed in (0, 1)
    )
    folder = run.save(tmp_path / "run")
    loaded = jaxcnn.load(folder)
    assert len(loaded.result["weights_sha256"]) == 64
    assert jaxcnn.load(loaded.save(tmp_path / "again")).result == loaded.result
    weights = other.save(tmp_path / "other") / "weights.safetensors"
    shutil.copy(weights, small.unsigned(folder))
    message = r"result\.json: weights_sha256: expected results of these weights, got those of oth"
    with pytest.raises(ValueError, match=message):
        jaxcnn.load(folder)
    halved = jax.tree.map(lambda leaf: leaf / 2, loaded.network.variables)
    odd = dataclasses.replace(loaded, network=loaded.network.with_variables(halved))
    with pytest.raises(ValueError, match=message):
        odd.save(tmp_path / "odd")
    assert not (tmp_path / "odd").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["normalization"].update(std=[1e-300]), "std: expected numbers within float32"),
        (lambda c: c["normalization"].update(std=[-1]), "std: expected a finite number above 0"),
        (lambda c: c["normalization"].update(std=[1e308]), "std: expected numbers within float32"),
        (lambda c: c["normalization"].update(std=[10**400]), "at most 300 digits, got 401"),
        (lambda c: c["normalization"].update(mean=[True]), "mean: expected a number, got True"),
        (lambda c: c["normalization"].update(mean=[float("nan")]), "finite numbers, got NaN"),
        (lambda c: c["normalization"].update(mean="0"), "mean: expected a list, got '0'"),
        (lambda c: c.update(class_names="abc"), "class_names: expected a list, got 'abc'"),
        (lambda c: c.update(class_names=["a"] * 3), "expected distinct names, got 'a' twice"),
        (lambda c: c.update(version=True), "version: expected 1 to 3, got True"),
        (lambda c: c.update(version=1.0), "version: expected 1 to 3, got 1.0"),
        (lambda c: c.update(input_shape=[4, 4, True]), "expected positive integers, got True"),
        (lambda c: c.update(input_shape={"4": 4}), "input_shape: expected a list"),
        (lambda c: c.update(task="multilabel"), r"labels: expected uint8 of shape \(12, 3\)"),
    ],
)
def test_an_interface_that_no_network_has(folder, change, message):
    change_json(folder / "network.json", change)
    with pytest.raises(ValueError, match=rf"(network\.json|test\.safetensors): .*{message}"):
        jaxcnn.load(folder)


@pytest.mark.parametrize("text", ["[" * 100_000, "1", "null", '"version"', "\udcff", "1e999"])
@pytest.mark.parametrize("name", ["network.json", "architecture.json"])
def test_text_that_is_no_interface(folder, name, text):
    (folder / name).write_text(text, errors="surrogateescape")
    with pytest.raises(ValueError, match=rf"{name}: "):
        jaxcnn.load(folder)


@pytest.mark.parametrize("name", ["config.json", "metrics.jsonl", "result.json"])
def test_text_that_is_not_utf8(folder, name):
    (folder / name).write_bytes(b'{"a": "\xff"}\n')
    with pytest.raises(ValueError, match=rf"{name}: "):
        jaxcnn.load(folder)


@pytest.mark.parametrize(
    ("entry", "value", "message"),
    [
        ("test_accuracy", 7, "expected a number from 0 to 1, got 7"),
        ("test_accuracy", True, "expected a number from 0 to 1, got True"),
        ("test_accuracy", 0.123, "interval around 0.123|expected a share of 12 examples"),
        ("test_accuracy_interval", [0.9, 0.1], "expected two numbers from 0 to 1, the lower first"),
        ("test_accuracy_interval", [0.98, 0.99], "expected an interval around"),
        ("n_test", -1, "expected a whole number of at least 1, got -1"),
        ("n_test", 12.0, "expected a whole number of at least 1, got 12.0"),
        ("n_test", 6, "expected all of the 12 saved test examples, got 6"),
        ("epochs", 1, r"expected 2 as in metrics\.jsonl, got 1"),
        ("steps", -1, "expected a whole number of at least 0"),
        ("interrupted", 1, "expected true or false, got 1"),
        ("restored_epoch", 0, "expected a whole number of at least 1"),
        ("test_f1", {"cat": 1.0}, "expected one entry per class of the network"),
    ],
)
def test_a_result_that_no_run_has(folder, entry, value, message):
    change_json(folder / "result.json", lambda found: found.update({entry: value}))
    with pytest.raises(ValueError, match=rf"result\.json: {entry}.*({message})"):
        jaxcnn.load(folder)
    with pytest.raises(ValueError, match=rf"result\.json: {entry}"):
        jaxcnn.report(folder)


def test_a_result_with_a_number_that_is_not_finite(folder):
    change_json(folder / "result.json", lambda found: found.update(seconds_train=float("inf")))
    with pytest.raises(ValueError, match=r"result\.json: expected finite numbers, got Infinity"):
        jaxcnn.load(folder)


def test_a_result_or_test_set_of_another_run(folder, tmp_path):
    other = saved_runs.run(1).save(tmp_path / "other")
    result = (folder / "result.json").read_text()
    shutil.copy(other / "result.json", folder)
    with pytest.raises(ValueError, match=r"result\.json: .*is the file that of another run"):
        jaxcnn.load(folder)
    (folder / "result.json").write_text(result)
    shutil.copy(other / "metrics.jsonl", folder)
    with pytest.raises(ValueError, match=r"epochs: expected 3 as in metrics\.jsonl, got 2"):
        jaxcnn.load(folder)


def test_right_answers_are_counted_as_they_were_measured():
    from jaxcnn.data import Multilabel
    from jaxcnn.runs import NetworkInterface
    from jaxcnn.runs._result_file import _right

    run = saved_runs.run()
    interface = NetworkInterface.of(run.network)
    assert run.test is not None
    right = round(run.result["test_accuracy"] * 12)
    assert _right(run.test, interface) == (right, right)
    logits = np.array([[1, -1, 1e-9], [1, 1, 1], [-1, -1, -1]], np.float32)
    labels = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]], np.uint8)
    several = run.test._replace(logits=logits, labels=labels)
    assert _right(several, interface._replace(task=Multilabel())) == (1, 2)


def test_an_architecture_that_does_not_fit_the_inputs(folder):
    file = folder / "architecture.json"
    large = jaxcnn.Sequential([jaxcnn.MaxPool(9), jaxcnn.Flatten(), jaxcnn.Dense(3)])
    file.write_text(jaxcnn.architecture.to_json(large))
    with pytest.raises(
        ValueError, match=r"architecture\.json: .*MaxPool 9×9: expected at least 9×9"
    ):
        jaxcnn.load(folder)

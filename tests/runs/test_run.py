import csv
import dataclasses
import json
import sys

import jax
import numpy as np
import pytest
import small
from flax import nnx

import jaxcnn
from jaxcnn.training import NonFiniteLossError, sgd

QUICK = {"epochs": 2, "batch_size": 8, "tx": sgd(0.05), "progress": False}


@pytest.fixture(scope="module")
def run():
    return jaxcnn.fit(small.NETWORK, small.dataset(), validation=small.dataset(seed=1), **QUICK)


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    config = {"model": "small", "preset": "quick", "seed": 0}
    return run.save(tmp_path_factory.mktemp("run"), test=small.dataset(seed=1), config=config)


def test_the_folder_holds_everything(folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        "architecture.json",
        "config.json",
        "manifest.json",
        "metrics.csv",
        "metrics.jsonl",
        "network.json",
        "result.json",
        "test.safetensors",
        "weights.safetensors",
    ]


def test_the_result_says_what_was_measured_and_on_what(run, folder):
    result = json.loads((folder / "result.json").read_text())
    evaluation = run.evaluate(small.dataset(seed=1))
    assert result["dataset"] == "rows"
    assert result["model"] == "small"
    assert result["preset"] == "quick"
    assert result["seed"] == 0
    assert result["test_accuracy"] == evaluation.accuracy
    assert tuple(result["test_accuracy_interval"]) == evaluation.interval
    assert result["n_test"] == 40
    for name in ("seconds_compile", "seconds_train", "images_per_second"):
        assert result[name] == getattr(run, name) > 0
    assert {"python", "jaxcnn", "jax", "jaxlib", "flax", "optax", "numpy"} == set(
        result["versions"]
    )
    assert result["device"]["platform"] == "cpu"


def test_metrics_are_the_history(run, folder):
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == list(run.history)
    with (folder / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [{name: float(cell) for name, cell in row.items()} for row in rows] == list(run.history)


def test_tensorboard_is_written_when_asked(run, tmp_path, monkeypatch):
    assert (run.save(tmp_path / "run", tensorboard=True) / "tensorboard").is_dir()
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match=r"'tensorboardX': pip install 'jaxcnn\[tensorboard\]'"):
        run.save(tmp_path / "without", tensorboard=True)
    assert not (tmp_path / "without").exists()


def test_load_gives_back_what_save_wrote(run, folder, tmp_path):
    loaded, test = jaxcnn.load(folder), small.dataset(seed=1)
    images = small.dataset(seed=2).images
    assert loaded.predict_proba(images).tobytes() == run.predict_proba(images).tobytes()
    assert loaded.class_names == ("a", "b", "c")
    assert loaded.input_shape == (8, 8, 1)
    assert loaded.network.normalization == run.network.normalization
    assert loaded.network.architecture == small.NETWORK
    assert loaded.history == run.history
    assert loaded.settings == {**run.settings, "model": "small", "preset": "quick", "seed": 0}
    assert (loaded.steps, loaded.images_seen) == (run.steps, run.images_seen) == (10, 80)
    assert loaded.images_per_second == run.images_per_second
    assert loaded.result["test_accuracy"] == run.evaluate(test).accuracy
    np.testing.assert_array_equal(loaded.test.images, test.images)
    assert loaded.state is None
    again = loaded.save(tmp_path / "again")
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()


def test_the_test_set_goes_through_the_network_once(run, tmp_path, monkeypatch):
    seen = []
    logits = type(run.network).logits
    monkeypatch.setattr(
        type(run.network), "logits", lambda *a, **k: seen.append(len(a[1])) or logits(*a, **k)
    )
    monkeypatch.setattr(type(run.network), "evaluate", None)
    run.save(tmp_path / "run", test=small.dataset(seed=1))
    assert seen == [40]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"class_names": ("a", "b", "b")}, "class_names: expected distinct names"),
        ({"input_shape": (8, 8.0, 1)}, "input_shape: expected positive integers, got 8.0"),
        ({"input_shape": (8, 8)}, "input_shape: expected 3 numbers for images"),
        (
            {"normalization": jaxcnn.inference.Normalization((0.0, 0.0), (1.0, 1.0))},
            "normalization: expected 1 means and standard deviations, one per channel, got 2",
        ),
        (
            {"normalization": jaxcnn.inference.Normalization(0.0, 255)},
            r"normalization: expected the mean and std of pixels from 0 to 1, got 255 \(on the",
        ),
    ],
)
def test_a_network_refuses_what_load_would_refuse(run, change, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(run.network, **change)


def test_save_refuses_what_load_would_refuse(run, tmp_path):
    object.__setattr__(odd := dataclasses.replace(run.network), "class_names", ("a", "b", 3))
    with pytest.raises(ValueError, match=r"network\.json: "):
        dataclasses.replace(run, network=odd).save(tmp_path / "run")
    assert not [*tmp_path.iterdir()]


def test_numbers_of_any_kind_are_saved_and_loaded(run, tmp_path):
    odd = dataclasses.replace(
        run.network,
        class_names=np.array(["x", "y", "z"]),
        input_shape=np.array(run.network.input_shape),
        normalization=jaxcnn.inference.Normalization(np.array([0.5]), np.float32(0.25)),
    )
    loaded = jaxcnn.load(dataclasses.replace(run, network=odd).save(tmp_path / "run")).network
    assert loaded.class_names == ("x", "y", "z")
    assert (loaded.normalization, loaded.input_shape) == (odd.normalization, odd.input_shape)


@pytest.mark.thorough
def test_a_module_of_ones_own_is_saved_and_loaded(tmp_path):
    run = jaxcnn.fit(small.FlaxModule(nnx.Rngs(0, dropout=1)), small.dataset(), **QUICK)
    folder = run.save(tmp_path / "mine")
    images = small.dataset(seed=2).images
    network = jaxcnn.load(folder, model=small.FlaxModule(nnx.Rngs(7, dropout=8)))
    assert network.predict_proba(images).tobytes() == run.predict_proba(images).tobytes()
    with pytest.raises(FileNotFoundError, match=r"load\(folder, model=\.\.\.\)"):
        jaxcnn.load(folder)


def test_there_is_one_fit_and_one_run():
    assert jaxcnn.fit is jaxcnn.training.fit
    assert jaxcnn.Run is jaxcnn.runs.Run


def test_a_run_shows_itself_in_a_line(run):
    assert repr(run) == "Run(Network((8, 8, 1) to 3 classes, 243 parameters), 2 epochs)"


def test_a_run_is_never_written_over(run, folder):
    before = (folder / "weights.safetensors").read_bytes()
    with pytest.raises(FileExistsError, match="got one that contains "):
        run.save(folder)
    assert (folder / "weights.safetensors").read_bytes() == before


def test_an_empty_folder_and_a_new_deep_one_are_fine(run, tmp_path):
    for folder in (tmp_path, tmp_path / "a" / "b ü"):
        run.save(folder)
        assert jaxcnn.load(folder).input_shape == (8, 8, 1)
        for path in folder.iterdir():
            if path.is_file():
                path.unlink()


def test_a_save_that_fails_leaves_nothing_behind(run, tmp_path):
    nan = jax.tree.map(lambda leaf: leaf * np.nan, run.network.variables.params)
    variables = run.network.variables._replace(params=nan)
    odd = dataclasses.replace(run, network=run.network.with_variables(variables))
    with pytest.raises(ValueError, match=r"run/weights\.safetensors: params.*, got NaN"):
        odd.save(tmp_path / "run", test=small.dataset(seed=1))
    assert not [*tmp_path.iterdir()]
    run.save(tmp_path / "run", test=small.dataset(seed=1))
    assert jaxcnn.load(tmp_path / "run").test is not None


def test_a_test_set_that_does_not_fit_is_refused_before_anything_is_written(run, tmp_path):
    with pytest.raises(ValueError, match="expected shape"):
        run.save(tmp_path / "run", test=small.dataset(size=9))
    assert not [*tmp_path.iterdir()]


def test_a_file_in_the_way(run, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(NotADirectoryError, match="got a file"):
        run.save(tmp_path / "file")
    with pytest.raises(NotADirectoryError, match="expected a folder that can be written to"):
        run.save(tmp_path / "file" / "below")


def test_a_folder_that_refuses_files(run, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    with pytest.raises(PermissionError, match="expected a folder that can be written to"):
        run.save(tmp_path / "run")


def test_loading_what_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a saved network"):
        jaxcnn.load(tmp_path / "nothing")
    with pytest.raises(FileNotFoundError, match="expected a saved network"):
        jaxcnn.load(tmp_path)


def test_weights_of_another_network(run, tmp_path):
    folder = small.unsigned(run.save(tmp_path / "run"))
    other = jaxcnn.Sequential([jaxcnn.Conv(5, 3), *small.NETWORK.layers[1:]])
    (folder / "architecture.json").write_text(jaxcnn.architecture.to_json(other))
    with pytest.raises(ValueError, match=r"expected float32 of shape \(5,\).*got float32 of shape"):
        jaxcnn.load(folder)
    convolution, _, *rest = small.NETWORK.layers
    identity = jaxcnn.Rescale(1.0)
    without_norm = jaxcnn.Sequential([convolution, identity, *rest])
    (folder / "architecture.json").write_text(jaxcnn.architecture.to_json(without_norm))
    with pytest.raises(ValueError, match="expected only arrays of the network, got 4: batch_stats"):
        jaxcnn.load(folder)


@pytest.mark.parametrize("keep", [0, 4, 100, -1])
def test_truncated_weights(run, tmp_path, keep):
    folder = small.unsigned(run.save(tmp_path / "run"))
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:keep])
    with pytest.raises(ValueError, match="not a readable safetensors file"):
        jaxcnn.load(folder)


def test_saved_numbers_are_the_weights(run, folder):
    from safetensors.numpy import load_file

    stored = load_file(folder / "weights.safetensors")
    kernel = run.network.module.layers[0].kernel[...]
    np.testing.assert_array_equal(stored["params.layers.0.kernel"], kernel)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda facts: facts.pop("class_names"), "expected an entry 'class_names'"),
        (lambda facts: facts.update(version=4), "version: expected 1 to 3, got 4"),
        (lambda facts: facts.update(input_shape=[8, 8]), "expected 3 numbers for images"),
        (lambda facts: facts.update(input_shape=[8, -8, 1]), "expected positive integers, got -8"),
        (
            lambda facts: facts["normalization"].update(mean=[0, 0, 0]),
            "std: expected 3 numbers",
        ),
        (
            lambda facts: facts["normalization"].update(std=[0.0]),
            "std: expected a finite .* 0, got 0.0",
        ),
        (lambda facts: facts.update(class_names=["a", 2, "c"]), "expected strings, got 2"),
        (
            lambda facts: facts.update(class_names=["a", "b"]),
            r"expected class names for outputs of shape \(3,\), got 2",
        ),
    ],
)
def test_damaged_facts(run, tmp_path, change, message):
    file = small.unsigned(run.save(tmp_path / "run")) / "network.json"
    facts = json.loads(file.read_text())
    change(facts)
    file.write_text(json.dumps(facts))
    with pytest.raises(ValueError, match=f"network.json: .*{message}"):
        jaxcnn.load(file.parent)


def test_facts_that_are_no_json(run, tmp_path):
    file = small.unsigned(run.save(tmp_path / "run")) / "network.json"
    file.write_text("[1")
    with pytest.raises(ValueError, match=r"network\.json: "):
        jaxcnn.load(file.parent)


def test_numbers_that_are_not_finite_lose_no_run(run, tmp_path):
    logs = {**run.history[0], "validation_loss": float("inf")}
    odd = dataclasses.replace(run, history=(logs,))
    folder = odd.save(tmp_path / "run", config={"out": tmp_path})
    assert json.loads((folder / "metrics.jsonl").read_text())["validation_loss"] is None
    assert json.loads((folder / "config.json").read_text())["out"] == str(tmp_path)
    assert jaxcnn.load(folder).input_shape == (8, 8, 1)


def test_saving_needs_no_matplotlib(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    run.save(tmp_path / "run", test=small.dataset(seed=1))
    assert jaxcnn.load(tmp_path / "run").input_shape == (8, 8, 1)


def test_the_last_good_state_can_be_saved(tmp_path):
    with pytest.raises(NonFiniteLossError) as caught:
        jaxcnn.fit(small.LINEAR, small.dataset(), **(QUICK | {"tx": sgd(float("inf"))}))
    caught.value.run.save(tmp_path / "run")
    assert jaxcnn.load(tmp_path / "run").input_shape == (8, 8, 1)


def test_a_hostile_architecture_takes_no_memory(run, tmp_path):
    """Its shapes are checked against the weights file before any array is made."""
    folder = small.unsigned(run.save(tmp_path / "run"))
    huge = jaxcnn.Sequential([*small.NETWORK.layers[:-1], jaxcnn.Dense(10**10)])
    (folder / "architecture.json").write_text(jaxcnn.architecture.to_json(huge))
    with pytest.raises(ValueError, match=r"expected float32 of shape \(10000000000,\)"):
        jaxcnn.load(folder)


@pytest.mark.thorough
def test_members_of_an_ensemble_are_runs_that_can_be_saved(tmp_path):
    ensemble = jaxcnn.fit_ensemble(
        small.LINEAR, small.dataset(), seeds=(0, 1), epochs=1, batch_size=8, progress=False
    )
    member = ensemble.members[1]
    loaded = jaxcnn.load(member.save(tmp_path / "member"))
    images = small.dataset(seed=1).images
    np.testing.assert_array_equal(loaded.network.logits(images), member.network.logits(images))

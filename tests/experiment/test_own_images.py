"""Pictures of one's own, from files to a folder of results."""

import csv
import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

import jaxcnn
from jaxcnn.data import Splits, digits
from jaxcnn.experiment import Config, run
from jaxcnn.experiment._datasets import hold_out, load_dataset

CLASSES = {"bright": 200, "dark": 40}
QUICK = {"model": "lenet5", "epochs": 1, "batch_size": 8, "size": (16, 20), "devices": 1}


@pytest.fixture
def pictures(tmp_path):
    """Ten gray pictures of either class, none like another."""
    rng = np.random.default_rng(0)
    for name, level in CLASSES.items():
        (tmp_path / "mine" / name).mkdir(parents=True)
        for i in range(10):
            pixels = rng.integers(level - 30, level + 30, (24, 30 + i), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "mine" / name / f"{i}.png")
    return tmp_path / "mine"


@pytest.fixture
def table(tmp_path, pictures):
    path = tmp_path / "labels.csv"
    rows = [(f"{name}/{i}.png", name) for name in CLASSES for i in range(10)]
    with path.open("w") as file:
        csv.writer(file).writerows([("path", "label"), *rows])
    return {"dataset": "table", "table": path, "data_dir": pictures}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXCNN_DATA", str(tmp_path / "cache"))


def results(folder):
    return (json.loads((folder / f"{name}.json").read_text()) for name in ("config", "result"))


@pytest.mark.slow
def test_a_folder_with_a_part_held_out(pictures, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("jaxcnn.experiment._run.save_pictures", lambda *_, **__: None)
    twice = pictures / "dark" / "twice.png"
    twice.write_bytes((pictures / "dark" / "0.png").read_bytes())
    how = {"validation_fraction": 0.25, "early_stopping": 1, "ema_decay": 0.5, "log_norms": True}
    config = Config(dataset="folder", data_dir=pictures, **QUICK, **how, out=tmp_path / "out")
    config, result = results(run(config))
    assert (config["training_images"], result["n_test"]) == (13, 4)
    assert how.items() <= config.items()
    assert result["restored_epoch"] == 1
    printed = capsys.readouterr()
    assert "4 more images are held out" in printed.out
    options = "early_stopping 1, ema_decay 0.5, validation_fraction 0.25, log_norms True"
    assert f"\nwith {options}\n" in printed.out
    assert "Restored the weights" not in printed.out  # the best epoch is the last
    assert "earlier in the set" in printed.err or "also occur" in printed.err
    (line,) = (tmp_path / "out" / "metrics.jsonl").read_text().splitlines()
    logs = json.loads(line)
    # Shares of the four images that are held out.
    assert logs["validation_accuracy"] * 4 % 1 == 0
    assert len(logs["gradient_norms"]) > 1
    network = jaxcnn.load(tmp_path / "out")
    assert network.input_shape == (16, 20, 1)
    assert network.class_names == ("bright", "dark")


@pytest.mark.slow
def test_streamed_from_a_table_by_a_policy(table, tmp_path, capsys):
    augmentation = tmp_path / "augmentation.json"
    augmentation.write_text('{"flip": "alternating", "cutout": 3}')
    how = {"stream": True, "tta": "flip_and_shift", "dtype": "bfloat16"}
    out = tmp_path / "out"
    config, result = results(
        run(Config(**table, **QUICK, **how, augmentation=augmentation, out=out))
    )
    assert f"\nwith augmentation {augmentation}, dtype bfloat16\n" in capsys.readouterr().out
    assert config["table"] == "labels.csv"
    assert how.items() <= config.items()
    augmentation = jaxcnn.data.Augmentation(flip="alternating", cutout=3)
    assert config["augmentation"] == dataclasses.asdict(augmentation)
    assert "flip" not in config
    assert result["tta"] == "flip_and_shift"
    low, high = result["tta_accuracy_interval"]
    assert low <= result["tta_accuracy"] <= high
    assert (out / "confusion_matrix.png").is_file()
    assert (out / "guesses.png").is_file()


def test_streamed_and_loaded_are_the_same_files_of_both_sources(pictures, table):
    sources = [{"dataset": "folder", "data_dir": pictures}, table]
    sets = [
        load_dataset(Config(**source, **QUICK, stream=stream, dataset_name="mine")).splits
        for source in sources
        for stream in (False, True)
    ]
    for train, test in sets:
        assert (train.name, len(train), len(test)) == ("mine", 16, 4)
        for part, first in ((train, sets[0].train), (test, sets[0].test)):
            np.testing.assert_array_equal(part.labels, first.labels)
            np.testing.assert_array_equal(part.read(np.arange(len(part))), first.images)


@pytest.mark.parametrize("stream", [False, True])
def test_what_is_held_out_is_drawn_by_class_and_seed(pictures, stream):
    config = {"dataset": "folder", "data_dir": pictures, "stream": stream, **QUICK}
    train = load_dataset(Config(**config)).splits.train
    assert hold_out(train, Config(**config)) == (train, None)

    def drawn(seed):
        parts = hold_out(train, Config(**config, validation_fraction=0.25, seed=seed))
        return [part.read(np.arange(len(part))) for part in parts], [p.class_counts for p in parts]

    (kept, out), counts = drawn(seed=1)
    assert [list(of_part) for of_part in counts] == [[6, 6], [2, 2]]
    together = {image.tobytes() for image in (*kept, *out)}
    assert together == {image.tobytes() for image in train.read(np.arange(16))}
    np.testing.assert_array_equal(drawn(seed=1)[0][1], out)
    assert not np.array_equal(drawn(seed=2)[0][1], out)


def test_a_size_that_the_network_cannot_take_is_named(pictures):
    config = Config(dataset="folder", data_dir=pictures, model="airbench94", size=(8, 8))
    with pytest.raises(
        ValueError, match=r"size: expected .* airbench94 can take, got 8×8 \(layers"
    ):
        load_dataset(config)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"flip": "rndom"}', r"augmentation\.json: flip: expected one of"),
        ('{"brigthness": 1}', r"augmentation\.json: text: expected fields .* got 'brigthness'"),
        ('{"shift": "2"}', r"augmentation\.json: shift: expected"),
        ("[]", r"augmentation\.json: "),
        ("\x00", r"augmentation\.json: "),
    ],
)
def test_a_policy_that_is_none_is_named_before_training(tmp_path, text, message):
    path = tmp_path / "augmentation.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        run(Config(dataset="digits", augmentation=path, out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_policy_that_is_not_there_is_named(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"^augmentation: expected a .*nope\.json \(No such"
    ):
        run(Config(dataset="digits", augmentation=tmp_path / "nope.json", out=tmp_path / "out"))


def test_a_broken_picture_is_named_or_skipped(pictures, tmp_path):
    (pictures / "dark" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    config = {"dataset": "folder", "data_dir": pictures, **QUICK}
    with pytest.raises(jaxcnn.data.DataError, match=r"broken\.png"):
        run(Config(**config, out=tmp_path / "out"))
    with pytest.warns(UserWarning, match="1 "):
        train, test = load_dataset(Config(**config, on_error="skip")).splits
    assert len(train) + len(test) == 20


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("model", "shape"),
    [
        ("cifar_small", (32, 32, 1)),
        ("lenet5", (32, 32, 1)),
        ("resnet18", (8, 8, 1)),  # made for 224×224, but takes what there is
        ("densenet121", (224, 224, 1)),  # 8×8 is too small for its poolings
    ],
)
def test_gray_images_stay_gray_in_the_shape_that_the_network_takes(model, shape, monkeypatch):
    few = Splits(*(part.take(20) for part in digits()))
    monkeypatch.setattr("jaxcnn.data.digits", lambda: few)
    config = Config(dataset="digits", model=model)
    assert load_dataset(config).splits.train.input_shape == shape

"""What is chosen from one's own pictures, and what is not."""

import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

from jaxcnn.data import DataError
from jaxcnn.experiment import AutomaticOptions, Config, automatic_options, run
from jaxcnn.experiment._automatic import AUTOMATIC


def folder(path, count, size=(90, 80)):
    """Two classes of `count` pictures of a width and a height."""
    for label in ("a", "b"):
        (path / label).mkdir(parents=True, exist_ok=True)
        Image.new("L", size).save(path / label / "0.png")
        for number in range(1, count):
            (path / label / f"{number}.png").symlink_to(path / label / "0.png")
    return path


def chosen(path, **options):
    found = automatic_options(Config(dataset="folder", data_dir=path, **options))
    return {one.name: one.value for one in found.options}


def test_sixty_pictures(tmp_path):
    assert chosen(folder(tmp_path, 30)) == {
        "size": (64, 64),
        "validation_fraction": None,
        "batch_size": 8,
        "epochs": 100,
    }


def test_enough_pictures_for_early_stopping(tmp_path):
    assert chosen(folder(tmp_path, 200)) == {
        "size": (64, 64),
        "validation_fraction": 0.1,  # of 320
        "batch_size": 32,
        "epochs": 67,  # of 9 updates
        "early_stopping": 16,
    }


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((90, 80), (64, 64)),
        ((50, 59), (48, 48)),
        ((20, 20), (32, 32)),
        ((640, 480), (64, 64)),  # width × height: a crop to a square loses a quarter
        ((200, 100), (64, 128)),
        ((100, 200), (128, 64)),
        ((900, 100), (64, 256)),
    ],
)
def test_the_size_follows_the_pictures(size, expected, tmp_path):
    assert chosen(folder(tmp_path, 5, size))["size"] == expected


def test_a_network_for_large_pictures_gets_large_ones(tmp_path):
    path = folder(tmp_path, 5, (300, 250))
    assert chosen(path, model="resnet18")["size"] == (224, 224)


def test_what_is_given_stays(tmp_path):
    given = {"size": (40, 48), "batch_size": 4, "epochs": 3, "validation_fraction": 0}
    assert chosen(folder(tmp_path, 30), **given) == {}
    assert chosen(tmp_path, **given | {"validation_fraction": 0.2}) == {}
    left = {name: given[name] for name in ("size", "batch_size", "epochs")}
    assert chosen(tmp_path, **left, early_stopping=2) == {"validation_fraction": 0.1}
    assert chosen(tmp_path, **left) == {"validation_fraction": None}


def test_no_picture_is_opened_where_the_size_is_given(tmp_path, monkeypatch):
    folder(tmp_path, 30)
    monkeypatch.setattr("jaxcnn.data.pictures._picture_sizes.read_size", lambda _: 1 / 0)
    assert [*chosen(tmp_path, size=(40, 48))] == ["validation_fraction", "batch_size", "epochs"]


def test_a_table_is_read_like_a_folder(tmp_path):
    folder(tmp_path, 12)
    rows = [f"{label}/{number}.png,{label}" for label in "ab" for number in range(12)]
    (tmp_path / "labels.csv").write_text("\n".join(["path,label", *rows]))
    config = Config(dataset="table", table=tmp_path / "labels.csv")
    found = automatic_options(config)
    assert {one.name: one.value for one in found.options}["batch_size"] == 8
    (tmp_path / "labels.csv").write_text("\n".join(["file,class", *rows]))
    assert automatic_options(dataclasses.replace(config, path="file", label="class")) == found


def test_nothing_is_chosen_for_published_sets():
    assert automatic_options(Config(dataset="digits")) == AutomaticOptions(())
    assert set(AUTOMATIC) <= set(Config.__dataclass_fields__)


def test_the_table_says_why(tmp_path):
    text = str(automatic_options(Config(dataset="folder", data_dir=folder(tmp_path, 30))))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines == [
        "Chosen from the pictures:",
        "option value reason",
        "size 64×64 the median picture has 80×90 pixels; more pixels take longer",
        "validation fraction none no early stopping: it needs 300 training pictures, there are 48",
        "batch size 8 48 pictures to train on: 6 updates per epoch",
        "epochs 100 600 updates in all",
    ]


def test_a_folder_without_pictures_is_named(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(DataError, match="expected image files"):
        chosen(tmp_path)


@pytest.mark.slow
def test_the_choices_are_recorded_and_kept_by_a_run_that_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("jaxcnn.experiment._run.save_pictures", lambda *_, **__: None)
    monkeypatch.setenv("JAXCNN_DATA", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for label, level in (("dark", 40), ("bright", 200)):
        (tmp_path / "mine" / label).mkdir(parents=True)
        for number in range(12):
            pixels = rng.integers(level - 30, level + 30, (40, 40), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "mine" / label / f"{number}.png")
    how = {"dataset": "folder", "data_dir": tmp_path / "mine", "out": tmp_path / "out"}
    config = Config(**how, model="lenet5", epochs=2, devices=1)
    run(config)
    saved = json.loads((tmp_path / "out" / "config.json").read_text())
    assert (saved["size"], saved["batch_size"], saved["epochs"]) == ([40, 40], 8, 2)
    printed = capsys.readouterr().out
    assert "Chosen from the pictures" in printed
    assert f"jaxcnn validate {tmp_path / 'out'} FOLDER" in printed
    with pytest.warns(UserWarning, match="schedule of 3 epochs"):
        run(Config(**how, model="lenet5", epochs=3, devices=1, extend=True))
    assert json.loads((tmp_path / "out" / "result.json").read_text())["epochs"] == 3
    assert "Chosen from the pictures" not in capsys.readouterr().out

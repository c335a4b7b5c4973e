"""`jaxcnn validate`: a run on other pictures, with its classes."""

import csv
import json
import shutil

import numpy as np
import pytest
from PIL import Image

import jaxcnn
from jaxcnn import commands
from jaxcnn.commands._arguments import check_run_first
from jaxcnn.data import Dataset
from jaxcnn.experiment import evaluation_set


def status(*arguments: object) -> int | str | None:
    with pytest.raises(SystemExit) as exit_:
        commands.main([*map(str, arguments)])
    return exit_.value.code


@pytest.fixture
def pets(tmp_path):
    """Four pictures of noise of two of the network's three classes, in another order."""
    rng = np.random.default_rng(0)
    for name in ("bird", "cat"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(4):
            pixels = rng.integers(0, 256, (9, 8, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{number}.png")
    return tmp_path / "pets"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXCNN_DATA", str(tmp_path / "cache"))
    monkeypatch.setattr("jaxcnn.commands._validate.keep_programs", lambda _: None)


@pytest.mark.thorough
def test_a_folder(run, network, pets, capsys):
    paths = [*pets.glob("bird/*"), *pets.glob("cat/*")]
    images = np.stack([jaxcnn.data.load_image(path, (8, 8, 3)) for path in paths])
    expected = network.evaluate(Dataset(images, [2] * 4 + [0] * 4, network.class_names))
    assert status("validate", run, pets, "--json") == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert (found["examples"], found["accuracy"]) == (8, expected.accuracy)
    assert [each["support"] for each in found["classes"]] == [4, 0, 4]
    assert printed.err == "pets: 8 images\n"
    assert status("validate", run, pets) == 0
    assert "of 8 examples right" in capsys.readouterr().out


def test_a_table(run, pets, tmp_path):
    with (tmp_path / "labels.csv").open("w") as file:
        rows = [("path", "label", "split"), ("cat/0.png", "cat", "test"), ("cat/1.png", "dog", "")]
        csv.writer(file).writerows(rows)
    found = evaluation_set(run, tmp_path / "labels.csv", data_dir=pets)
    assert (found.labels.tolist(), found.class_names) == ([0], ("cat", "dog", "bird"))
    assert found.input_shape == (8, 8, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{pets}/none"], "DATA: expected a folder of pictures, a table (.csv), or one of cifar10"),
        (["digit"], "(did you mean digits?)"),
        (["digits"], "DATA: expected the classes of the run, 'cat', 'dog', 'bird', got '0', '1',"),
        (["digits"], "'6', '7', ...\n"),
    ],
)
def test_data_that_do_not_fit(run, pets, arguments, message, capsys):
    assert status("validate", run, *(each.format(pets=pets) for each in arguments)) == 2
    assert message in capsys.readouterr().err


def test_an_unknown_class_and_a_broken_picture(run, pets, capsys):
    (pets / "cat" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert status("validate", run, pets) == 2
    found = capsys.readouterr().err
    assert "broken.png" in found
    assert found.count("skip such files") == 1
    assert "(pass --on-error skip to skip" in found
    with pytest.warns(UserWarning, match="1 "):
        assert len(evaluation_set(run, pets, on_error="skip")) == 8
    (pets / "cta").mkdir()
    (pets / "cta" / "0.png").write_bytes((pets / "cat" / "0.png").read_bytes())
    assert status("validate", run, pets) == 2
    assert "got 'cta' (did you mean cat?)" in capsys.readouterr().err
    (pets / "cow").mkdir()
    (pets / "cow" / "0.png").write_bytes((pets / "cat" / "0.png").read_bytes())
    assert status("validate", run, pets) == 2
    assert "got 'cow', 'cta' (move" in capsys.readouterr().err


@pytest.mark.thorough
def test_one_class_is_enough(run, pets, capsys):
    shutil.rmtree(pets / "bird")
    assert status("validate", run, pets, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["support"] for each in found["classes"]] == [4, 0, 0]


def test_a_run_after_the_data(run, pets, capsys):
    for first in (pets, "digits"):
        assert status("validate", first, run) == 2
        assert f"(did you mean jaxcnn validate {run} {first}?)" in capsys.readouterr().err


@pytest.mark.thorough
def test_columns_of_other_names(run, pets, tmp_path, capsys):
    (tmp_path / "labels.csv").write_text("filename,class\ncat/0.png,cat\ncat/1.png,dog\n")
    arguments = ("validate", run, tmp_path / "labels.csv", "--data-dir", pets)
    assert status(*arguments, "--path", "filename") == 2
    assert "pass its name, such as --label class)" in capsys.readouterr().err
    assert status(*arguments, "--path", "filename", "--label", "class", "--json") == 0
    assert json.loads(capsys.readouterr().out)["examples"] == 2


def _trained_on(pets, run, tmp_path, **other):
    """Return a copy of a run whose options in the log say that it was trained on a folder."""
    own = tmp_path / "own"
    jaxcnn.load(run).save(own)
    options = {
        "dataset": "folder",
        "data_dir": str(pets),
        **other,
        "preset": "quick",
        "seed": 0,
        "size": [8, 8],
        "model": "cifar_small",
        "test_fraction": 0.25,
    }
    for event, content in (("begin", {}), ("options", options)):
        jaxcnn.runs.append_log(own, event, **content)
    (own / "manifest.json").unlink()
    (own / "config.json").write_text(json.dumps(options))
    return own


def test_of_what_was_trained_on_only_the_part_that_was_set_aside(run, pets, tmp_path):
    own = _trained_on(pets, run, tmp_path)
    aside = evaluation_set(own, pets)
    assert (aside.labels.tolist(), aside.name) == ([2, 0], "pets (test part of 8 images)")
    (pets.parent / "elsewhere").symlink_to(pets)
    assert len(evaluation_set(own, pets.parent / "elsewhere")) == 2


@pytest.fixture
def table(pets):
    """A table of all pictures, with their classes in two columns."""
    rows = [f"{path.parent.name}/{path.name},{path.parent.name}" for path in pets.glob("*/*")]
    lines = ["path,class,label", *(f"{row},dog" for row in rows)]
    (pets / "labels.csv").write_text("\n".join(lines))
    return pets / "labels.csv"


def test_the_table_that_was_trained_on_keeps_its_columns(run, pets, table, tmp_path, capsys):
    options = {"dataset": "table", "table": str(table), "label": "class"}
    own = _trained_on(pets, run, tmp_path, **options)
    assert sorted(evaluation_set(own, table).labels) == [0, 2]
    assert sorted(evaluation_set(own, table, label="class").labels) == [0, 2]
    assert status("validate", own, table, "--label", "label") == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "ValueError: --label: expected 'class', with which the run was trained on this table, got "
        "'label' (a copy of the table counts as other data)"
    )
    table.rename(pets / "copy.csv")
    assert evaluation_set(own, pets / "copy.csv", label="label").labels.tolist() == [1] * 8


def test_columns_are_refused_without_a_table(run, pets, tmp_path, capsys):
    own = _trained_on(pets, run, tmp_path)
    for command in (("validate", run, pets), ("validate", own, pets), ("check", pets)):
        assert status(*command, "--label", "class") == 2
        assert "--label: expected none without a table, got 'class'" in capsys.readouterr().err
    assert status("validate", run, "digits", "--path", "file") == 2
    assert "--path: expected none without a table, got 'file'" in capsys.readouterr().err
    with pytest.raises(ValueError, match="label: expected none without a table"):
        jaxcnn.data.evaluation_files(pets, (8, 8, 3), ("cat", "bird"), label="class")


def test_no_picture_is_looked_at_if_the_run_is_there(run):
    pictures = (pytest.fail(name) for name in ["a.png"])
    check_run_first("predict", run, pictures)


def test_pictures_of_the_folder_that_was_trained_on_are_warned_of(run, pets, tmp_path, recwarn):
    own = _trained_on(pets, run, tmp_path)
    shutil.copytree(pets, tmp_path / "copy")
    shutil.copytree(pets, pets / "test")
    for other in ("copy", "pets/test"):
        assert len(evaluation_set(own, tmp_path / other)) == 8
    assert not recwarn.list
    table = tmp_path / "labels.csv"
    table.write_text("path,label\npets/cat/0.png,cat\npets/bird/1.png,bird\ncopy/cat/0.png,cat\n")
    with pytest.warns(UserWarning, match="labels.csv: 2 of 3 pictures are in .*, on which the run"):
        assert len(evaluation_set(own, table)) == 3


@pytest.mark.thorough
def test_the_pictures_that_were_trained_on_are_not_decoded(run, pets, tmp_path):
    own = _trained_on(pets, run, tmp_path)
    aside = set(evaluation_set(own, pets).paths)
    first, *others = sorted(aside)
    for path in pets.rglob("*.png"):
        if str(path) not in others:
            path.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(jaxcnn.data.DataError, match=first):
        evaluation_set(own, pets)
    with pytest.warns(UserWarning, match="1 "):
        assert set(evaluation_set(own, pets, on_error="skip").paths) == set(others)

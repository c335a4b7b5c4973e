"""What `jaxcnn predict` prints, and its exit status."""

import csv
import dataclasses
import io
import json
import os
import re
import shutil
import socket
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import jaxcnn
from jaxcnn import commands
from jaxcnn.commands._arguments import check_run_first
from jaxcnn.commands._predict import print_csv
from jaxcnn.data import Dataset, PictureStatistics
from jaxcnn.reports import FilePrediction


@pytest.fixture(autouse=True)
def programs(monkeypatch):
    """The folders that compiled programs would be kept in; nothing is."""
    folders = []
    monkeypatch.setattr("jaxcnn.commands._arguments.has_started", lambda: False)
    monkeypatch.setattr("jaxcnn.commands._arguments.set_up", lambda cache: folders.append(cache))
    return folders


@pytest.fixture
def predict(run, capfd):
    """Calls the command: exit status, standard output, standard error."""

    def call(*arguments, run=run):
        with pytest.raises(SystemExit) as exit_:
            commands.main(["predict", str(run), *map(str, arguments)])
        printed = capfd.readouterr()
        return exit_.value.code, printed.out, printed.err

    return call


@pytest.fixture
def stdin(monkeypatch):
    def say(content):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))

    return say


EXTENSIONS = f"(pictures end in {', '.join(jaxcnn.data.IMAGE_SUFFIXES)})"


@pytest.mark.thorough
def test_a_table(predict, network, pictures):
    photo, more = pictures / "photo.jpg", pictures / "more"
    status, out, err = predict(photo, more)
    notes = more / "notes.txt"
    assert (status, err) == (0, f"Left out: 1 other file, such as {notes} {EXTENSIONS}\n")
    header, first, *rest = out.splitlines()
    assert header.split("  ")[0] == "image"
    (name, likely), *_ = network.classify(photo)
    assert first.startswith(f"{photo} ")
    assert f" {name} {likely:.0%}, " in first
    assert [line.split()[0] for line in rest] == [str(more / f"{i}.png") for i in range(2, 11)]


@pytest.mark.thorough
@pytest.mark.skipif(os.name != "posix", reason="sockets of POSIX")
def test_what_is_no_file_is_named_and_other_files_are_counted(
    predict, pictures, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)  # long names of sockets are refused
    shutil.copy(pictures / "photo.jpg", tmp_path)
    for name in ("README.txt", "b/list.csv", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    status, out, err = predict(tmp_path, "--csv", "--top", "1")
    assert (status, len(out.splitlines())) == (0, 2)
    left_out = f"Left out: 2 other files, such as {tmp_path / 'README.txt'} {EXTENSIONS}"
    assert err == f"{left_out}\n"
    with socket.socket(socket.AF_UNIX) as place:
        place.bind("s.png")
        status, out, err = predict(tmp_path, "--json")
    assert (status, len(json.loads(out))) == (1, 2)
    assert err.splitlines()[0].startswith(f"{tmp_path / 's.png'}: ")
    assert err.splitlines()[1:] == [
        left_out,
        "1 of 2 image files could not be read",
    ]


@pytest.fixture
def dark(network, tmp_path):
    """The folder of the network, trained on dark pictures, and a white picture beside it."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 60, (20, *network.input_shape), np.uint8)
    usual = PictureStatistics.of(Dataset(images, [0, 1] * 10, ("a", "b")))
    jaxcnn.Run(dataclasses.replace(network, pictures=usual)).save(tmp_path / "run")
    Image.fromarray(255 - images[0]).save(tmp_path / "white.png")
    Image.fromarray(images[1]).save(tmp_path / "dark.png")
    return tmp_path


@pytest.mark.thorough
def test_what_is_unusual_is_said_below_a_picture(predict, dark):
    files = (dark / "dark.png", dark / "white.png")
    status, out, err = predict(*files, run=dark / "run")
    assert (status, err) == (0, "")
    _, usual, white, unusual = out.splitlines()
    assert [line.split()[0] for line in (usual, white)] == [*map(str, files)]
    assert re.fullmatch(
        r"    0\.8\d bright on average, training pictures 0\.1\d: try to invert it", unusual
    )
    found = json.loads(predict(*files, "--json", run=dark / "run")[1])
    assert [each["unusual"] for each in found] == ["", unusual.strip()]
    assert [each["advice"] for each in found] == ["", "invert it"]
    assert [each["statistic"] for each in found[1]["differences"]] == ["brightness"]
    rows = csv.DictReader(io.StringIO(predict(*files, "--csv", run=dark / "run")[1]))
    assert [row["unusual"] for row in rows] == [""] * 3 + [unusual.strip()] * 3


@pytest.mark.thorough
def test_the_place_of_an_explanation_is_said(predict, dark):
    why = dark / "why"
    _, out, _ = predict(dark / "dark.png", "--explain", why, run=dark / "run")
    assert out.splitlines()[-1] == f"    explained in {why / '1-dark.png'}"
    shutil.rmtree(why)
    _, _, err = predict(dark / "dark.png", "--explain", why, "--csv", run=dark / "run")
    assert err == f"The explanations are in {why}\n"


def test_a_broken_picture(predict, pictures):
    status, out, err = predict(pictures / "broken.jpg", pictures / "photo.jpg", "--top", 1)
    assert status == 1
    assert [line.split()[0] for line in out.splitlines()] == [
        "image",
        str(pictures / "photo.jpg"),
    ]
    assert f"{pictures / 'broken.jpg'}: expected an image, got another or a damaged file" in err
    assert "1 of 2 image files could not be read" in err


@pytest.mark.thorough
def test_json_and_csv_say_the_same(predict, pictures):
    status, out, _ = predict(pictures, "--json")
    found = json.loads(out)
    assert status == 1
    assert len(found) == 11
    assert len(out.splitlines()) == 13  # a line is whole before a message may follow
    status, out, _ = predict(pictures, "--csv")
    assert status == 1
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == ["path", "rank", "class", "probability", "error", "unusual"]
    for picture in found:
        of_picture = [row for row in rows if row["path"] == picture["path"]]
        if "error" in picture:
            (row,) = of_picture
            assert (row["class"], row["error"]) == ("", picture["error"])
            continue
        assert [row["rank"] for row in of_picture] == ["1", "2", "3"]
        assert [row["class"] for row in of_picture] == [x["class"] for x in picture["classes"]]
        assert float(of_picture[0]["probability"]) == picture["classes"][0]["probability"]


@pytest.mark.thorough
def test_standard_input(predict, pictures, stdin):
    stdin((pictures / "photo.jpg").read_bytes())
    status, out, _ = predict("-", "--json")
    assert status == 0
    (from_stdin,) = json.loads(out)
    stdin(f"{pictures / 'photo.jpg'}\0".encode())
    status, out, _ = predict("--files-from", "-", "--json")
    assert status == 0
    (from_list,) = json.loads(out)
    assert from_list["path"] == str(pictures / "photo.jpg")
    assert from_stdin["classes"] == from_list["classes"]


def test_names_from_a_file(predict, pictures, tmp_path):
    (tmp_path / "names.txt").write_text(f"{pictures / 'more' / '2.png'}\n{pictures / 'nö.png'}\n")
    status, out, err = predict("--files-from", tmp_path / "names.txt", "--csv", "--top", "1")
    assert status == 1
    assert out.count("2.png,1,") == 1
    assert "nö.png: No such file or directory" in err


def test_names_that_no_terminal_shows(predict, tmp_path):
    name = str(tmp_path / "two\nlines\udcff.png")
    assert "two\\nlines\\udcff.png: " in predict(name)[2]
    assert "two\nlines\\udcff.png" in predict(name, "--csv")[1]
    assert json.loads(predict(name, "--json")[1])[0]["path"] == name


def test_names_in_an_output_that_is_ascii_only():
    written = io.BytesIO()
    file = io.TextIOWrapper(written, encoding="ascii", write_through=True)
    print_csv([FilePrediction("nö.png", (("Bär", 1.0),))], file=file)
    assert b"n\\xf6.png,1,B\\xe4r,1.000000,,\n" in written.getvalue()


def test_names_of_classes_cannot_steer_a_terminal(predict, network, pictures, tmp_path):
    evil = ("\x1b[2J", "a\nb", "\udcff")
    jaxcnn.Run(dataclasses.replace(network, class_names=evil)).save(tmp_path)
    status, out, _ = predict(pictures / "photo.jpg", run=tmp_path)
    assert status == 0
    assert len(out.splitlines()) == 2
    assert all(name in out for name in ("\\x1b[2J", "a\\nb", "\\udcff"))
    assert "\\udcff" in predict(pictures / "photo.jpg", "--csv", run=tmp_path)[1]


def test_compiled_programs_are_kept(predict, pictures, programs, tmp_path):
    predict(pictures / "photo.jpg")
    predict(pictures / "photo.jpg", "--cache", tmp_path)
    assert programs == [True, tmp_path]


def test_several_labels(predict, many, pictures, tmp_path):
    jaxcnn.Run(many).save(tmp_path)
    photo = pictures / "photo.jpg"
    status, out, _ = predict(photo, "--threshold", "0", run=tmp_path)
    assert status == 0
    assert out.count(", ") == 2
    assert predict(photo, "--threshold", "1", run=tmp_path)[1].endswith(" none\n")
    assert predict(photo, "--threshold", "1", "--csv", run=tmp_path)[1].endswith("jpg,,,,,\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "PICTURES: expected image files or folders after the folder of the run, got none"),
        (("{empty}",), ", .heif), got no files"),
        (("a.png", "--json", "--csv"), "--json, --csv: expected at most one"),
        (("-", "--files-from", "-"), "standard input"),
        (("--files-from", "{empty}/names"), "No such file"),
        (("a.png", "--threshold", "0.4"), "not multilabel"),
        (("a.png", "--top", "0"), "--top: expected at least 1"),
    ],
)
def test_nothing_to_do_or_a_wrong_command_line(predict, arguments, message, tmp_path):
    status, out, err = predict(*(argument.format(empty=tmp_path) for argument in arguments))
    assert (status, out) == (2, "")
    assert message in err


def test_a_picture_in_place_of_the_run(predict, pictures):
    photo = pictures / "photo.jpg"
    status, out, err = predict(photo, run=photo)
    assert (status, out) == (2, "")
    assert f"RUN: expected the folder of a run as the first argument, got '{photo}' (pict" in err


def test_a_run_after_the_pictures(predict, run, pictures):
    photo, more = pictures / "photo.jpg", pictures / "more"
    status, out, err = predict(run, run=photo)
    assert (status, out) == (2, "")
    assert f"got '{photo}' (did you mean jaxcnn predict {run} {photo}?)" in err
    *_, err = predict(photo, run, more / "2.png", run=more)
    assert f"(did you mean jaxcnn predict {run} {more} {photo} ...?)" in err


def test_pictures_after_a_run_are_not_looked_at(run, monkeypatch):
    monkeypatch.setattr("jaxcnn.commands._arguments.Path", lambda _: pytest.fail("looked at"))
    check_run_first("predict", run, ["photo.jpg"] * 3)


def test_no_table_of_pictures_that_are_all_missing(predict):
    status, out, err = predict("nowhere.png")
    assert (status, out) == (1, "")
    assert err.startswith("nowhere.png: No such file")


def test_a_folder_of_explanations_that_has_files(predict, pictures):
    status, out, err = predict(pictures / "photo.jpg", "--explain", pictures / "more")
    assert (status, out) == (2, "")
    assert f"{pictures / 'more'}: expected a new folder or an empty one, got one that" in err


def test_a_folder_that_is_no_run(predict, pictures, tmp_path):
    status, out, err = predict(pictures / "photo.jpg", run=tmp_path)
    assert (status, out) == (2, "")
    assert "expected a saved network" in err


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"a.png\r\n\r\nb c.png", ["a.png", "b c.png"]),
        (b"two\nlines.png\0b.png\0", ["two\nlines.png", "b.png"]),
        ("über.png\n".encode(), ["über.png"]),
    ],
)
def test_lists_of_names(predict, stdin, content, names):
    stdin(content)
    status, out, _ = predict("--files-from", "-", "--json")
    assert status == 1
    assert [entry["path"] for entry in json.loads(out)] == names


def test_a_name_that_is_no_text_leads_to_its_file(predict, stdin, pictures, tmp_path):
    name = bytes(tmp_path / "x") + b"\xff.jpg"
    shutil.copy(pictures / "photo.jpg", name)
    stdin(name + b"\n")
    status, out, _ = predict("--files-from", "-", "--json")
    assert (status, len(json.loads(out))) == (0, 1)

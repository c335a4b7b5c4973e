import json
import os

import pytest

from jaxcnn._support import manifest
from jaxcnn._support.manifest import (
    IncompleteError,
    check_manifest,
    manifest_faults,
    mark_incomplete,
    write_manifest,
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a").write_text("one")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c").write_text("two")
    write_manifest(tmp_path)
    return tmp_path


def test_a_folder_that_is_as_it_was(folder):
    assert check_manifest(folder)
    (folder / "manifest.json").unlink()
    assert not check_manifest(folder)


def test_all_files_in_all_folders_count(folder):
    (folder / "b" / "c").write_text("owt")
    (folder / "b" / "d").write_text("")
    assert manifest_faults(folder) == {
        "b/c": "expected the bytes that were saved, got others",
        "b/d": "expected no such file, got one that was not saved here",
    }
    with pytest.raises(ValueError, match=r"b/c: expected the bytes .*; likewise b/d \(or .*manif"):
        check_manifest(folder)


@pytest.mark.parametrize("name", [".DS_Store", "._c", "b/.DS_Store", "b/Thumbs.db", "@eaDir/x"])
def test_what_systems_create_is_no_damage(folder, name):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("litter")
    assert check_manifest(folder)
    write_manifest(folder)  # nor is it missed when it is gone
    (folder / name).unlink()
    assert check_manifest(folder)
    (folder / ".other").write_text("")
    assert [*manifest_faults(folder)] == [".other"]


def test_only_named_files_count(folder):
    write_manifest(folder, ["a", "missing"])
    (folder / "b" / "c").write_text("owt")
    assert check_manifest(folder, ["a", "missing"])
    (folder / "missing").write_text("")
    with pytest.raises(ValueError, match="missing: expected no such file"):
        check_manifest(folder, ["a", "missing"])


def test_an_incomplete_folder(folder):
    mark_incomplete(folder)
    with pytest.raises(IncompleteError, match="expected complete files, got some that are being"):
        check_manifest(folder)


@pytest.mark.parametrize(
    "name", ["../a", "/etc/passwd", "b/../../a", "\x1b[31m", "a\nb"], ids=ascii
)
def test_a_manifest_that_leads_out_of_its_folder(folder, name):
    manifest._write(
        folder, {"version": 1, "complete": True, "files": {name: {"bytes": 0, "sha256": ""}}}
    )
    with pytest.raises(ValueError, match="expected files within the folder") as caught:
        check_manifest(folder)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "content",
    [
        {"version": 2, "complete": True, "files": {}},
        {"version": True, "complete": True, "files": {}},
        {"version": 1, "complete": True, "files": []},
        {"version": 1, "complete": True},
    ],
)
def test_a_manifest_of_another_form(folder, content):
    manifest._write(folder, content)
    with pytest.raises(ValueError, match=r"manifest\.json: "):
        check_manifest(folder)


@pytest.mark.parametrize("entry", [None, [], {}, {"bytes": "3", "sha256": ""}, {"a": 3, "b": "x"}])
def test_an_entry_of_another_form(folder, entry):
    manifest._write(folder, {"version": 1, "complete": True, "files": {"a": entry}})
    with pytest.raises(ValueError, match=r"manifest\.json: expected size and checksum per file"):
        check_manifest(folder)


def test_what_is_no_file(folder):
    (folder / "a").unlink()
    os.mkfifo(folder / "a")  # which would never end
    with pytest.raises(ValueError, match="a: expected a file, got a folder or a device"):
        check_manifest(folder, ["a"])


def test_a_manifest_without_its_checksum(folder):
    content = json.loads((folder / "manifest.json").read_text())
    del content["checksum"]
    (folder / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match="expected the manifest that was saved, got a damaged one"):
        check_manifest(folder)

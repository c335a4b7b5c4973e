"""A run's folder tells by which commands it was trained, and how they ended."""

import os
import sys
import warnings
from types import SimpleNamespace

import jax
import pytest

from jaxcnn.runs import append_log, claim, logged_run, read_log


def test_a_training_that_ends(tmp_path, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_some=1")
    with pytest.warns(UserWarning, match="shown"), logged_run(tmp_path, resumed_from=12):
        warnings.warn("and shown", stacklevel=1)
    begin, warning, end = read_log(tmp_path)
    assert (begin["event"], warning["event"], end["event"]) == ("begin", "warning", "end")
    assert begin["command"] == sys.orig_argv
    assert begin["resumed_from"] == 12
    assert begin["versions"]["jax"] == jax.__version__
    assert begin["environment"]["XLA_FLAGS"] == "--xla_some=1"
    assert begin["settings"]["jax_num_cpu_devices"] == 3
    assert warning["text"] == "UserWarning: and shown"
    assert "test_log.py:" in warning["place"]
    assert end["error"] is None
    assert begin["time"].endswith("+00:00")


def test_the_git_revision_of_the_working_directory(tmp_path, monkeypatch):
    from jaxcnn.runs import _log

    monkeypatch.chdir(tmp_path)
    assert _log._revision() is None
    found = SimpleNamespace(stdout="0123abcd-dirty\n")
    monkeypatch.setattr(_log.subprocess, "run", lambda *_, **__: found)
    assert _log._revision() == "0123abcd-dirty"


def test_a_training_that_fails(tmp_path):
    with pytest.raises(OSError, match="full"), logged_run(tmp_path):
        raise OSError("disk full")
    assert read_log(tmp_path)[-1]["error"] == "OSError: disk full"
    assert claim(tmp_path) == tmp_path  # a log alone is no run


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "log.jsonl").symlink_to("precious")
    with pytest.raises(OSError, match=r"log\.jsonl"):
        append_log(tmp_path, "begin")
    assert (tmp_path / "precious").read_text() == "kept"


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "log.jsonl")
    with pytest.raises(ValueError, match=r"log\.jsonl: expected a regular file, got a pipe"):
        append_log(tmp_path, "begin")


def test_a_long_log_is_not_read_to_append_to_it(tmp_path):
    with (tmp_path / "log.jsonl").open("wb") as file:
        file.truncate(10**12)  # a file with a hole takes no space
    append_log(tmp_path, "begin")
    assert (tmp_path / "log.jsonl").stat().st_size > 10**12


def test_half_a_line_of_a_process_that_was_killed_spoils_nothing(tmp_path):
    assert read_log(tmp_path) == []
    append_log(tmp_path, "begin", path=tmp_path)
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"event": "wa')
    append_log(tmp_path, "end")
    with (tmp_path / "log.jsonl").open("ab") as file:
        file.write(b"3\n\xff\n[[\n")
    assert [entry["event"] for entry in read_log(tmp_path)] == ["begin", "end"]
    assert read_log(tmp_path)[0]["path"] == str(tmp_path)

"""A run's folder says how far its training has come."""

import json
import os
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
import saved_runs

import jaxcnn
from jaxcnn._support.manifest import mark_incomplete
from jaxcnn.runs import (
    _status,
    claim,
    counted_steps,
    heartbeat,
    lock_folder,
    read_status,
    steps_taken,
    write_status,
)


def test_a_status_is_read_back(tmp_path):
    assert read_status(tmp_path) is None
    for status in ("running", "interrupted", "failed", "done"):
        write_status(tmp_path, status, steps=3)
        found = read_status(tmp_path)
        assert found is not None
        assert (found.status, found.steps) == (status, 3)
        assert found.time.endswith("+00:00")
        assert found.checkpoint is None
    (tmp_path / "checkpoints" / "2").mkdir(parents=True)
    write_status(tmp_path, "done", steps=3)
    found = read_status(tmp_path)
    assert found is not None
    assert found.checkpoint == 2


def test_a_status_that_does_not_exist(tmp_path):
    with pytest.raises(ValueError, match="status: expected one of running, interrupted, failed"):
        write_status(tmp_path, "dnoe")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="steps: expected at least 0, got -1"):
        write_status(tmp_path, "done", steps=-1)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("running", "that was cut off after step 120 (there is no checkpoint to go on"),
        (
            "interrupted",
            "that was interrupted after step 120 (there is no checkpoint to go on",
        ),
        ("failed", "that failed after step 120 (there is no checkpoint to go on"),
        ("done", "none (there is no network.json)"),
    ],
)
def test_a_folder_without_a_network_says_what_became_of_it(tmp_path, status, words):
    write_status(tmp_path, status, steps=120)
    with pytest.raises(FileNotFoundError, match="expected a saved network, got ") as caught:
        jaxcnn.load(tmp_path)
    assert words in str(caught.value)


def test_a_folder_of_runs_lists_them(tmp_path):
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "network.json").write_text("{}")
    with pytest.raises(FileNotFoundError, match=r"network.json; did you mean .*/a or .*/b\?\)"):
        jaxcnn.load(tmp_path)


def test_a_folder_with_nothing_but_a_status_can_be_claimed_again(tmp_path):
    write_status(tmp_path, "running")
    assert claim(tmp_path) == tmp_path
    with pytest.raises(FileExistsError, match="got one that contains"):
        saved_runs.run().save(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(FileExistsError, match="got one that contains"):
        claim(tmp_path)


def test_a_training_that_still_runs(tmp_path):
    write_status(tmp_path, "running", steps=120)
    with lock_folder(tmp_path), pytest.raises(FileNotFoundError, match="still running, in a fold"):
        jaxcnn.load(tmp_path)


def test_a_heartbeat_says_how_far_a_training_has_come(tmp_path, monkeypatch):
    clock = iter([5.0, 14.9, 15.1, 16.0])
    monkeypatch.setattr(_status.time, "monotonic", lambda: next(clock))
    beat, steps = heartbeat(tmp_path), []
    for step in (1, 2, 3, 4):
        beat(step)
        found = read_status(tmp_path)
        assert found is not None
        assert found.status == "running"
        steps.append(found.steps)
    assert steps == [1, 1, 3, 3]
    monkeypatch.undo()
    heartbeat(tmp_path / "a folder that was deleted")(1)


@pytest.mark.parametrize("ends", [None, KeyboardInterrupt])
def test_the_last_step_is_written_at_the_end(tmp_path, ends):
    with nullcontext() if ends is None else pytest.raises(ends), counted_steps(tmp_path) as count:
        for step in (1, 2, 3):
            count(step)
        if ends is not None:
            raise ends
    found = read_status(tmp_path)
    assert found is not None
    assert (found.status, found.steps) == ("running", 3)
    write_status(tmp_path, "running", steps=9)
    with counted_steps(tmp_path):
        pass
    assert steps_taken(tmp_path) == 9


def test_a_heartbeat_survives_a_power_failure(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr("os.fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    heartbeat(tmp_path)(1)
    assert synced == [(tmp_path / "status.json").stat().st_ino, tmp_path.stat().st_ino]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "[01] s"), (118, "11[89] s"), (200, "3 min"), (7300, "2 hours"), (9e5, "10 days")],
)
def test_a_training_that_hangs_was_last_heard_of_long_ago(tmp_path, seconds, words):
    write_status(tmp_path, "running", steps=120)
    then = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()
    file = tmp_path / "status.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"time": then}))
    expected = rf"\(last heard of {words} ago, after step 120\)"
    with lock_folder(tmp_path), pytest.raises(FileNotFoundError, match=expected):
        jaxcnn.load(tmp_path)


def test_a_run_whose_saving_was_cut_off_says_so(tmp_path):
    folder = saved_runs.run().save(tmp_path / "run")
    write_status(folder, "running", steps=120)
    assert jaxcnn.load(folder).class_names == saved_runs.NAMES  # whole, whatever the status
    mark_incomplete(folder)
    with pytest.raises(ValueError, match="got a training that was cut off after step 120"):
        jaxcnn.load(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": "dnoe"}, "status: expected one of running, .*did you mean done"),
        ({"status": ["done"]}, "status: expected one of running"),
        ({"steps": -1}, "steps: expected at least 0"),
        ({"steps": True}, "steps: expected an integer"),
        ({"checkpoint": True}, "checkpoint: expected an integer"),
        ({"checkpoint": -1}, "checkpoint: expected at least 0"),
        ({"time": 3}, "argument must be str"),
        ({"time": "\x1b[31m"}, "Invalid isoformat string"),
        ({"time": "2026-11-29T00:00:00"}, "time: expected one with a time zone"),
        ({"version": 1.0}, "version: expected 1, got 1.0"),
    ],
)
def test_a_damaged_status_is_named(tmp_path, change, message):
    write_status(tmp_path, "running")
    file = tmp_path / "status.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(ValueError, match=rf"status\.json: .*{message}") as caught:
        jaxcnn.load(tmp_path)
    assert "\x1b" not in str(caught.value)
    file.write_text("{}")
    with pytest.raises(ValueError, match=r"status\.json: expected an entry 'version', got none"):
        read_status(tmp_path)

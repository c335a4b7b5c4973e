"""The runs in a folder as a table."""

import csv
import io
import json
import os
import shutil

import pytest
import small
from flax import nnx

import jaxcnn
from jaxcnn.inference import Network, Normalization, functionalize
from jaxcnn.runs import ListedRun, RunList, find_runs, lock_folder, write_status


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    data = small.dataset()
    apply, variables = functionalize(jaxcnn.build(small.LINEAR, data.input_shape, rngs=nnx.Rngs(0)))
    names = data.class_names
    normalization = Normalization.of(data)
    network = Network(apply, variables, normalization, data.input_shape, names, small.LINEAR)
    folder = tmp_path_factory.mktemp("runs") / "saved"
    jaxcnn.Run(network, settings={"model": "linear"}).save(folder, test=data)
    return folder


@pytest.fixture
def top(saved, tmp_path):
    """Folders of runs: saved, cut off, interrupted, failed; and of others."""
    top = tmp_path / "runs"
    top.mkdir()
    shutil.copytree(saved, top / "saved")
    for number, status in enumerate(("running", "interrupted", "failed")):
        (top / "group" / status).mkdir(parents=True)
        write_status(top / "group" / status, status, steps=number)
    (top / ".hidden").mkdir()
    write_status(top / ".hidden", "failed")
    (top / "checkpoints" / "1").mkdir(parents=True)
    return top


def test_status_and_results(top):
    found = {os.path.relpath(run.folder, top): run for run in find_runs(top).runs}
    assert {name: run.status for name, run in found.items()} == {
        "saved": "done",
        "group/running": "cut off",
        "group/interrupted": "interrupted",
        "group/failed": "failed",
    }
    result = json.loads((top / "saved" / "result.json").read_text())
    run = found["saved"]
    assert run.test_accuracy == result["test_accuracy"]
    assert (run.dataset, run.model) == ("rows", "linear")


@pytest.mark.parametrize(
    ("ended_by", "status", "cell"),
    [("max_steps", "stopped", "stopped (max_steps)"), ("early_stopping", "done", "done")],
)
def test_a_run_that_a_limit_ended_is_not_done(top, ended_by, status, cell):
    path = top / "saved" / "result.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"stopped": ended_by}))
    (run,) = find_runs(top / "saved").runs
    assert (run.status, run.cells["status"]) == (status, cell)


def test_a_run_that_is_locked_is_running(top):
    with lock_folder(top / "group" / "running"):
        found = {run.folder: run.status for run in find_runs(top).runs}
    assert found[str(top / "group" / "running")] == "running"


def test_the_newest_comes_first(top):
    os.utime(top / "group" / "failed" / "status.json", (2e9, 2e9))
    for path in (top / "saved").iterdir():
        os.utime(path, (1e9, 1e9))
    names = [os.path.basename(run.folder) for run in find_runs(top).runs]
    assert (names[0], names[-1]) == ("failed", "saved")
    assert find_runs(top).runs[0].time == "2033-05-18T03:33:20+00:00"


def test_damaged_files_are_said_and_hide_no_other_run(top):
    (top / "saved" / "result.json").write_text("[")
    (top / "group" / "failed" / "status.json").write_text('{"version": 1}')
    (top / "group" / "interrupted" / "result.json").write_text('{"epochs": "many"}')
    found = {os.path.basename(run.folder): run for run in find_runs(top).runs}
    assert found["saved"].status == found["failed"].status == "damaged"
    assert found["interrupted"].epochs is None
    assert str(find_runs(top)).endswith(
        f"Not read:\n{top}/group/failed: {found['failed'].problem}\n"
        f"{top}/saved: {found['saved'].problem}"
    )
    assert found["saved"].problem.startswith("result.json: expected JSON")


def test_a_run_is_found_by_its_own_folder_and_links_are_not_followed(top, tmp_path):
    assert [run.folder for run in find_runs(top / "saved").runs] == [str(top / "saved")]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "link").symlink_to(top)
    assert find_runs(tmp_path / "other") == RunList(str(tmp_path / "other"), ())
    assert str(find_runs(tmp_path / "other")).startswith("There are no runs in ")


def test_a_folder_that_cannot_be_read_hides_no_run(top, monkeypatch):
    scan = os.scandir

    def refuse(path):
        if os.path.basename(path) == "group":
            raise PermissionError(path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = find_runs(top)
    assert [os.path.basename(run.folder) for run in found.runs] == ["saved"]
    assert found.problems[0].startswith(f"{top}/group: ")


def test_a_run_that_vanishes_while_it_is_listed_raises_nothing(top, monkeypatch):
    def vanish(path):
        shutil.rmtree(path)
        raise FileNotFoundError(path)

    monkeypatch.setattr("jaxcnn.runs._list.folder_to_read", vanish)
    assert find_runs(top / "saved").runs[0].status == "damaged"


def test_the_table_leaves_out_what_no_run_has():
    run = ListedRun("runs/a", "failed", "rows", "linear", None, None, 0.5, "2026-01-02T03:04:05Z")
    head, line = str(RunList("runs", (run,))).splitlines()
    assert head.split() == ["run", "status", "data", "network", "date", "loss"]
    assert line.split()[:4] == ["runs/a", "failed", "rows", "linear"]
    assert line.endswith("0.5000")


def test_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none: expected a folder of runs, got none$"):
        find_runs(tmp_path / "none")


def test_parameters_interval_and_seconds_are_in_the_table(top):
    run = next(run for run in find_runs(top).runs if run.status == "done")
    result = json.loads((top / "saved" / "result.json").read_text())
    assert run.parameters == jaxcnn.summary(small.LINEAR, small.dataset().input_shape).parameters
    assert run.test_accuracy_interval == tuple(result["test_accuracy_interval"])
    low, high = run.test_accuracy_interval
    assert run.cells["95% interval"] == f"{low:.2%} to {high:.2%}"


RUNS = RunList(
    "runs",
    (
        ListedRun("a", "done", "x", "m", 2, 0.5, 1.0, "2026-01-02T03:04:05+00:00", seconds=20.5),
        ListedRun("b", "running", "x", "m", None, None, None, "2026-01-03T03:04:05+00:00"),
        ListedRun(
            *("=c", "done", "x", "m", 9, 0.75, 0.5, "2026-01-01T03:04:05+00:00"),
            parameters=1234,
            test_accuracy_interval=(0.7, 0.8),
            seconds=3.5,
        ),
    ),
)


@pytest.mark.parametrize(
    ("column", "order"),
    [
        ("accuracy", "a =c b"),
        ("-accuracy", "=c a b"),
        ("-seconds", "a =c b"),
        ("-date", "b a =c"),
        ("status", "a =c b"),
    ],
)
def test_sorted_by_any_column_with_unknown_values_last(column, order):
    assert " ".join(run.folder for run in RUNS.sorted_by(column).runs) == order


def test_an_unknown_column():
    with pytest.raises(ValueError, match=r"sort: expected one of run, .*did you mean accuracy\?"):
        RUNS.sorted_by(sort="acuracy")


def test_csv_has_exact_values_and_runs_no_formula():
    rows = [*csv.DictReader(io.StringIO(RUNS.to_csv()))]
    assert [row["run"] for row in rows] == ["a", "b", "'=c"]
    assert rows[2]["accuracy_low"] == "0.7"
    assert rows[0]["seconds"] == "20.5"
    assert rows[1]["accuracy"] == ""

import csv
import json

import bright_rows
import jax
import pytest

import jaxcnn
from jaxcnn.runs import History, Logs, append_epoch, read_record

HISTORY = (
    {"epoch": 1, "train_loss": 0.1, "learning_rate": None, "norms": {"layers.0.kernel": 2.5}},
    {"epoch": 2, "train_loss": float("inf"), "name": 'with , and "', "seconds": 3},
)
FILES = ("metrics.csv", "metrics.jsonl")


def save(history, folder):
    return jaxcnn.Run(bright_rows.network(), history).save(folder)


def test_every_name_is_a_column_and_what_an_epoch_lacks_is_empty(tmp_path):
    save(HISTORY, tmp_path)
    with (tmp_path / "metrics.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["epoch", "train_loss", "learning_rate", "norms.layers.0.kernel", "name", "seconds"],
        ["1", "0.1", "", "2.5", "", ""],
        ["2", "", "", "", 'with , and "', "3"],
    ]
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        HISTORY[0],
        {**HISTORY[1], "train_loss": None},
    ]


def test_epoch_by_epoch_the_files_are_the_same(tmp_path):
    whole = save(HISTORY, tmp_path / "whole")
    (tmp_path / "grown").mkdir()
    for logs in HISTORY:
        append_epoch(logs, tmp_path / "grown")
    assert read_record(whole).history == (HISTORY[0], {**HISTORY[1], "train_loss": None})
    for name in FILES:
        assert (whole / name).read_bytes() == (tmp_path / "grown" / name).read_bytes()


def test_no_epoch_at_all(tmp_path):
    save((), tmp_path)
    assert [(tmp_path / name).read_text().strip() for name in FILES] == ["", ""]
    assert read_record(tmp_path).history == ()


@pytest.mark.parametrize("text", ["[1]\n", "{\n", "[" * 100_000, "\udcff"])
def test_a_damaged_history_is_named(tmp_path, text):
    save(HISTORY, tmp_path)
    (tmp_path / "metrics.jsonl").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ValueError, match=r"metrics\.jsonl: "):
        read_record(tmp_path)


@pytest.mark.parametrize("damage", ["", "[]\n", "3\n", "{}\n", '{"epoch": null}\n', "\0"])
def test_damaged_metrics_of_a_training_that_goes_on_are_named_with_what_to_do(tmp_path, damage):
    file = tmp_path / "metrics.jsonl"
    file.write_text(damage)
    if damage:
        with pytest.raises(ValueError, match=r"metrics\.jsonl: .* \(delete this file; a training"):
            append_epoch({"epoch": 2}, tmp_path)
        file.unlink()
    append_epoch({"epoch": 2}, tmp_path)
    assert file.read_text() == '{"epoch": 2}\n'


def test_logs_are_a_pytree_like_a_dict():
    logs = Logs(train_loss=0.5, epoch=1, norms={"conv": 2.0}, missing=None)
    doubled = jax.tree.map(lambda value: 2 * value, logs)
    assert isinstance(doubled, Logs)
    assert doubled == {"train_loss": 1.0, "epoch": 2, "norms": {"conv": 4.0}, "missing": None}
    paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(logs)]
    assert paths == ["['epoch']", "['norms']['conv']", "['train_loss']"]
    history = jax.tree.map(lambda value: 2 * value, History([logs]))
    assert (type(history), history[0]) == (History, doubled)
    of_types = jax.tree.map(type, history, is_leaf=lambda value: isinstance(value, Logs))
    assert of_types == (Logs,)


@pytest.mark.parametrize(
    "changed",
    [Logs(a=1) | {"b": 2}, {"a": 1} | Logs(b=2), Logs(a=1, b=2).copy()],
    ids=["left", "right", "copy"],
)
def test_what_is_made_of_logs_are_logs(changed):
    assert (type(changed), changed) == (Logs, {"a": 1, "b": 2})
    with pytest.raises(KeyError, match="logs: expected one of a, b, got 'c'"):
        changed["c"]


def test_logs_join_with_mappings_only():
    with pytest.raises(TypeError, match="unsupported operand"):
        Logs(a=1) | [("b", 2)]

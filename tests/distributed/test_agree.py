"""With one process, it agrees with itself; several are in `test_two_processes.py`."""

import jax
import numpy as np
import pytest
from jax.experimental import multihost_utils

from jaxcnn.distributed import (
    _agree,
    all_gather,
    broadcast,
    first_before_others,
    from_first,
    in_lockstep,
    together,
)


def test_one_process_agrees_with_itself():
    assert all_gather({"a": [1, None]}) == [{"a": [1, None]}]
    assert from_first("x") == "x"
    tree = {"key": jax.random.key(0), "array": np.float32([-0.0])}
    assert broadcast(tree) is tree
    assert first_before_others(lambda: 3) == 3


def test_an_error_is_the_same_error():
    with pytest.raises(KeyError, match="mine"), together():
        raise KeyError("mine")


@pytest.mark.parametrize(
    ("items", "expected", "message"),
    [
        ("ab", "ab??", "items: expected 4, got 2"),
        ("", "????", "items: expected 4, got 0"),
        ("abcdef", "abcd", "items: expected 4, got more"),
    ],
)
def test_a_process_with_another_number_of_items_ends_all(items, expected, message, monkeypatch):
    told, taken = [], []
    monkeypatch.setattr(jax, "process_count", lambda: 2)
    monkeypatch.setattr(_agree, "all_gather", lambda value: told.append(value) or [value, None])
    with pytest.raises(ValueError, match=message):
        taken.extend(in_lockstep(iter(items), 4, lambda: "?"))
    assert "".join(taken) == expected
    assert told == [f"ValueError: {message}"]


def test_many_arrays_are_sent_in_pieces_and_stay_where_they_are(monkeypatch):
    sent = []
    other = jax.devices()[1]

    def send(part):
        sent.append(len(part))
        return part.copy()

    monkeypatch.setattr(jax, "process_count", lambda: 2)
    monkeypatch.setattr(multihost_utils, "broadcast_one_to_all", send)
    monkeypatch.setattr(_agree, "PIECE", 100)
    with jax.default_device(other):
        there = jax.numpy.arange(70.0)
    tree = {"key": jax.random.key(3), "a": there, "b": np.float32([-0.0, 2]), "c": np.int8(5)}
    found = broadcast(tree)
    assert sent == [100, 100, 97]
    for name in ("a", "b", "c"):
        assert np.asarray(found[name]).tobytes() == np.asarray(tree[name]).tobytes(), name
        assert found[name].dtype == tree[name].dtype
    assert (jax.random.key_data(found["key"]) == jax.random.key_data(tree["key"])).all()
    assert (found["a"].devices(), found["b"].devices()) == ({other}, {jax.devices()[0]})
    assert not getattr(found["a"], "committed", True)

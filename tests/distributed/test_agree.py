"""With one process, it agrees with itself; several are in `test_two_processes.py`."""

import jax
import numpy as np
import pytest

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

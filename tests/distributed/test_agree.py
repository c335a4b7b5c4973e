"""With one process, it agrees with itself; several are in `test_two_processes.py`."""

import jax
import numpy as np
import pytest

from jaxcnn.distributed import broadcast, first_before_others, from_first, gather, together


def test_one_process_agrees_with_itself():
    assert gather({"a": [1, None]}) == [{"a": [1, None]}]
    assert from_first("x") == "x"
    tree = {"key": jax.random.key(0), "array": np.float32([-0.0])}
    assert broadcast(tree) is tree
    assert first_before_others(lambda: 3) == 3


def test_an_error_is_the_same_error():
    with pytest.raises(KeyError, match="mine"), together():
        raise KeyError("mine")

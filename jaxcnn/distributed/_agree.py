"""Values that all processes know, and errors that end all of them."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

import jax
import numpy as np

from jaxcnn._support.leaves import is_key
from jaxcnn._support.texts import error_text

Tree = TypeVar("Tree")
Value = TypeVar("Value")

PADDED_TO = 1_024
"""Texts are sent in multiples of so many bytes, because each length is a program to compile."""

PIECE = 2**26
"""Bytes of arrays that are sent at once. A device needs memory for one piece, not for all."""


class ProcessError(RuntimeError):
    """Raised in the other processes when one of them raised an error.

    Attributes:
        process: The number of the process that raised the error, from 0.
    """

    def __init__(self, process: int, text: str) -> None:
        self.process = process
        super().__init__(f"process {process} of {jax.process_count()} ended by an error: {text}")


def is_first() -> bool:
    """Return whether this process is process 0, which writes the files of all.

    Example:
        >>> is_first()  # also where there is only one process
        True
    """
    return jax.process_index() == 0


def all_gather(value: Any) -> list[Any]:
    """Return the values of all processes, in their order; all processes must call it.

    Args:
        value: Plain data, as JSON can hold them.

    Returns:
        One value per process, the same list in each.

    Example:
        >>> all_gather({"seconds": 1.5})
        [{'seconds': 1.5}]
    """
    if jax.process_count() == 1:
        return [value]
    from jax.experimental import multihost_utils

    text = np.frombuffer(json.dumps(value).encode(), np.uint8)
    sizes = multihost_utils.process_allgather(np.array(len(text), np.int32))
    padded = np.zeros(-(-int(sizes.max()) // PADDED_TO) * PADDED_TO, np.uint8)
    padded[: len(text)] = text
    rows = multihost_utils.process_allgather(padded)
    return [json.loads(row[:size].tobytes()) for row, size in zip(rows, sizes, strict=True)]


def from_first(value: Any) -> Any:
    """Return the value of process 0 in all processes, which must all call it.

    Args:
        value: Plain data, as JSON can hold them; only that of process 0 counts.

    Example:
        >>> from_first("runs/digits-2")
        'runs/digits-2'
    """
    return all_gather(value if is_first() else None)[0]


def broadcast(tree: Tree) -> Tree:
    """Return the arrays of process 0 in all processes, bit by bit; all processes must call it.

    Args:
        tree: A pytree of arrays, with the same shapes and dtypes in all processes; only the values
            of process 0 count.

    Returns:
        The pytree, with JAX's arrays on the device where they were, and others on the default
        device.
    """
    if jax.process_count() == 1:
        return tree
    from jax.experimental import multihost_utils

    leaves, structure = jax.tree.flatten(tree)
    arrays = [np.asarray(jax.random.key_data(x) if is_key(x) else x) for x in leaves]
    # As bytes, because the arrays of the others are added as zeros, and -0.0 + 0.0 is 0.0.
    total = np.frombuffer(bytearray().join(array.tobytes() for array in arrays), np.uint8)
    for start in range(0, len(total), PIECE):
        part = slice(start, start + PIECE)
        total[part] = multihost_utils.broadcast_one_to_all(total[part])
    ends = np.cumsum([array.nbytes for array in arrays])[:-1]
    parts = np.split(total, ends)
    found = [
        np.frombuffer(part.tobytes(), array.dtype).reshape(array.shape)
        for part, array in zip(parts, arrays, strict=True)
    ]
    return jax.tree.unflatten(structure, map(_like, found, leaves))


@contextmanager
def together() -> Iterator[None]:
    """Run a block in every process; if it raises an error in one of them, raise one in all.

    All processes must enter the block. Within it, nothing may wait for another process. With one
    process, it does nothing.

    Raises:
        ProcessError: If the block raised an error in another process, and none in this one.

    Example:
        >>> with together():
        ...     print("read a file, for example")
        read a file, for example
    """
    if jax.process_count() == 1:
        yield
        return
    error: Exception | None = None
    try:
        yield
    except Exception as raised:
        error = raised
    told = all_gather(None if error is None else error_text(error))
    if error is not None:
        raise error
    raise_first(told)


def in_lockstep(
    items: Iterable[Value], count: int, stand_in: Callable[[], Value]
) -> Iterator[Value]:
    """Yield `count` items in every process; if one of them lacks an item, raise an error in all.

    Use it for a loop whose body computes something with the other processes, which would wait
    forever for a process that has left the loop. After an error, or if there are too few items, a
    process gets stand-ins for those that it lacks, and all processes raise an error after the last
    item: what they computed is wrong then. All must run the loop to its end, and each pass must
    wait for what it computes. With one process, it yields the items only.

    Args:
        items: The items of this process, such as batches that are read from files.
        count: The number of items, the same in all processes.
        stand_in: A function that returns something like an item.

    Raises:
        ProcessError: If there was an error in another process, and none in this one.
        ValueError: If this process has fewer items, or more.

    Example:
        >>> list(in_lockstep(iter("ab"), 2, lambda: "?"))
        ['a', 'b']
    """
    if jax.process_count() == 1:
        yield from items
        return
    error: Exception | None = None
    taken = 0
    try:
        for item in items:
            if taken == count:
                raise ValueError(f"items: expected {count}, got more")
            taken += 1
            yield item
        if taken < count:
            raise ValueError(f"items: expected {count}, got {taken}")
    except Exception as raised:
        error = raised
    for _ in range(taken, count):
        yield stand_in()
    with together():
        if error is not None:
            raise error


def first_before_others(function: Callable[[], Value]) -> Value:
    """Call a function in process 0, and then in the others; all processes must call it.

    Use it for what writes files that the others read, such as a download.

    Args:
        function: The function.

    Returns:
        What the function returns in this process.

    Raises:
        ProcessError: If the function raised an error in another process, and none in this one.

    Example:
        >>> first_before_others(lambda: "data")
        'data'
    """
    found: list[Value] = []
    for is_turn in (is_first(), not is_first()):
        with together():
            if is_turn:
                found.append(function())
    return found[0]


def raise_first(told: list[str | None]) -> None:
    """Raise a `ProcessError` for the first process that told an error."""
    for process, text in enumerate(told):
        if text is not None:
            raise ProcessError(process, text)


def _like(found: np.ndarray, leaf: Any) -> Any:
    if is_key(leaf):
        return jax.random.wrap_key_data(jax.numpy.asarray(found), impl=jax.random.key_impl(leaf))
    # A state that is split over devices is kept in the memory of the host.
    is_there = isinstance(leaf, jax.Array) and leaf.is_fully_addressable
    place = jax.default_device(next(iter(leaf.devices()))) if is_there else nullcontext()
    with place:
        return jax.numpy.asarray(found)

"""Work that threads do before its results are asked for."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ahead(
    function: Callable[[Item], Result], items: Iterable[Item], *, threads: int, ahead: int
) -> Iterator[Result]:
    """Call a function on each item in threads, ahead of whoever takes the results.

    Closing the iterator ends the threads.

    Args:
        function: Called once an item; what it raises is raised where its result would come.
        items: Taken one by one, no more than `ahead` before their results are.
        threads: How many calls run at once.
        ahead: So many results are there, or being made, while one is used.

    Returns:
        An iterator of the results, in the order of the items.

    Example:
        >>> list(map_ahead(len, ["a", "bcd"], threads=2, ahead=4))
        [1, 3]
    """
    with ThreadPoolExecutor(threads, thread_name_prefix="ahead") as executor:
        waiting = deque()
        try:
            for item in items:
                waiting.append(executor.submit(function, item))
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            executor.shutdown(cancel_futures=True)

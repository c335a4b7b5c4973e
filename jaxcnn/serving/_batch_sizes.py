"""The sizes of compiled batches, and which of them answers a queue soonest."""

from collections.abc import Mapping


def powers_of_two(largest: int) -> tuple[int, ...]:
    """Return 1, 2, 4, ... up to a number, which is the last one even if it is no power of two.

    Example:
        >>> powers_of_two(12)
        (1, 2, 4, 8, 12)
    """
    powers = [2**k for k in range(largest.bit_length()) if 2**k < largest]
    return (*powers, largest)


def best_first_sizes(seconds: Mapping[int, float]) -> tuple[int, ...]:
    """Return, for each number of waiting examples, the batch size that begins the fastest plan.

    A queue is answered by several batches, of which the last may be padded. Where a batch of 32
    takes twice the time of one of 16, for example, 17 examples are answered sooner by 16 and 1 than
    by 32 of which 15 are padding. Where the time hardly depends on the size, as on a GPU, one
    padded batch is best.

    Args:
        seconds: The time of a batch by its size.

    Returns:
        The size for n waiting examples at index n, from 0 (which has no meaning) to the largest
        size.

    Example:
        >>> best_first_sizes({1: 1.0, 2: 2.0, 4: 4.0})
        (1, 1, 2, 2, 4)
        >>> best_first_sizes({1: 1.0, 2: 1.1, 4: 1.2})
        (1, 1, 2, 4, 4)
    """
    totals, firsts = [0.0], [min(seconds)]
    for waiting in range(1, max(seconds) + 1):
        plans = {
            size: seconds[size] + totals[max(waiting - size, 0)]
            for size in sorted(seconds, reverse=True)
        }
        first = min(plans, key=plans.__getitem__)  # of equal ones the largest
        totals.append(plans[first])
        firsts.append(first)
    return tuple(firsts)

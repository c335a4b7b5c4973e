"""The time to add up or to gather an array over devices: by ring, by tree, over several nodes."""

import math
from typing import Literal

from jaxcnn._support.arguments import check_choice, check_int, check_number
from jaxcnn.profiling.scaling._chips import Chip, chip_of

Algorithm = Literal["ring", "tree"]
ALGORITHMS = ("ring", "tree")

BANDWIDTH_SHARE = 0.8
"""Share of a link's bandwidth that an all-reduce reaches."""

START_SECONDS = 8.4e-6
"""Time until an all-reduce begins: `baseLatencies` in NCCL's src/graph/tuning.cc at 5067397c."""


def ring_all_reduce_seconds(
    size: float, devices: int, bytes_per_second: float, *, latency: float = 0.0
) -> float:
    """Return the time of a ring all-reduce, which adds up an array over devices.

    Each device sends a part of the array to its neighbor, ``2 (n - 1)`` times: the time is
    ``2 (n - 1) / n * size / bytes_per_second + 2 (n - 1) * latency``. No algorithm needs less
    bandwidth, but the latency grows with the number of devices.

    Args:
        size: Bytes of the array.
        devices: Number of devices in the ring.
        bytes_per_second: Bandwidth from one device to the next.
        latency: Time of one step without data, in seconds.

    Returns:
        The time in seconds; 0 for one device.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an argument is out of range.

    Example:
        >>> ring_all_reduce_seconds(100e6, 4, 1e9)
        0.15

    Source: Patarasuk and Yuan 2009, *Bandwidth Optimal All-reduce Algorithms for Clusters of
    Workstations*.
    """
    _check(size, devices, bytes_per_second, latency)
    steps = 2 * (devices - 1)
    return steps / devices * size / bytes_per_second + steps * latency


def tree_all_reduce_seconds(
    size: float, devices: int, bytes_per_second: float, *, latency: float = 0.0
) -> float:
    """Return the time of an all-reduce by two binary trees, as NCCL has it.

    The sum goes up a tree and the result down. Half of the array takes a second tree, in which
    other devices are leaves, so that all links are busy: the time is
    ``2 * size / bytes_per_second + 2 * log2(n) * latency``, with the logarithm rounded up.

    Args:
        size: Bytes of the array.
        devices: Number of devices in the tree.
        bytes_per_second: Bandwidth of each device.
        latency: Time of one step without data, in seconds.

    Returns:
        The time in seconds; 0 for one device.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an argument is out of range.

    Example:
        >>> round(tree_all_reduce_seconds(100e6, 4, 1e9, latency=0.001), 3)
        0.204

    Source: Sanders, Speck and Träff 2009, *Two-tree Algorithms for Full Bandwidth Broadcast,
    Reduction and Scan*.
    """
    _check(size, devices, bytes_per_second, latency)
    if devices == 1:
        return 0.0
    return 2 * size / bytes_per_second + 2 * math.ceil(math.log2(devices)) * latency


def _check(size: float, devices: int, bytes_per_second: float, latency: float) -> None:
    check_number("size", size, minimum=0)
    check_int("devices", devices)
    check_number("bytes_per_second", bytes_per_second, above=0)
    check_number("latency", latency, minimum=0)


def all_reduce_seconds(
    size: float,
    devices: int,
    chip: str | Chip,
    *,
    algorithm: Algorithm | None = None,
    bandwidth_share: float = BANDWIDTH_SHARE,
) -> float:
    """Return the time to add up an array over all devices of a cluster.

    Within a node, each device first gets the sum of one part of the array (reduce-scatter), and
    at the end collects all parts (all-gather), along rings in the torus or switch of the chip.
    Between nodes, the parts are added up by a ring or a tree, and all ports of a node carry a share
    of the array.

    Args:
        size: Bytes of the array.
        devices: Number of devices.
        chip: A chip, or the name of one in `CHIPS`.
        algorithm: How nodes add up: ``"ring"`` or ``"tree"``. None means the faster one, which
            NCCL also chooses.
        bandwidth_share: Share of each bandwidth that is reached.

    Returns:
        The time in seconds; 0 for one device.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an argument is out of range, or there is no such chip or algorithm.

    Example:
        >>> round(1e3 * all_reduce_seconds(102e6, 8, "h100"), 2)    # milliseconds
        0.56
    """
    chip = chip_of(chip)
    check_number("size", size, minimum=0)
    check_int("devices", devices)
    check_number("bandwidth_share", bandwidth_share, above=0, maximum=1)
    if algorithm is not None:
        check_choice("algorithm", algorithm, ALGORITHMS)
    if devices == 1:
        return 0.0
    within = min(devices, chip.per_node)
    seconds = START_SECONDS + _within_node(size, within, chip, bandwidth_share)
    nodes = math.ceil(devices / chip.per_node)
    if nodes == 1:
        return seconds
    bandwidth = chip.network_bytes_per_second * bandwidth_share
    times = {
        "ring": ring_all_reduce_seconds(size, nodes, bandwidth, latency=chip.network_latency),
        "tree": tree_all_reduce_seconds(size, nodes, bandwidth, latency=chip.network_latency),
    }
    return seconds + (min(times.values()) if algorithm is None else times[algorithm])


def all_gather_seconds(
    size: float, devices: int, chip: str | Chip, *, bandwidth_share: float = BANDWIDTH_SHARE
) -> float:
    """Return the time in which all devices collect an array that is split over them.

    It is the second half of an all-reduce by rings. The first half is a reduce-scatter, after which
    each device has its part of a sum: it takes the same time.

    Args:
        size: Bytes of the whole array.
        devices: Number of devices.
        chip: A chip, or the name of one in `CHIPS`.
        bandwidth_share: Share of each bandwidth that is reached.

    Returns:
        The time in seconds; 0 for one device.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an argument is out of range, or there is no such chip.

    Example:
        >>> round(1e3 * all_gather_seconds(102e6, 8, "h100"), 2)    # milliseconds
        0.28
    """
    both = all_reduce_seconds(
        size, devices, chip, algorithm="ring", bandwidth_share=bandwidth_share
    )
    return both / 2


def _within_node(size: float, devices: int, chip: Chip, bandwidth_share: float) -> float:
    """Return the time of a reduce-scatter and an all-gather along each axis of the links."""
    bandwidth = chip.link_bytes_per_second * bandwidth_share
    steps = 2 * chip.axes * (devices ** (1 / chip.axes) - 1)
    return 2 * (devices - 1) / devices * size / bandwidth + steps * chip.link_latency

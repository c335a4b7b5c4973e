"""The time of an all-reduce against simulations, and what it must grow and shrink with."""

import dataclasses
import math

import pytest

from jaxcnn.profiling import (
    CHIPS,
    all_gather_seconds,
    all_reduce_seconds,
    ring_all_reduce_seconds,
    tree_all_reduce_seconds,
)


def simulated_ring(size: float, devices: int, rate: float, latency: float) -> float:
    """Send parts around a ring until each device has all sums."""
    parts = [[{device} for _ in range(devices)] for device in range(devices)]
    seconds = 0.0
    for step in range(2 * (devices - 1)):
        sent = [
            (d, (d - step) % devices, set(parts[d][(d - step) % devices])) for d in range(devices)
        ]
        for device, part, summands in sent:
            parts[(device + 1) % devices][part] |= summands
        seconds += size / devices / rate + latency
    assert all(part == set(range(devices)) for device in parts for part in device)
    return seconds


@pytest.mark.parametrize("devices", [1, 2, 3, 8])
def test_ring_is_the_simulated_one(devices):
    expected = simulated_ring(1e6, devices, 1e9, 1e-5)
    assert ring_all_reduce_seconds(1e6, devices, 1e9, latency=1e-5) == pytest.approx(expected)


def test_tree_has_fewer_steps_and_the_ring_less_data():
    few, many = (
        {
            "ring": ring_all_reduce_seconds(size, 512, 1e9, latency=1e-5),
            "tree": tree_all_reduce_seconds(size, 512, 1e9, latency=1e-5),
        }
        for size in (1e3, 1e12)
    )
    assert few["tree"] == pytest.approx(2e-6 + 18e-5)
    assert few["tree"] < few["ring"] / 50
    assert many["ring"] < many["tree"]
    assert tree_all_reduce_seconds(1e6, 1, 1e9, latency=1.0) == 0


def test_a_node_adds_up_before_the_network():
    chip = dataclasses.replace(CHIPS["h100"], network_latency=0.0, link_latency=0.0)
    size, share = 1e9, 0.8
    start = all_reduce_seconds(0, 8, chip)
    within = all_reduce_seconds(size, 8, chip) - start
    assert within == pytest.approx(2 * 7 / 8 * size / (450e9 * share))
    between = all_reduce_seconds(size, 32, chip, algorithm="ring") - within - start
    assert between == pytest.approx(2 * 3 / 4 * size / (400e9 * share))
    assert all_reduce_seconds(size, 32, chip) <= all_reduce_seconds(
        size, 32, chip, algorithm="tree"
    )


def test_a_torus_has_a_ring_per_axis():
    # A pod of 1,024 TPUs v3 adds up at the 340 TB/s of Google's page, which counts each chip once.
    size = 1e9
    seconds = all_reduce_seconds(size, 1024, "tpu-v3", bandwidth_share=1.0)
    steps = 2 * 2 * (math.sqrt(1024) - 1) * 1e-6
    assert seconds == pytest.approx(2 * 1023 / 1024 * size / 332e9 + steps + 8.4e-6)


def test_a_gather_moves_half_of_an_all_reduce():
    chip = dataclasses.replace(CHIPS["h100"], network_latency=0.0, link_latency=0.0)
    start = all_gather_seconds(0, 32, chip)
    within, between = 7 / 8 * 1e9 / (450e9 * 0.8), 3 / 4 * 1e9 / (400e9 * 0.8)
    assert all_gather_seconds(1e9, 32, chip) - start == pytest.approx(within + between)
    assert all_gather_seconds(1e9, 1, chip) == 0


def test_one_device_adds_up_nothing():
    assert all_reduce_seconds(1e9, 1, "a100") == 0


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((-1, 8, "h100"), {}, "size: expected a finite number of at least 0, got -1"),
        ((1, 0, "h100"), {}, "devices: expected at least 1, got 0"),
        (
            (1, 8, "tpu-v9"),
            {},
            r"chip: expected one of p100, .*, got 'tpu-v9' \(did you mean tpu-v",
        ),
        (
            (1, 8, "h100"),
            {"algorithm": "star"},
            "algorithm: expected one of ring, tree, got 'star'",
        ),
        ((1, 8, "h100"), {"bandwidth_share": 1.5}, "bandwidth_share: expected .* got 1.5"),
    ],
)
def test_errors(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        all_reduce_seconds(*arguments, **options)


@pytest.mark.parametrize("function", [ring_all_reduce_seconds, tree_all_reduce_seconds])
@pytest.mark.parametrize(
    ("arguments", "latency", "message"),
    [
        ((-1, 8, 1e9), 0.0, "size: expected a finite number of at least 0, got -1"),
        ((1, 0, 1e9), 0.0, "devices: expected at least 1, got 0"),
        ((1, 8, 0), 0.0, "bytes_per_second: expected a finite number above 0, got 0"),
        ((1, 8, 1e9), -1e-6, "latency: expected a finite number of at least 0, got -1e-06"),
    ],
)
def test_errors_of_one_ring_or_tree(function, arguments, latency, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments, latency=latency)

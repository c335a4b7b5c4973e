"""The time of a step on one device: from the data sheet, from an MFU, and measured."""

import dataclasses

import pytest
import small

import jaxcnn
from jaxcnn.models import resnet50
from jaxcnn.profiling import CHIPS, DeviceSpeed

IMAGENET = (224, 224, 3)


def test_a_layer_takes_its_arithmetic_or_its_bytes():
    slow = {"flops_per_second": 1e3, "memory_bytes_per_second": 1e30}
    limited = {"flops_per_second": 1e30, "memory_bytes_per_second": 1e3}  # 134 parameters
    net, shape = jaxcnn.Sequential([jaxcnn.Dense(10), jaxcnn.Dense(4)]), (8,)
    passes = (2, 3)  # the network's input needs no gradient
    table = jaxcnn.summary(net, shape, batch_size=128, dtype="bfloat16")
    for limits, works in (
        (slow, [row.flops for row in table.rows]),
        (limited, [row.bytes_moved for row in table.rows]),
    ):
        speed = DeviceSpeed.of_roofline(net, shape, dataclasses.replace(CHIPS["h100"], **limits))
        bandwidth = limits["memory_bytes_per_second"]
        work = sum(count * work for count, work in zip(passes, works, strict=True))
        assert 128 * speed.example_seconds == pytest.approx(work / 1e3)
        assert speed.fixed_seconds == pytest.approx(3 * 2 * 5e-6 + 20 * 134 / bandwidth)


@pytest.mark.parametrize(
    ("chip", "batch_size", "published", "tolerance"),
    [  # images per second and chip on one node: MLPerf Training 0.6, 3.0, 3.0, 0.6
        ("v100", 208, 11_118 / 8, 0.125),
        ("a100", 408, 28_430 / 8, 0.05),
        ("h100", 400, 55_782 / 8, 0.10),
        ("tpu-v3", 256, 31_225 / 16, 0.25),
    ],
)
def test_resnet50_is_predicted_from_data_sheets(chip, batch_size, published, tolerance):
    seconds = DeviceSpeed.of_roofline(resnet50(), IMAGENET, chip).seconds(batch_size)
    assert batch_size / seconds == pytest.approx(published, rel=tolerance)


def test_an_mfu_is_a_share_of_the_peak():
    speed = DeviceSpeed.of_mfu(resnet50(), IMAGENET, "h100", 0.5)
    assert 3 * 8.2006e9 / speed.example_seconds == pytest.approx(0.5 * 989.4e12, rel=1e-3)
    slower = DeviceSpeed.of_mfu(resnet50(), IMAGENET, "h100", 0.5, dtype="float32")
    assert slower.example_seconds == pytest.approx(2 * speed.example_seconds)


def test_a_line_through_measured_batches():
    line = DeviceSpeed.measured({128: 0.085, 32: 0.025})
    assert (line.fixed_seconds, line.seconds(64)) == pytest.approx((0.005, 0.045))
    assert DeviceSpeed.measured({10: 0.2}) == DeviceSpeed(0.0, 0.02)
    assert DeviceSpeed.measured({10: 0.1, 20: 0.3}).fixed_seconds == 0  # it would be negative


@pytest.mark.parametrize(
    ("seconds", "error", "message"),
    [
        ({}, ValueError, "seconds: expected one or two batch sizes, got 0"),
        ({8: 0.2, 16: 0.1}, ValueError, "expected more time for 16 examples than for 8, got 0.1"),
        ({8: -1.0}, ValueError, r"seconds\[8\]: expected a finite number above 0, got -1.0"),
        ({0.5: 1.0}, TypeError, "seconds: batch size: expected an integer, got 0.5"),
    ],
)
def test_errors(seconds, error, message):
    with pytest.raises(error, match=message):
        DeviceSpeed.measured(seconds)


@pytest.mark.slow
def test_profiles_make_a_speed():
    profiles = [
        jaxcnn.profiling.profile(small.LINEAR, (8, 8, 1), batch_size=size, rounds=1, train=True)
        for size in (2, 512)
    ]
    assert DeviceSpeed.of_profile(profiles[1]).seconds(512) == pytest.approx(profiles[1].seconds)
    inference = dataclasses.replace(profiles[0], train=False)
    with pytest.raises(ValueError, match="profiles: expected those of profile"):
        DeviceSpeed.of_profile(inference)

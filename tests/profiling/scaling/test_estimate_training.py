"""Predicted trainings: what a step is made of, its memory, its bottleneck, and bad input."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import optax
import pytest
import small

import jaxcnn
from jaxcnn.profiling import CHIPS, DeviceSpeed, TrainingEstimate, estimate_training

NET, SHAPE = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(1000)]), (100, 100, 3)
SPEED = DeviceSpeed(0.001, 0.001)
PARAMETERS = 30_001_000


def estimate(devices=(8, 64), **options) -> TrainingEstimate:
    defaults = {"speed": SPEED, "decode_rate": None}
    return estimate_training(NET, SHAPE, devices=devices, **(defaults | options))


def test_strong_and_weak_scaling():
    few, many = estimate(batch_size=512).steps
    assert [step.per_device_batch_size for step in (few, many)] == [64, 8]
    assert few.compute_seconds == pytest.approx(0.065)
    assert many.efficiency < 0.9 < few.efficiency
    few, many = estimate(per_device_batch_size=8).steps
    assert (few.batch_size, many.batch_size) == (64, 512)
    assert many.efficiency == pytest.approx(few.efficiency, rel=0.1)
    assert estimate().steps[0].per_device_batch_size == 128
    assert (
        estimate(devices=3, batch_size=8).steps[0].per_device_batch_size == 3
    )  # the largest share


def test_the_backward_pass_hides_all_but_the_last_bucket():
    slow = dataclasses.replace(CHIPS["h100"], network_bytes_per_second=1e9)
    options = {"devices": 16, "chip": slow, "per_device_batch_size": 100}
    (hidden,), (alone,) = (estimate(**options, overlap=overlap).steps for overlap in (True, False))
    assert alone.exposed_seconds == alone.communication_seconds == hidden.communication_seconds
    backward = 2 / 3 * 0.101
    assert hidden.exposed_seconds == pytest.approx(hidden.communication_seconds - backward)
    assert hidden.bottleneck == "communication"
    (fast,) = estimate(devices=16, per_device_batch_size=100).steps
    assert 0 < fast.exposed_seconds < fast.communication_seconds < backward
    halved = estimate(**options, gradient_dtype="bfloat16")
    assert halved.gradient_bytes == 2 * PARAMETERS
    assert halved.steps[0].communication_seconds < 0.51 * alone.communication_seconds


def test_hosts_that_decode_too_slowly():
    (step,) = estimate(devices=16, per_device_batch_size=100, decode_rate=10.0).steps
    # 8 devices of a host take 800 examples per step, and 112 cores decode 10 per second each.
    assert (step.hosts, step.seconds) == (2, pytest.approx(800 / 1120))
    assert step.decode_cores == pytest.approx(800 / step.device_seconds / 10)
    assert step.read_bytes_per_second == pytest.approx(800 / step.device_seconds * 110_000)
    assert step.bottleneck == "decoding"
    (unknown,) = estimate(devices=4, chip="tpu-v4", decode_rate=10.0).steps
    assert unknown.decode_seconds == 0 < unknown.decode_cores


def test_split_state_takes_less_memory_and_more_messages():
    (whole,), (split,) = (
        estimate(devices=8, per_device_batch_size=10, optimizer="adam", shard=shard).steps
        for shard in (None, "fsdp")
    )
    kernel = 4 * 30_000 * 1000
    for part, copies in (("weights", 1), ("gradients", 1), ("optimizer", 2)):
        smaller = getattr(whole.memory, part) - getattr(split.memory, part)
        assert smaller == copies * kernel * 7 / 8
    assert (whole.memory.gathered, split.memory.gathered) == (0, 2 * kernel)
    # Two gathers and a reduce-scatter are one and a half all-reduces.
    assert split.communication_seconds == pytest.approx(1.5 * whole.communication_seconds, rel=0.1)
    assert split.exposed_seconds > whole.exposed_seconds
    found = estimate(devices=7, shard="fsdp")  # 7 divides no axis
    assert found.steps[0].memory == estimate(devices=7).steps[0].memory
    assert "split over devices" in str(found)


@pytest.mark.thorough
def test_split_state_is_that_of_fit():
    layers = [jaxcnn.Flatten(), jaxcnn.Dense(96), jaxcnn.Dense(3)]
    net, data = jaxcnn.Sequential(layers), small.dataset(24)
    options = {"devices": 3, "shard": "fsdp"}
    found = jaxcnn.training.dry_run(net, data, batch_size=6, tx=optax.adam(1e-3), **options).state
    (step,) = estimate_training(net, (8, 8, 1), optimizer="adam", **options).steps
    assert step.memory.weights + step.memory.optimizer == pytest.approx(found.split, rel=0.01)
    assert found.whole > 2 * found.split


def test_without_parameters_there_is_nothing_to_split():
    net = jaxcnn.Sequential([jaxcnn.MaxPool(2)])
    (step,) = estimate_training(net, (8, 8, 1), devices=8, shard="fsdp", speed=SPEED).steps
    assert (step.memory.weights, step.memory.gathered) == (0, 0)


def test_memory_and_its_limit():
    found = estimate(devices=8, per_device_batch_size=10, optimizer="adam").steps[0].memory
    assert found.weights == found.gradients == 4 * PARAMETERS
    assert found.optimizer == 8 * PARAMETERS
    assert found.activations == 10 * 2 * (2 * 30_000 + 1000)
    assert found.total == 16 * PARAMETERS + found.activations
    full = estimate(devices=8, per_device_batch_size=10**6)
    assert full.steps[0].bottleneck == "memory"
    most = full.steps[0].memory.most_examples(10**6)
    for size, fits in ((most, True), (most + 1, False)):
        assert (
            estimate(devices=8, per_device_batch_size=size).steps[0].bottleneck != "memory"
        ) is fits
    text = " ".join(str(full).split())
    assert f"activations do not fit: at most {most:,} examples per device" in text
    assert "fsdp" not in text
    assert text.split().count("–") == 5  # no times of a step that cannot be


def test_what_to_do_about_weights_that_do_not_fit():
    tiny = dataclasses.replace(CHIPS["h100"], memory_bytes=10**7)
    text = str(estimate(devices=8, chip=tiny))
    assert "state do not fit: fit(shard='fsdp')" in " ".join(text.split())
    text = str(estimate(devices=8, chip=tiny, shard="fsdp"))
    assert "state do not fit: more devices" in " ".join(text.split())


@pytest.mark.parametrize(
    ("shape", "rate"), [((64, 64, 3), 400), ((32, 32, 3), None), ((900,), None)]
)
def test_only_large_images_are_taken_to_be_decoded(shape, rate):
    found = estimate_training(NET, shape, devices=8, speed=SPEED)
    assert found.decode_rate == rate
    assert ("decoding: none" in str(found)) is (rate is None)
    assert ("decoding: JPEG files of 500×375 pixels, 400 " in str(found)) is (rate is not None)


def test_bottlenecks_of_a_busy_and_of_an_idle_device():
    busy, idle = (estimate(devices=8, per_device_batch_size=size).steps[0] for size in (100, 1))
    assert (busy.bottleneck, idle.bottleneck) == ("compute", "small batch")


def test_an_epoch_has_whole_steps():
    for examples, steps in ((100, 1), (128, 2), (20, 1)):
        found = estimate(devices=8, batch_size=64, examples=examples)
        expected = pytest.approx(steps * found.steps[0].seconds)
        assert found.epoch_seconds(found.steps[0]) == expected
    assert estimate().epoch_seconds(found.steps[0]) is None


def test_text_and_json():
    found = estimate(batch_size=512, examples=51_200)
    text = str(found)
    assert "30,001,000 parameters, bfloat16, on h100" in text
    assert "a step on one device takes 1 ms + 1 ms per example" in text
    assert "- small batch (64 devices): the batch per device is so small" in " ".join(text.split())
    assert "cores:" not in text
    document = json.loads(found.to_json())
    assert [step["bottleneck"] for step in document["steps"]] == ["compute", "small batch"]
    assert document["steps"][0]["memory"]["total"] == found.steps[0].memory.total


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"devices": ()}, ValueError, "devices: expected at least one number, got none"),
        ({"devices": (8, 0)}, ValueError, "devices: expected at least 1, got 0"),
        ({"devices": 2.5}, TypeError, "devices: expected an integer, got 2.5"),
        ({"batch_size": 32}, ValueError, "batch_size: .* each of 64 devices, got 32"),
        (
            {"batch_size": 64, "per_device_batch_size": 1},
            ValueError,
            "batch_size: expected None with per_device_batch_size=1, got 64",
        ),
        ({"per_device_batch_size": 0}, ValueError, "per_device_batch_size: expected at least 1"),
        ({"optimizer": "adamw"}, ValueError, "optimizer: .* 'adamw' .did you mean adam"),
        ({"shard": "zero"}, ValueError, "shard: expected one of fsdp, got 'zero'"),
        ({"examples": 0}, ValueError, "examples: expected at least 1, got 0"),
        ({"decode_rate": 0}, ValueError, "decode_rate: expected a finite number above 0, got 0"),
        ({"dtype": "int8"}, TypeError, "dtype: expected a floating-point dtype, got 'int8'"),
        ({"gradient_dtype": "x"}, TypeError, "gradient_dtype: expected a floating-point dtype"),
    ],
)
def test_errors(options, error, message):
    with pytest.raises(error, match=message):
        estimate(**options)


def test_a_module_has_no_costs():
    with pytest.raises(TypeError, match="expected a layer"):
        estimate_training(small.FlaxModule, SHAPE, devices=8)


@pytest.mark.slow
def test_memory_is_about_that_of_the_compiled_step():
    data, size = small.dataset(200, size=32), 64
    trial = jaxcnn.training.dry_run(small.NETWORK, data, batch_size=size, devices=1)
    (step,) = estimate_training(
        small.NETWORK,
        (32, 32, 1),
        devices=1,
        per_device_batch_size=size,
        dtype=jnp.float32,
        decode_rate=None,
    ).steps
    assert trial.memory is not None
    arguments = trial.memory.arguments - trial.memory.training_set
    assert step.memory.weights + step.memory.optimizer == pytest.approx(arguments, rel=0.1)
    temporaries = step.memory.activations + step.memory.gradients
    assert 0.5 * temporaries < trial.memory.temporaries < 1.1 * temporaries
    assert jax.default_backend() == "cpu"

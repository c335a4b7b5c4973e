"""The subcommand `jaxcnn plan`."""

import dataclasses
import re
from collections.abc import Sequence
from typing import Literal

from jaxcnn._support.arguments import check_choice
from jaxcnn.commands._arguments import read_network
from jaxcnn.layers import Layer
from jaxcnn.profiling import CHIPS, Chip, DeviceSpeed, estimate_training

BYTES_OF_GIGABIT = 1e9 / 8


def plan(
    model: str,
    /,
    *,
    devices: tuple[int, ...],
    chip: str = "h100",
    batch_size: int | None = None,
    per_device_batch_size: int | None = None,
    input_shape: tuple[str, ...] | None = None,
    examples: int | None = None,
    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16",
    optimizer: Literal["sgd", "adam", "muon"] = "sgd",
    shard: Literal["fsdp"] | None = None,
    network_gbits: float | None = None,
    measured: tuple[str, ...] = (),
    mfu: float | None = None,
    decode_rate: float | None = None,
    in_memory: bool = False,
    json: bool = False,
) -> int:
    """Predict time, memory and bottleneck of a training on many devices, without any of them.

    Args:
        model: A network of the zoo such as resnet50, the folder of a run, or a JSON file with an
            architecture.
        devices: Number of devices; several numbers such as 8 64 512 are compared.
        chip: Kind of the devices: p100, v100, a100, h100, tpu-v3, tpu-v4, tpu-v5e or tpu-v5p.
        batch_size: Number of examples per step, over all devices.
        per_device_batch_size: Number of examples per step and device, in place of --batch-size; if
            neither is given, 128.
        input_shape: Shape of one example, channels last, such as 32 32 3; required for a file.
        examples: Number of training examples, for the time of an epoch.
        dtype: Dtype of activations.
        optimizer: The optimizer, whose state takes memory.
        shard: With fsdp, weights, gradients and the optimizer's state are split over all devices.
        network_gbits: Network of a node in gigabits per second, such as 100; the default is that of
            the vendor's own servers.
        measured: Milliseconds of a training step on one device for one or two batch sizes, such as
            128=42.1 32=12.8; the default is predicted from the chip's data sheet.
        mfu: Share of the chip's peak that is reached, in place of --measured.
        decode_rate: Examples per second that one core reads and decodes; the default is that of
            JPEG files of 500×375 pixels, or --in-memory for images below 64×64 and other inputs.
        in_memory: The examples are decoded in memory, so that no core reads and decodes files.
        json: Print JSON instead of text.
    """
    architecture, shape, _ = read_network(model, input_shape)
    for option, value, other, is_given in (
        ("--per-device-batch-size", per_device_batch_size, "--batch-size", batch_size is not None),
        ("--mfu", mfu, "--measured", measured),
        ("--decode-rate", decode_rate, "--in-memory", in_memory),
    ):
        if value is not None and is_given:
            raise ValueError(f"{option}: expected none with {other}, got {value}")
    made = _chip(chip, network_gbits)
    found = estimate_training(
        architecture,
        shape,
        devices=devices,
        chip=made,
        batch_size=batch_size,
        per_device_batch_size=per_device_batch_size,
        examples=examples,
        dtype=dtype,
        optimizer=optimizer,
        shard=shard,
        speed=_speed(architecture, shape, made, measured, mfu, dtype),
        decode_rate=None if in_memory else "auto" if decode_rate is None else decode_rate,
    )
    print(found.to_json(indent=1) if json else found)
    return 0


def _chip(name: str, network_gbits: float | None) -> Chip:
    check_choice("chip", name, tuple(CHIPS))
    chip = CHIPS[name]
    if network_gbits is None:
        return chip
    if not network_gbits > 0:
        raise ValueError(f"network_gbits: expected above 0, got {network_gbits}")
    return dataclasses.replace(chip, network_bytes_per_second=network_gbits * BYTES_OF_GIGABIT)


def _speed(
    architecture: Layer,
    shape: tuple[int, ...],
    chip: Chip,
    measured: Sequence[str],
    mfu: float | None,
    dtype: str,
) -> DeviceSpeed | None:
    """Return the speed that was measured or follows from an MFU; None to predict it."""
    if mfu is not None:
        return DeviceSpeed.of_mfu(architecture, shape, chip, mfu, dtype=dtype)
    if not measured:
        return None
    seconds = dict(map(_measurement, measured))
    try:
        return DeviceSpeed.measured(seconds)
    except ValueError as error:
        raise ValueError(re.sub(r"^seconds(\[\d+\])?:", "measured:", str(error))) from None


def _measurement(written: str) -> tuple[int, float]:
    """Parse a batch size and milliseconds, such as 128=42.1."""
    batch_size, _, milliseconds = written.partition("=")
    try:
        return int(batch_size), float(milliseconds) / 1e3
    except ValueError:
        raise ValueError(
            f"measured: expected a batch size and milliseconds such as 128=42.1, got {written!r}"
        ) from None

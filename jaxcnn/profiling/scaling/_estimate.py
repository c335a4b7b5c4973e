"""`estimate_training`: predict time, memory and bottleneck of a training on many devices."""

import math
from collections.abc import Sequence
from typing import Literal, get_args

import jax.numpy as jnp
from jax.typing import DTypeLike

from jaxcnn._support.arguments import as_plain, check_bool, check_choice, check_int, check_number
from jaxcnn.architecture import summary
from jaxcnn.layers import Layer, check_layer
from jaxcnn.profiling.scaling._all_reduce import BANDWIDTH_SHARE
from jaxcnn.profiling.scaling._chips import Chip, chip_of
from jaxcnn.profiling.scaling._decoding import decode_rate_for
from jaxcnn.profiling.scaling._device_speed import DeviceSpeed
from jaxcnn.profiling.scaling._estimate_result import TrainingEstimate
from jaxcnn.profiling.scaling._split import parameter_shapes
from jaxcnn.profiling.scaling._training import OptimizerKind, Training
from jaxcnn.training import Shard

PER_DEVICE_BATCH_SIZE = 128

EXAMPLE_BYTES = 110_000
"""Mean size of a file of ImageNet's training set: 138 GB for 1,281,167 files."""


def estimate_training(
    architecture: Layer,
    input_shape: tuple[int, ...],
    *,
    devices: int | Sequence[int],
    chip: str | Chip = "h100",
    batch_size: int | None = None,
    per_device_batch_size: int | None = None,
    examples: int | None = None,
    dtype: DTypeLike = jnp.bfloat16,
    optimizer: OptimizerKind = "sgd",
    shard: Shard | None = None,
    speed: DeviceSpeed | None = None,
    gradient_dtype: DTypeLike = jnp.float32,
    overlap: bool = True,
    bandwidth_share: float = BANDWIDTH_SHARE,
    decode_rate: float | Literal["auto"] | None = "auto",
    example_bytes: int = EXAMPLE_BYTES,
) -> TrainingEstimate:
    """Predict the time and memory of a data-parallel training, without any of its devices.

    Use it to choose the number of devices and the batch size before you pay for a cluster. Each
    device computes the gradients of its share of the batch, and all devices add them up
    (all-reduce), bucket by bucket during the backward pass. A step takes ``compute +
    max(all_reduce - backward, last bucket)``, or the time in which a host decodes its examples, if
    that is longer. The backward pass is two thirds of the computing time. With ``shard="fsdp"``,
    weights are gathered during the forward pass and again during the backward pass, which adds up
    and splits the gradients.

    The page "What training on many devices costs" compares predictions with published results. Most
    are met within 15%; where the batch per device shrinks, measure steps with two batch sizes on
    one device, and pass them as `speed`.

    Args:
        architecture: The network as data.
        input_shape: Shape of one example without batch axis, such as ``(H, W, C)``.
        devices: Number of devices, or several numbers to compare.
        chip: Name of a chip in `CHIPS`, or a `Chip`.
        batch_size: Number of examples per step over all devices, as in `fit`. More devices then
            have less work each (strong scaling).
        per_device_batch_size: Number of examples per step and device, in place of `batch_size`.
            More devices then train on larger batches (weak scaling). None means 128.
        examples: Number of training examples, for the time of an epoch.
        dtype: Dtype of activations.
        optimizer: ``"sgd"`` and ``"muon"`` keep one number per parameter, ``"adam"`` two.
        shard: ``"fsdp"`` splits weights, gradients and the optimizer's state over all devices, as
            in `fit`. None means that each device has copies of all.
        speed: Time of a step on one device. None means `DeviceSpeed.of_roofline`.
        gradient_dtype: Dtype in which gradients are added up.
        overlap: Whether gradients are added up during the backward pass, as XLA does on GPUs and
            TPUs.
        bandwidth_share: Share of the links' bandwidths that is reached.
        decode_rate: Number of examples per second that one CPU core reads and decodes. None means
            that the examples are in memory. ``"auto"`` means `DECODE_RATE` for images of 64×64
            pixels or more, and None for all other inputs.
        example_bytes: Mean size of an example's file.

    Returns:
        A `TrainingEstimate` to print, with one row per number of devices.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an argument is out of range, or there is no such chip, optimizer or way to
            split. Also if both `batch_size` and `per_device_batch_size` are given.

    Example:
        >>> from jaxcnn import models
        >>> found = estimate_training(
        ...     models.resnet50(), (224, 224, 3), devices=(8, 512), decode_rate=None
        ... )
        >>> [(step.devices, round(step.efficiency, 2), step.bottleneck) for step in found.steps]
        [(8, 0.99, 'small batch'), (512, 0.98, 'small batch')]
    """
    check_layer(architecture)
    chip = chip_of(chip)
    counts = _counts(devices)
    check_bool("overlap", overlap)
    check_choice("optimizer", optimizer, get_args(OptimizerKind))
    if shard is not None:
        check_choice("shard", shard, get_args(Shard))
    if examples is not None:
        check_int("examples", examples)
    if decode_rate == "auto":
        decode_rate = decode_rate_for(input_shape)
    if decode_rate is not None:
        check_number("decode_rate", decode_rate, above=0)
    check_int("example_bytes", example_bytes)
    check_number("bandwidth_share", bandwidth_share, above=0, maximum=1)
    batches = [_per_device(count, batch_size, per_device_batch_size) for count in counts]
    table = summary(architecture, input_shape, dtype=_floating("dtype", dtype))
    if speed is None:
        speed = DeviceSpeed.of_roofline(architecture, input_shape, chip, dtype=dtype)
    training = Training(
        table=table,
        chip=chip,
        speed=speed,
        split_shapes=() if shard is None else parameter_shapes(architecture, input_shape),
        gradient_bytes=table.parameters * _floating("gradient_dtype", gradient_dtype).itemsize,
        optimizer=optimizer,
        overlap=overlap,
        bandwidth_share=bandwidth_share,
        decode_rate=decode_rate,
        example_bytes=example_bytes,
    )
    best = max(batch / speed.seconds(batch) for batch in batches)
    return TrainingEstimate(
        network=table.network,
        input_shape=table.input_shape,
        parameters=table.parameters,
        chip=chip,
        dtype=table.dtype,
        speed=speed,
        shard=shard,
        gradient_bytes=training.gradient_bytes,
        examples=examples,
        steps=tuple(
            training.step(count, batch, best) for count, batch in zip(counts, batches, strict=True)
        ),
        decode_rate=decode_rate,
    )


def _counts(devices: int | Sequence[int]) -> tuple[int, ...]:
    plain = as_plain(devices)
    counts = plain if isinstance(plain, tuple) else (plain,)
    if not counts:
        raise ValueError("devices: expected at least one number, got none")
    for count in counts:
        check_int("devices", count)
    return counts


def _floating(name: str, dtype: DTypeLike) -> jnp.dtype:
    try:
        kind = jnp.dtype(dtype)
    except TypeError:
        kind = None
    if kind is None or not jnp.issubdtype(kind, jnp.floating):
        raise TypeError(f"{name}: expected a floating-point dtype, got {dtype!r:.80}")
    return kind


def _per_device(devices: int, batch_size: int | None, per_device: int | None) -> int:
    """Return the examples per device; if they cannot be equal, the largest number decides."""
    if batch_size is None:
        per_device = PER_DEVICE_BATCH_SIZE if per_device is None else per_device
        check_int("per_device_batch_size", per_device)
        return per_device
    if per_device is not None:
        raise ValueError(
            f"batch_size: expected None with per_device_batch_size={per_device}, got {batch_size}"
        )
    check_int("batch_size", batch_size)
    if batch_size < devices:
        raise ValueError(
            f"batch_size: expected at least one example for each of {devices} devices, got "
            f"{batch_size}"
        )
    return math.ceil(batch_size / devices)

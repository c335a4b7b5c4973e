"""The time of a training step on one device: predicted from a data sheet, or measured."""

import dataclasses
from collections.abc import Mapping

import jax.numpy as jnp
from jax.typing import DTypeLike

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn._support.results import Result
from jaxcnn.architecture import Summary, summary
from jaxcnn.layers import Layer, check_layer
from jaxcnn.profiling._profile import Profile
from jaxcnn.profiling.scaling._chips import Chip, chip_of

PASSES = 3
"""Forward, gradients of the inputs, and gradients of the weights: each costs about the same."""

KERNEL_SECONDS = 5e-6
"""Time to start and end one kernel, however little it computes. CUDA's launches take microseconds
(docs.nvidia.com/cuda/cuda-programming-guide, "CUDA Graphs"); this value was chosen once, and
MLPerf's runs on H100, where a device gets 400 to 16 images per step, are its check."""

UPDATE_BYTES = 5 * 4
"""Bytes per parameter that an update by SGD moves: it reads weight, gradient and momentum, and
writes weight and momentum, in float32."""

OF_ROOF = 1.0
"""Share of the roofline that is reached. The bytes are counted without fusion, and no layer reaches
the roof, which cancel: for ResNet-50, MLPerf's runs on one node reach 0.9 of the prediction on
V100, 1.0 on A100, 1.1 on H100, 1.25 on TPU v3 and 1.5 on TPU v4, whose compiler fuses more."""

MODEL_BATCH = 128
"""The batch size of the roofline. The weights are read once per batch, which hardly counts."""


@dataclasses.dataclass(frozen=True)
class DeviceSpeed(Result):
    """The time of a training step on one device, as a line over the batch size.

    A step of b examples takes ``fixed_seconds + b * example_seconds``.

    Attributes:
        fixed_seconds: Part of the time that does not depend on the batch size, in seconds: starts
            of kernels, the update of the weights.
        example_seconds: Time per example, in seconds.

    Example:
        >>> speed = DeviceSpeed.measured({32: 0.025, 128: 0.085})
        >>> round(speed.fixed_seconds, 6), round(speed.seconds(256), 6)
        (0.005, 0.165)
    """

    fixed_seconds: float
    example_seconds: float

    def __post_init__(self) -> None:
        check_number("fixed_seconds", self.fixed_seconds, minimum=0)
        check_number("example_seconds", self.example_seconds, above=0)

    def seconds(self, batch_size: int) -> float:
        """Return the time of a step, in seconds."""
        return self.fixed_seconds + batch_size * self.example_seconds

    @classmethod
    def of_roofline(
        cls,
        architecture: Layer,
        input_shape: tuple[int, ...],
        chip: str | Chip,
        *,
        dtype: DTypeLike = jnp.bfloat16,
        of_roof: float = OF_ROOF,
    ) -> "DeviceSpeed":
        """Predict the speed from a data sheet, by the roofline model.

        Use it before you have the device. Each layer takes the time of its arithmetic or that of
        its bytes, whichever is longer, three times per step; each pass of a layer takes 5 µs more;
        and the update moves 20 bytes per parameter. Convolutional networks are mostly limited by
        bytes. For ResNet-50, the prediction is
        within 12% of what V100, A100 and H100 reach in MLPerf, and too slow for TPUs.

        Args:
            architecture: The network as data.
            input_shape: Shape of one example without batch axis, such as ``(H, W, C)``.
            chip: A chip, or the name of one in `CHIPS`.
            dtype: Dtype of activations.
            of_roof: Share of the roofline that is reached; more than 1 if layers are fused.

        Raises:
            TypeError: If an argument has the wrong type.
            ValueError: If an argument is out of range, or there is no such chip.

        Example:
            >>> from jaxcnn import models
            >>> speed = DeviceSpeed.of_roofline(models.resnet50(), (224, 224, 3), "a100")
            >>> round(128 / speed.seconds(128), -2)     # images per second
            3400.0
        """
        chip = chip_of(chip)
        check_layer(architecture)
        check_number("of_roof", of_roof, above=0)
        table = summary(architecture, input_shape, batch_size=MODEL_BATCH, dtype=dtype)
        seconds = roofline_seconds(table, chip) / of_roof
        update = UPDATE_BYTES * table.parameters / chip.memory_bytes_per_second
        fixed = PASSES * len(table.rows) * KERNEL_SECONDS + update
        return cls(fixed, seconds / MODEL_BATCH)

    @classmethod
    def of_mfu(
        cls,
        architecture: Layer,
        input_shape: tuple[int, ...],
        chip: str | Chip,
        mfu: float,
        *,
        dtype: DTypeLike = jnp.bfloat16,
    ) -> "DeviceSpeed":
        """Compute the speed from a share of the chip's peak, the model FLOPs utilization (MFU).

        Args:
            architecture: The network as data.
            input_shape: Shape of one example without batch axis, such as ``(H, W, C)``.
            chip: A chip, or the name of one in `CHIPS`.
            mfu: Share of the peak rate, in (0, 1].
            dtype: Dtype of activations.

        Raises:
            TypeError: If an argument has the wrong type.
            ValueError: If an argument is out of range, or there is no such chip.

        Source: Chowdhery et al. 2022, *PaLM: Scaling Language Modeling with Pathways*, section 4.1.
        """
        chip = chip_of(chip)
        check_layer(architecture)
        check_number("mfu", mfu, above=0, maximum=1)
        flops = PASSES * (summary(architecture, input_shape).flops or 0)
        return cls(0.0, flops / (mfu * chip.peak(dtype)))

    @classmethod
    def measured(cls, seconds: Mapping[int, float]) -> "DeviceSpeed":
        """Make a speed from measured steps: one batch size, or two for the fixed part, too.

        Args:
            seconds: The time of a step in seconds, by the batch size.

        Raises:
            TypeError: If a batch size is not an integer, or a time is no number.
            ValueError: If there are not one or two batch sizes, or if the larger batch takes no
                more time than the smaller.
        """
        if len(seconds) not in (1, 2):
            raise ValueError(f"seconds: expected one or two batch sizes, got {len(seconds)}")
        for batch_size, time in seconds.items():
            check_int("seconds: batch size", batch_size)
            check_number(f"seconds[{batch_size}]", time, above=0)
        (small, low), (large, high) = sorted(seconds.items())[0], sorted(seconds.items())[-1]
        if small == large:
            return cls(0.0, low / small)
        if high <= low:
            raise ValueError(
                f"seconds: expected more time for {large} examples than for {small}, got {high} "
                f"and {low}"
            )
        slope = (high - low) / (large - small)
        # What caches make faster at the small batch would be a negative fixed time.
        return cls(max(0.0, low - small * slope), slope)

    @classmethod
    def of_profile(cls, *profiles: Profile) -> "DeviceSpeed":
        """Make a speed from one profile of training steps on your device, or from two.

        Args:
            *profiles: Results of `profile` with ``train=True``, with one or two batch sizes.

        Raises:
            ValueError: If there are not one or two batch sizes, or a profile is of inference.
        """
        if not all(one.train for one in profiles):
            raise ValueError(
                "profiles: expected those of profile(train=True), got one of inference"
            )
        return cls.measured({one.summary.batch_size: one.seconds for one in profiles})


def roofline_seconds(table: Summary, chip: Chip) -> float:
    """Return the shortest time of a training step in the roofline model, layer by layer.

    The first layer has one pass less, because the network's input needs no gradient.
    """
    peak, bandwidth = chip.peak(table.dtype), chip.memory_bytes_per_second
    times = [max((row.flops or 0) / peak, (row.bytes_moved or 0) / bandwidth) for row in table.rows]
    return PASSES * sum(times) - sum(times[:1])

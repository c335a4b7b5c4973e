"""A data-parallel training as numbers, and its step on a number of devices."""

import dataclasses
import math
from typing import Literal

import jax.numpy as jnp

from jaxcnn._support.collectives import BUCKET_BYTES
from jaxcnn.architecture import Summary
from jaxcnn.layers import Shape
from jaxcnn.profiling.scaling._all_reduce import all_gather_seconds, all_reduce_seconds
from jaxcnn.profiling.scaling._chips import Chip
from jaxcnn.profiling.scaling._device_memory import DeviceMemory
from jaxcnn.profiling.scaling._device_speed import PASSES, DeviceSpeed
from jaxcnn.profiling.scaling._estimate_result import EstimatedStep
from jaxcnn.profiling.scaling._split import SplitParameters

OptimizerKind = Literal["sgd", "adam", "muon"]
OPTIMIZER_COPIES = {"sgd": 1, "adam": 2, "muon": 1}
"""Numbers that each optimizer keeps per parameter: momentum, or both moments."""

FLOAT32_BYTES = 4


@dataclasses.dataclass(frozen=True)
class Training:
    """The checked arguments of `estimate_training` that decide the time of a step.

    Attributes:
        table: The costs of the network for one example.
        chip: The chip.
        speed: Time of a step on one device.
        split_shapes: Shapes of the parameters that devices split where their number allows; empty
            if each device has a copy of all.
        gradient_bytes: Bytes of the gradients.
        optimizer: The optimizer, whose state takes memory.
        overlap: Whether gradients are added up during the backward pass.
        bandwidth_share: Share of the links' bandwidths that is reached.
        decode_rate: Examples per second that one core decodes; None if they are in memory.
        example_bytes: Mean size of an example's file.
    """

    table: Summary
    chip: Chip
    speed: DeviceSpeed
    split_shapes: tuple[Shape, ...]
    gradient_bytes: int
    optimizer: OptimizerKind
    overlap: bool
    bandwidth_share: float
    decode_rate: float | None
    example_bytes: int

    def step(self, devices: int, batch_size: int, best: float) -> EstimatedStep:
        """Predict the step on a number of devices.

        Args:
            devices: Number of devices.
            batch_size: Number of examples per device.
            best: Examples per second of one device alone that count as efficiency 1.
        """
        compute = self.speed.seconds(batch_size)
        communication, exposed = self._communication(devices, compute)
        on_host = min(devices, self.chip.per_host) * batch_size
        rate = on_host / (compute + exposed)
        decode_seconds = self._decode_seconds(on_host)
        seconds = max(compute + exposed, decode_seconds)
        return EstimatedStep(
            devices=devices,
            hosts=math.ceil(devices / self.chip.per_host),
            per_device_batch_size=batch_size,
            fixed_seconds=self.speed.fixed_seconds,
            compute_seconds=compute,
            communication_seconds=communication,
            exposed_seconds=exposed,
            decode_seconds=decode_seconds,
            decode_cores=0.0 if self.decode_rate is None else rate / self.decode_rate,
            read_bytes_per_second=0.0 if self.decode_rate is None else rate * self.example_bytes,
            efficiency=batch_size / seconds / best,
            memory=self._memory(devices, batch_size),
        )

    def _communication(self, devices: int, compute: float) -> tuple[float, float]:
        """Return the time that devices communicate, and the part that computing does not hide.

        Gradients are added up in buckets, of which the last cannot be hidden. Weights that are
        split are gathered in such buckets, of which the first cannot be hidden.
        """
        parts = SplitParameters.of(self.split_shapes, devices)
        weights = FLOAT32_BYTES * parts.split
        gradients = self.gradient_bytes * parts.split // max(1, self.table.parameters)
        gather = self._gather(weights, devices)
        scatter = self._gather(gradients, devices)
        summed = self.gradient_bytes - gradients
        backward = gather + scatter + self._all_reduce(summed, devices)
        if not self.overlap:
            return gather + backward, gather + backward
        first = self._gather(min(weights, BUCKET_BYTES), devices)
        last = self._gather(min(gradients, BUCKET_BYTES), devices)
        last += self._all_reduce(min(summed, BUCKET_BYTES), devices)
        exposed = max(gather - compute / PASSES, first)
        return gather + backward, exposed + max(backward - compute * (PASSES - 1) / PASSES, last)

    def _all_reduce(self, size: int, devices: int) -> float:
        return all_reduce_seconds(size, devices, self.chip, bandwidth_share=self.bandwidth_share)

    def _gather(self, size: int, devices: int) -> float:
        """Return the time to gather split weights, or to add up gradients and split the sums."""
        if size == 0:
            return 0.0
        return all_gather_seconds(size, devices, self.chip, bandwidth_share=self.bandwidth_share)

    def _decode_seconds(self, examples: int) -> float:
        """Return the time in which the cores of a host decode; 0 if unknown or not needed."""
        if self.decode_rate is None or self.chip.host_cores is None:
            return 0.0
        return examples / (self.chip.host_cores * self.decode_rate)

    def _memory(self, devices: int, batch_size: int) -> DeviceMemory:
        table, parts = self.table, SplitParameters.of(self.split_shapes, devices)
        elsewhere = FLOAT32_BYTES * (parts.split - math.ceil(parts.split / devices))
        each = FLOAT32_BYTES * table.parameters - elsewhere
        weights = table.weight_bytes // jnp.dtype(table.dtype).itemsize * FLOAT32_BYTES
        return DeviceMemory(
            weights=weights - elsewhere,
            gathered=2 * FLOAT32_BYTES * parts.largest,
            gradients=each,
            optimizer=OPTIMIZER_COPIES[self.optimizer] * each,
            activations=batch_size * (table.training_bytes or 0),
            device=self.chip.memory_bytes,
        )

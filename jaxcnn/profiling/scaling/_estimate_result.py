"""The predicted steps of a training on several numbers of devices, and what limits each."""

import dataclasses
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.tables import Table
from jaxcnn._support.units import bytes_text
from jaxcnn.profiling.scaling._advice import ADVICE, memory_advice
from jaxcnn.profiling.scaling._chips import Chip
from jaxcnn.profiling.scaling._decoding import decoding_text
from jaxcnn.profiling.scaling._device_memory import MIB, DeviceMemory
from jaxcnn.profiling.scaling._device_speed import DeviceSpeed
from jaxcnn.training import Shard

LOSS = 0.1
"""A part of a step other than computing is its bottleneck if it takes more than this share."""

LEGEND = (
    "each: examples per device; ms: time of a step; comm: time to add up gradients, and to gather "
    "weights that are split; exposed: the part of it that computing does not hide; per s: examples "
    "per second; efficiency: examples per second and device, relative to one device alone that "
    "trains on the largest batch per device of the table; –: a step that does not fit into memory"
)


@dataclasses.dataclass(frozen=True)
class EstimatedStep(Result):
    """The predicted training step on one number of devices.

    Attributes:
        devices: Number of devices.
        hosts: Number of hosts, each with its CPU cores.
        per_device_batch_size: Number of examples per device and step.
        fixed_seconds: Part of the computing time that does not depend on the batch size.
        compute_seconds: Computing time of a device.
        communication_seconds: Time to add up the gradients, and with ``shard="fsdp"`` to gather the
            weights in the forward pass and again in the backward pass.
        exposed_seconds: Part of `communication_seconds` that computing does not hide.
        decode_seconds: Time in which the cores of a host read and decode their examples, during
            earlier steps; 0 if nothing is decoded, or the number of cores is unknown.
        decode_cores: Number of cores per host that decode as fast as the devices compute; 0 if
            nothing is decoded.
        read_bytes_per_second: Rate at which a host reads files then.
        efficiency: Scaling efficiency: examples per second and device, relative to one device alone
            that computes at the largest batch per device in the table.
        memory: Memory on each device.
    """

    devices: int
    hosts: int
    per_device_batch_size: int
    fixed_seconds: float
    compute_seconds: float
    communication_seconds: float
    exposed_seconds: float
    decode_seconds: float
    decode_cores: float
    read_bytes_per_second: float
    efficiency: float
    memory: DeviceMemory

    _derived = ("batch_size", "seconds", "examples_per_second", "bottleneck")

    @property
    def batch_size(self) -> int:
        """Number of examples per step, over all devices."""
        return self.devices * self.per_device_batch_size

    @property
    def device_seconds(self) -> float:
        """Duration of a step if examples are always ready."""
        return self.compute_seconds + self.exposed_seconds

    @property
    def seconds(self) -> float:
        """Duration of a step in seconds."""
        return max(self.device_seconds, self.decode_seconds)

    @property
    def examples_per_second(self) -> float:
        """Number of examples per second, over all devices."""
        return self.batch_size / self.seconds

    @property
    def bottleneck(self) -> str:
        """Name of the limit: "memory", "decoding", "communication", "small batch" or "compute"."""
        if self.memory.total > self.memory.device:
            return "memory"
        if self.decode_seconds > self.device_seconds:
            return "decoding"
        losses = {"communication": self.exposed_seconds, "small batch": self.fixed_seconds}
        largest = max(losses, key=lambda name: losses[name])
        return largest if losses[largest] > LOSS * self.seconds else "compute"


@dataclasses.dataclass(frozen=True)
class TrainingEstimate(TableResult):
    """The predicted time and memory of a training; ``print`` shows them as a table.

    Attributes:
        network: Name of the network's class.
        input_shape: Shape of one example.
        parameters: Number of trained parameters.
        chip: The chip, with its links and its host.
        dtype: Name of the dtype of activations.
        speed: The time of a step on one device.
        shard: ``"fsdp"`` if weights, gradients and optimizer are split; None if not.
        gradient_bytes: Bytes of the gradients that the devices add up per step.
        examples: Number of training examples; None if unknown.
        steps: The predicted step for each number of devices.
        decode_rate: Examples per second that one core decodes; None if they are in memory.
    """

    network: str
    input_shape: tuple[int, ...]
    parameters: int
    chip: Chip
    dtype: str
    speed: DeviceSpeed
    shard: Shard | None
    gradient_bytes: int
    examples: int | None
    steps: tuple[EstimatedStep, ...]
    decode_rate: float | None = None

    def epoch_seconds(self, step: EstimatedStep) -> float | None:
        """Return the time of an epoch in seconds; None if the number of examples is unknown.

        An epoch has whole batches only, as in `fit`.

        Args:
            step: One of `steps`.
        """
        if self.examples is None:
            return None
        return max(1, self.examples // step.batch_size) * step.seconds

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for step in self.steps:
            row = {name: value for name, value in step.to_dict().items() if name != "memory"}
            yield {
                **row,
                "memory_bytes": step.memory.total,
                "epoch_seconds": self.epoch_seconds(step),
            }

    def _blocks(self) -> Iterable[Block]:
        return [self._head(), Table.of(map(self._cells, self.steps), words=0), self._tail()]

    def _head(self) -> str:
        chip, speed = self.chip, self.speed
        split = "" if self.shard is None else "; weights and optimizer state split over devices"
        cores = "an unknown number of" if chip.host_cores is None else chip.host_cores
        return (
            f"{self.network}: {self.input_shape}, {self.parameters:,} parameters, {self.dtype}, on "
            f"{chip.name}\n"
            f"{chip.per_node} devices per node, {chip.per_host} per host with {cores} cores; "
            f"gradients {bytes_text(self.gradient_bytes)} per step{split}\n"
            f"a step on one device takes {1e3 * speed.fixed_seconds:.3g} ms + "
            f"{1e3 * speed.example_seconds:.3g} ms per example\n"
            f"{decoding_text(self.decode_rate)}"
        )

    def _cells(self, step: EstimatedStep) -> Mapping[str, Any]:
        epoch = self.epoch_seconds(step)
        times = {
            "ms": f"{1e3 * step.seconds:.3g}",
            "comm": f"{1e3 * step.communication_seconds:.3g}",
            "exposed": f"{1e3 * step.exposed_seconds:.3g}",
            "efficiency": f"{step.efficiency:.0%}",
            "per s": f"{step.examples_per_second:,.0f}",
            "epoch s": None if epoch is None else f"{epoch:,.3g}",
            "cores": f"{step.decode_cores:,.0f}" if step.decode_cores else None,
        }
        if step.bottleneck == "memory":  # no device can run it
            times = {name: text and "–" for name, text in times.items()}
        return {
            "devices": step.devices,
            "batch": step.batch_size,
            "each": step.per_device_batch_size,
            "MiB": f"{step.memory.total / MIB:,.0f}",
            **times,
            "bottleneck": step.bottleneck,
        }

    def _tail(self) -> str:
        lines = [LEGEND, *self._resources(), *self._advice()]
        return "\n".join(textwrap.fill(line, 100, subsequent_indent="  ") for line in lines)

    def _resources(self) -> Iterator[str]:
        largest = max(self.steps, key=lambda step: step.memory.total)
        yield (
            f"memory on each device, with {largest.per_device_batch_size} examples: "
            f"{largest.memory}"
        )
        fitting = (step for step in self.steps if step.bottleneck != "memory")
        rate = max((step.read_bytes_per_second for step in fitting), default=0.0)
        if rate:
            yield (
                "cores: those of a host that decode as fast as its devices compute; it then reads "
                f"up to {rate / 1e6:,.0f} MB/s"
            )

    def _advice(self) -> Iterator[str]:
        """Return what to change, once per bottleneck."""
        found: dict[tuple[str, str], list[int]] = {}
        for step in self.steps:
            found.setdefault((step.bottleneck, self._advice_for(step)), []).append(step.devices)
        for (bottleneck, advice), counts in found.items():
            devices = ", ".join(f"{count:,}" for count in counts)
            yield f"- {bottleneck} ({devices} devices): {advice}"

    def _advice_for(self, step: EstimatedStep) -> str:
        if step.bottleneck != "memory":
            return ADVICE[step.bottleneck]
        is_split = self.shard is not None
        return memory_advice(step.memory, step.per_device_batch_size, is_split=is_split)

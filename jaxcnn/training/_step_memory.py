"""The memory of a training step, and of the state that it updates, on each device."""

import dataclasses

import jax
from jax.sharding import Mesh

from jaxcnn._support.results import Result

MIB = 2**20


@dataclasses.dataclass(frozen=True)
class StepMemory(Result):
    """The memory that a compiled step needs on each device, in bytes, as the compiler reports it.

    Attributes:
        arguments: Memory of the weights, the optimizer's state, and the training set (only one
            batch if files are streamed).
        outputs: Memory of the results.
        reused: Memory of the outputs that are written over the arguments.
        temporaries: Memory of intermediate results, mostly activations.
        training_set: Memory of the training set, a part of the arguments; 0 if the set is streamed.
        device: Memory of the device; None if the device does not report it.
    """

    arguments: int
    outputs: int
    reused: int
    temporaries: int
    training_set: int
    device: int | None

    _derived = ("total",)

    @property
    def total(self) -> int:
        """The total memory that the step needs."""
        return self.arguments + self.outputs - self.reused + self.temporaries

    def __str__(self) -> str:
        resident = f" (training set {_mib(self.training_set)})" * (self.training_set > 0)
        device = "unknown" if self.device is None else _mib(self.device)
        return (
            f"{_mib(self.total)} on each device: arguments {_mib(self.arguments)}{resident}, new "
            f"outputs {_mib(self.outputs - self.reused)}, temporaries {_mib(self.temporaries)}; "
            f"memory of the device: {device}"
        )


@dataclasses.dataclass(frozen=True)
class StateMemory(Result):
    """The memory of the weights and the optimizer's state on each device, in bytes.

    Attributes:
        whole: The memory if each device has whole copies.
        split: The memory with ``shard="fsdp"``.
        is_split: Whether the run has that option.
    """

    whole: int
    split: int
    is_split: bool

    def __str__(self) -> str:
        whole, split = _mib(self.whole), _mib(self.split)
        if self.is_split:
            return f"{split} on each device, {whole} without shard='fsdp'"
        other = "" if self.split == self.whole else f", {split} with shard='fsdp'"
        return f"{whole} on each device{other}"


def memory_of(step: jax.stages.Compiled, mesh: Mesh, training_set: int) -> StepMemory | None:
    """Read the memory of a compiled step; None if the backend does not report it."""
    stats = step.memory_analysis()
    if stats is None:
        return None
    return StepMemory(
        arguments=stats.argument_size_in_bytes,
        outputs=stats.output_size_in_bytes,
        reused=stats.alias_size_in_bytes,
        temporaries=stats.temp_size_in_bytes,
        training_set=training_set,
        device=(mesh.local_devices[0].memory_stats() or {}).get("bytes_limit"),
    )


def _mib(size: int) -> str:
    return f"{size / MIB:,.1f} MiB"

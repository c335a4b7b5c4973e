"""How much memory a compiled step takes."""

import dataclasses

import jax
from jax.sharding import Mesh

MIB = 2**20


@dataclasses.dataclass(frozen=True)
class StepMemory:
    """The compiler's own account of a step's memory, on each device, in bytes.

    Attributes:
        arguments: weights, optimizer state, and the training set, or of files a batch.
        outputs: what the step gives back.
        reused: part of the outputs that takes the arguments' place.
        temporaries: what is needed in between, activations above all.
        training_set: part of the arguments; 0 where it stays in files.
        device: memory of the device; None where it does not say.
    """

    arguments: int
    outputs: int
    reused: int
    temporaries: int
    training_set: int
    device: int | None

    @property
    def total(self) -> int:
        """All that must be there at once."""
        return self.arguments + self.outputs - self.reused + self.temporaries

    def __str__(self) -> str:
        kept = f" (training set {_mib(self.training_set)})" * (self.training_set > 0)
        device = "not known" if self.device is None else _mib(self.device)
        return (
            f"{_mib(self.total)} on each device: arguments {_mib(self.arguments)}{kept}, outputs "
            f"besides {_mib(self.outputs - self.reused)}, temporaries {_mib(self.temporaries)}; "
            f"the device has: {device}"
        )


def memory_of(step: jax.stages.Compiled, mesh: Mesh, training_set: int) -> StepMemory | None:
    """The memory of a compiled step; None where the backend gives no account."""
    stats = step.memory_analysis()
    if stats is None:
        return None
    return StepMemory(
        arguments=stats.argument_size_in_bytes,
        outputs=stats.output_size_in_bytes,
        reused=stats.alias_size_in_bytes,
        temporaries=stats.temp_size_in_bytes,
        training_set=training_set,
        device=(mesh.devices.flat[0].memory_stats() or {}).get("bytes_limit"),
    )


def _mib(size: int) -> str:
    return f"{size / MIB:,.1f} MiB"

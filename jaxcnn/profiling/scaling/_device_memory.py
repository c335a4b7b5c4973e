"""The memory that a predicted training needs on each device."""

import dataclasses

from jaxcnn._support.results import Result

MIB = 2**20


@dataclasses.dataclass(frozen=True)
class DeviceMemory(Result):
    """The memory that a training needs on each device, in bytes.

    Attributes:
        weights: Memory of the weights and running statistics, in float32.
        gathered: With ``shard="fsdp"``, memory of the largest array of weights that is gathered,
            and of its gradient; 0 without.
        gradients: Memory of one gradient per parameter.
        optimizer: Memory of the optimizer's state.
        activations: Memory of what the backward pass needs: the output of each layer. A compiler
            may need less, because it fuses layers.
        device: Memory of the device.
    """

    weights: int
    gathered: int
    gradients: int
    optimizer: int
    activations: int
    device: int

    _derived = ("total",)

    @property
    def total(self) -> int:
        """The sum of all parts."""
        return self.weights + self.gathered + self.gradients + self.optimizer + self.activations

    @property
    def state(self) -> int:
        """The sum of all parts but the activations, which does not depend on the batch size."""
        return self.total - self.activations

    def most_examples(self, batch_size: int) -> int:
        """Return how many examples per device fit, if this is the memory for `batch_size`."""
        room = max(0, self.device - self.state)
        return batch_size if not self.activations else room * batch_size // self.activations

    def __str__(self) -> str:
        gathered = ("gathered",) if self.gathered else ()
        parts = ("weights", *gathered, "gradients", "optimizer", "activations")
        each = ", ".join(f"{part} {getattr(self, part) / MIB:,.0f}" for part in parts)
        return f"{self.total / MIB:,.0f} MiB of {self.device / MIB:,.0f} MiB ({each})"

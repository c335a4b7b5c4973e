"""One line of a summary."""

import dataclasses

from jaxcnn.layers import Shape

FLOPS_A_MAC = 2
"""Floating-point operations in one multiply-accumulate: a multiplication and an addition."""


@dataclasses.dataclass(frozen=True)
class SummaryRow:
    """A layer, the sum or concatenation at the end of a container, or a call of a module.

    Costs are those of the whole batch. What is None cannot be known of a module's call.

    Attributes:
        name: where it stands, such as ``layer1.0.conv1``.
        path: where its module lies in the network's, such as ``layers.layer1.layers.0``.
        layer: what it is, in a few words.
        output_shape: of one example; None of a module that is never called.
        parameters: trained numbers.
        weight_bytes: memory of the weights, frozen ones and running statistics included.
        macs: multiply-accumulates; multiplications with padding count too.
        share: its part of the network's multiply-accumulates, 0 to 1.
        bytes_moved: bytes of its inputs, its output and its weights, each counted once.
        inference_bytes: memory of the activations held while it runs: inputs, output, and what
            later layers still need.
        training_bytes: memory of its output, which training keeps for the backward pass.
        receptive_field: side of the box of the network's input that each output sees, for each
            spatial axis.
        stride: how far apart the boxes of neighbouring outputs are; 0 where all see the same.
        padding: how far before the input's start the first box begins.
    """

    name: str
    path: str
    layer: str
    output_shape: Shape | None
    parameters: int
    weight_bytes: int
    macs: int | None = None
    share: float | None = None
    bytes_moved: int | None = None
    inference_bytes: int | None = None
    training_bytes: int | None = None
    receptive_field: Shape | None = None
    stride: Shape | None = None
    padding: Shape | None = None

    @property
    def flops(self) -> int | None:
        """Floating-point operations: 2 a multiply-accumulate."""
        return None if self.macs is None else FLOPS_A_MAC * self.macs

    @property
    def intensity(self) -> float | None:
        """Arithmetic intensity: floating-point operations for each byte moved."""
        if self.flops is None or self.bytes_moved is None:
            return None
        return self.flops / self.bytes_moved

    def as_dict(self) -> dict[str, object]:
        """All fields, `flops` and `intensity` by name; what is no integer has 4 digits."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        values |= {"flops": self.flops, "intensity": self.intensity}
        return {
            name: float(f"{value:.4g}") if isinstance(value, float) else value
            for name, value in values.items()
        }

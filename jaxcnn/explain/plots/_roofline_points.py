"""The points of a roofline: layers that multiply."""

import dataclasses

from jaxcnn.training import LayerTime, Profile


@dataclasses.dataclass(frozen=True)
class Point:
    """Equal layers.

    Attributes:
        layers: one or more, with the same costs.
    """

    layers: tuple[LayerTime, ...]

    @property
    def seconds(self) -> float:
        """Of all of them."""
        return sum(layer.seconds for layer in self.layers)

    @property
    def intensity(self) -> float:
        """FLOPs a byte."""
        return self.layers[0].row.intensity or 0.0

    @property
    def flops_a_second(self) -> float:
        """Of all of them together."""
        flops = sum(layer.flops_a_second * layer.seconds for layer in self.layers)
        return flops / self.seconds

    @property
    def text(self) -> str:
        """What they are, such as ``"4 × Conv 3×3 to 56×56×64"``."""
        row = self.layers[0].row
        shape = "×".join(map(str, row.output_shape or ()))
        times = f"{len(self.layers)} × " if len(self.layers) > 1 else ""
        return f"{times}{row.layer} to {shape}"


def points_of(profile: Profile) -> list[Point]:
    """The layers that multiply, equal ones together."""
    groups: dict[tuple, list[LayerTime]] = {}
    for layer in profile.layers:
        row = layer.row
        if row.flops:
            key = row.layer, row.output_shape, row.flops, row.bytes_moved, layer.passes
            groups.setdefault(key, []).append(layer)
    return [Point(tuple(layers)) for layers in groups.values()]

"""Place number labels beside points that are close together."""

import math
from collections.abc import Sequence

HALF_WIDTH, HALF_HEIGHT = 4.5, 6.0
"""Half the size of a label in points, of which an inch has 72."""

GAPS = (6.0, 15.0, 24.0, 33.0, 42.0)
"""Distances of a label from its marker's edge, in points; the nearest with room is used."""

DIRECTIONS = 16

Place = tuple[float, float]


def places(centers: Sequence[Place], radii: Sequence[float], count: int) -> list[Place]:
    """Find room for a number beside each of the first points.

    Args:
        centers: Of all markers, in points.
        radii: Of all markers, in points.
        count: How many of them get a number.

    Returns:
        The numbers' middles. They overlap no marker and no other number, unless there is no room
        within the largest of `GAPS`.
    """
    found: list[Place] = []
    for center, radius in zip(centers[:count], radii, strict=False):
        candidates = _around(center, radius)
        free = (place for place in candidates if _is_free(place, found, centers, radii))
        found.append(next(free, candidates[-1]))
    return found


def _around(center: Place, radius: float) -> list[Place]:
    turns = [2 * math.pi * step / DIRECTIONS for step in range(DIRECTIONS)]
    return [
        (
            center[0] + (radius + gap) * math.sin(turn),
            center[1] + (radius + gap) * math.cos(turn),
        )
        for gap in GAPS
        for turn in turns
    ]


def _is_free(
    place: Place, numbers: Sequence[Place], centers: Sequence[Place], radii: Sequence[float]
) -> bool:
    x, y = place
    for other_x, other_y in numbers:
        if abs(x - other_x) < 2 * HALF_WIDTH and abs(y - other_y) < 2 * HALF_HEIGHT:
            return False
    for (other_x, other_y), radius in zip(centers, radii, strict=True):
        aside = max(abs(x - other_x) - HALF_WIDTH, 0.0)
        above = max(abs(y - other_y) - HALF_HEIGHT, 0.0)
        if math.hypot(aside, above) < radius:
            return False
    return True

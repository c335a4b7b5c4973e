"""Compare two architectures."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from jaxcnn.architecture._build import check_input_shape
from jaxcnn.architecture._walk import VisitedLayer, sources_of, walk
from jaxcnn.layers import Container, Costs, Layer, Shape, check_layer, layer_fields


class Change(NamedTuple):
    """One layer that was changed, added or removed.

    Attributes:
        before: The layer in the first network; None if it was added.
        after: The layer in the second network; None if it was removed.
    """

    before: VisitedLayer | None
    after: VisitedLayer | None

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {_line(self.after)}" if self.after else ""
        if self.after is None:
            return f"- {_line(self.before)}"
        was, now = _arguments(self.before.layer), _arguments(self.after.layer)
        changed = [
            f"{name} {was[name]!r} → {now[name]!r}" for name in was if was[name] != now[name]
        ]
        return f"~ {_line(self.before)}: {', '.join(changed) or 'reads other layers'}"


class Diff(NamedTuple):
    """The differences between two architectures; ``print`` shows a line per layer and the totals.

    Attributes:
        changes: The layers that differ, in order of execution.
        before: Costs of the first network.
        after: Costs of the second network.
    """

    changes: tuple[Change, ...]
    before: Costs
    after: Costs

    def __str__(self) -> str:
        lines = [str(change) for change in self.changes] or ["the same layers"]
        for kind, name in (("parameters", "parameters"), ("macs", "MACs")):
            was, now = getattr(self.before, kind), getattr(self.after, kind)
            lines.append(f"{name} {was:,} → {now:,} ({now - was:+,})")
        return "\n".join(lines)


def diff(before: Layer, after: Layer, input_shape: Shape) -> Diff:
    """Compare two architectures layer by layer, and their parameters and MACs.

    Layers are matched in order of execution. Within a replaced stretch, layers of the same class
    are matched and count as changed. If all layers are the same, those that read the outputs of
    other layers than before are shown.

    Args:
        before: The first network.
        after: The second network.
        input_shape: Shape of one example without batch axis, such as ``(H, W, C)``.

    Returns:
        The changes and the costs of both networks: ``print`` it, or iterate over its `changes`.

    Raises:
        TypeError: If `before` or `after` is not a layer.
        ArchitectureError: If a layer of either network does not fit its input.

    Example:
        >>> from jaxcnn import Conv, Dropout, Flatten, Dense, Sequential
        >>> small = Sequential([Conv(8, 3), Flatten(), Dense(10)])
        >>> large = Sequential([Conv(16, 3), Flatten(), Dropout(0.5), Dense(10)])
        >>> print(diff(small, large, (8, 8, 3)))
        ~ 0 Conv 3×3 SAME: features 8 → 16
        + 2 Dropout
        parameters 5,354 → 10,698 (+5,344)
        MACs 18,944 → 37,888 (+18,944)
    """
    check_layer(before)
    check_layer(after)
    shape = check_input_shape(input_shape)
    first, second = [*walk(before, shape)], [*walk(after, shape)]
    changes = [
        change
        for same, a, b, c, d in _opcodes(_compared(first), _compared(second))
        if not same
        for change in _changes(first[a:b], second[c:d])
    ]
    if not changes:  # the layers are the same, but may be connected differently
        sources = zip(first, second, sources_of(before), sources_of(after), strict=True)
        changes = [Change(old, new) for old, new, reads, now in sources if reads != now]
    return Diff(tuple(changes), before.costs(shape), after.costs(shape))


def _changes(removed: list[VisitedLayer], new: list[VisitedLayer]) -> Iterator[Change]:
    """Yield the changes that turn one stretch of layers into another."""
    for same, a, b, c, d in _opcodes(
        [type(v.layer) for v in removed], [type(v.layer) for v in new]
    ):
        if same:
            yield from map(Change, removed[a:b], new[c:d])
        else:
            yield from (Change(visit, None) for visit in removed[a:b])
            yield from (Change(None, visit) for visit in new[c:d])


def _opcodes(first: list, second: list) -> Iterator[tuple[bool, int, int, int, int]]:
    """Yield matching stretches of two lists in order, and whether they are equal."""
    for kind, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        yield kind == "equal", a, b, c, d


def _compared(visits: list[VisitedLayer]) -> list[tuple]:
    """Return the classes and arguments of layers, which are compared; names are ignored."""
    return [(type(visit.layer), *_arguments(visit.layer).items()) for visit in visits]


def _arguments(layer: Layer) -> dict[str, Any]:
    """Return a layer's arguments, except its name and the layers of a container."""
    excluded = (
        {"name", "layers", "shortcut", "branches"} if isinstance(layer, Container) else {"name"}
    )
    return {
        f.name: getattr(layer, f.name) for f in layer_fields(type(layer)) if f.name not in excluded
    }


def _line(visit: VisitedLayer) -> str:
    return f"{visit.name} {visit.layer.label(visit.input_shape)}".strip()

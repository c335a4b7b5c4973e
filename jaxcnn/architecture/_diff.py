"""Compare two architectures."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.tables import Table
from jaxcnn.architecture._input_shape import check_input_shape
from jaxcnn.architecture._walk import VisitedLayer, sources_of, walk
from jaxcnn.layers import Container, Costs, Layer, Shape, check_layer, layer_fields


@dataclasses.dataclass(frozen=True)
class Change(Result):
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
        return f"~ {_line(self.before)}: {self._difference()}"

    @property
    def kind(self) -> str:
        """The kind of change: ``"added"``, ``"removed"`` or ``"changed"``."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def arguments(self) -> dict[str, tuple[Any, Any]]:
        """Old and new values of the arguments that differ; empty unless `kind` is "changed"."""
        if self.before is None or self.after is None:
            return {}
        was, now = _arguments(self.before.layer), _arguments(self.after.layer)
        return {name: (was[name], now[name]) for name in was if was[name] != now[name]}

    def _difference(self) -> str:
        if self.kind != "changed":
            return ""
        pairs = self.arguments.items()
        changed = [f"{name} {was!r} → {now!r}" for name, (was, now) in pairs]
        return ", ".join(changed) or "reads other layers"

    def _content(self) -> Mapping[str, Any]:
        return {**self._row(), "arguments": self.arguments}

    def _row(self) -> dict[str, str | None]:
        before, after = (visit and _line(visit) for visit in (self.before, self.after))
        return {"change": self.kind, "before": before, "after": after}


@dataclasses.dataclass(frozen=True)
class Diff(TableResult):
    """The differences between two architectures; ``print`` shows one line per layer and the totals.

    Attributes:
        changes: The layers that differ, in order of execution.
        before: Costs of the first network.
        after: Costs of the second network.
    """

    changes: tuple[Change, ...]
    before: Costs
    after: Costs

    def __str__(self) -> str:
        return "\n".join([*map(str, self.changes)] or ["the same layers"]) + f"\n{self._totals()}"

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [change._row() | {"difference": change._difference()} for change in self.changes]

    def _blocks(self) -> Iterable[Block]:
        rows = [*self._rows()]
        return [Table.of(rows, words=4) if rows else "the same layers", self._totals()]

    def _totals(self) -> str:
        lines = []
        for kind, name in (("parameters", "parameters"), ("macs", "MACs")):
            was, now = getattr(self.before, kind), getattr(self.after, kind)
            lines.append(f"{name} {was:,} → {now:,} ({now - was:+,})")
        return "\n".join(lines)


def diff(before: Layer, after: Layer, input_shape: Shape) -> Diff:
    """Compare two architectures layer by layer, and their parameters and MACs.

    Layers are matched in order of execution. Where several layers in a row were replaced, layers of
    the same class are matched and count as changed. If no layer itself differs, `changes` lists the
    layers whose inputs now come from other layers.

    Args:
        before: The first network.
        after: The second network.
        input_shape: Shape of one example without batch axis, such as ``(H, W, C)``.

    Returns:
        A `Diff` with the changes and the costs of both networks. ``print`` shows it as text. Its
        `changes` can be iterated over.

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

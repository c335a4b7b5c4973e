"""The places of a program's values in one buffer, which they share while they are not needed."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from jaxcnn.export.code._program import Program


class Plan(NamedTuple):
    """The places of a program's values.

    Attributes:
        offsets: The place of each value but the input, in floats.
        size: The size of the buffer, in floats.
    """

    offsets: dict[int, int]
    size: int


class _Block(NamedTuple):
    start: int
    size: int
    last_use: int

    @property
    def end(self) -> int:
        return self.start + self.size


def plan_memory(program: Program, in_place: Collection[str]) -> Plan:
    """Place each value at the lowest offset where nothing lies that is still needed.

    A value takes the place of its input where the step allows that: always for ``flatten``, and for
    steps that compute element by element if the input is not used later.

    Args:
        program: The program.
        in_place: The steps that compute element by element.
    """
    homes = _homes(program, in_place)
    last_uses: dict[int, int] = {}
    for index, at in program.last_uses().items():
        last_uses[homes[index]] = max(at, last_uses.get(homes[index], 0))
    blocks: list[_Block] = []
    offsets: dict[int, int] = {}
    for at, step in enumerate(program.steps):
        home = homes[step.output.index]
        if home == step.output.index:  # a value of its own
            blocks = [block for block in blocks if block.last_use >= at]
            start = _first_gap(blocks, step.output.size)
            blocks.append(_Block(start, step.output.size, last_uses.get(home, at)))
            blocks.sort()
            offsets[home] = start
        offsets[step.output.index] = offsets.get(home, 0)
    sizes = (offsets[step.output.index] + step.output.size for step in program.steps)
    return Plan(offsets, max(sizes, default=0))


def _homes(program: Program, in_place: Collection[str]) -> dict[int, int]:
    """Return for each value the value whose place it has."""
    last_uses, homes = program.last_uses(), {program.input.index: program.input.index}
    for at, step in enumerate(program.steps):
        output, first = step.output, step.inputs[0]
        home = homes[first.index]
        together = [index for index, other in homes.items() if other == home]
        is_free = home != program.input.index and all(
            last_uses.get(index, at) <= at for index in together
        )
        replaces = step.op in in_place and is_free and first.size == output.size
        homes[output.index] = home if step.op == "flatten" or replaces else output.index
    return homes


def _first_gap(blocks: Sequence[_Block], size: int) -> int:
    """Return the lowest offset at which there is room between blocks, which are sorted."""
    start = 0
    for block in blocks:
        if block.start - start >= size:
            return start
        start = max(start, block.end)
    return start

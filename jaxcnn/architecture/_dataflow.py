"""Which layer reads whose output, and what must be held at once for it."""

from collections.abc import Sequence

from jaxcnn.layers import Container, Layer

INPUT = -1
"""Stands for the network's input where a visit's number stands for its output."""

Sources = tuple[int, ...]


def sources_of(architecture: Layer) -> list[Sources]:
    """For each visit of `walk`, the numbers of those whose outputs it reads.

    Example:
        >>> from jaxcnn import Conv, Residual, Sequential
        >>> net = Sequential([Conv(3, 3), Residual([Conv(3, 3), Conv(3, 3)])])
        >>> sources_of(net)  # the last one adds what came in
        [(-1,), (0,), (1,), (2, 0)]
    """
    found: list[Sources] = []

    def follow(layer: Layer, source: int) -> int:
        """Add what is within `layer`; returns whose output is the layer's own."""
        if isinstance(layer, Container):
            ends = []
            for chain in layer.chains():
                end = source
                for link in chain:
                    end = follow(link.layer, end)
                ends.append(end)
            if len(ends) == 1:
                return ends[0]
            found.append(tuple(ends))
        else:
            found.append((source,))
        return len(found) - 1

    follow(architecture, INPUT)
    return found


def held_at_once(sizes: Sequence[int], input_size: int, sources: Sequence[Sources]) -> list[int]:
    """How much is held while each visit runs: its inputs, its output, what others still need.

    Args:
        sizes: of each visit's output.
        input_size: of the network's input.
        sources: from `sources_of`.

    Example:
        >>> held_at_once([8, 4, 8], 3, [(-1,), (0,), (1, 0)])
        [11, 12, 20]
    """
    size_of = {INPUT: input_size, **dict(enumerate(sizes))}
    last_reader = {read: reader for reader, reads in enumerate(sources) for read in reads}
    held, most = input_size, []
    for visit, reads in enumerate(sources):
        held += size_of[visit]
        most.append(held)
        held -= sum(size_of[read] for read in set(reads) if last_reader[read] == visit)
    return most

"""What `fuzz.py` reads: kinds of files, and the readers that have them."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from _fuzz_inputs import (
    Edit,
    Repair,
    damaged,
    edits,
)
from hypothesis import strategies as st


@dataclasses.dataclass(frozen=True)
class Target:
    """One kind of file, and how it is read.

    Attributes:
        file: The path that an input is written to.
        seeds: Valid files.
        read: Reads the file; it may raise ValueError and OSError that name it.
        made: A strategy of files that are made from nothing.
        repair: Makes checksums right, in half of the inputs.
    """

    file: Path
    seeds: tuple[bytes, ...]
    read: Callable[[Path], object]
    made: st.SearchStrategy[bytes] | None = None
    repair: Repair | None = None

    def inputs(self) -> st.SearchStrategy[bytes]:
        """Return a strategy of inputs."""
        repairs: list[Repair] = [bytes, self.repair or bytes]

        def damage(seed: bytes, changes: list[Edit], repair: Repair) -> bytes:
            return repair(damaged(seed, changes, self.seeds))

        spoiled = st.builds(damage, st.sampled_from(self.seeds), edits(), st.sampled_from(repairs))
        return spoiled if self.made is None else st.one_of(spoiled, self.made)


@dataclasses.dataclass(frozen=True)
class Reader:
    """A reader that is fuzzed.

    Attributes:
        targets: Its kinds of files.
        mebibytes: The memory that one input may take.
    """

    targets: Callable[[Path], tuple[Target, ...]]
    mebibytes: int

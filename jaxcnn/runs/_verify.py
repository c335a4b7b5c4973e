"""`verify`: compare all files of a run's folder with the checksums that were saved with them."""

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from jaxcnn._support.files import LINK_OUT, links_out, read_json_object
from jaxcnn._support.machine import versions
from jaxcnn._support.manifest import MANIFEST, check_manifest, manifest_faults, read_manifest
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.safetensors import read_tensors
from jaxcnn._support.tables import Table
from jaxcnn.runs._folder import (
    CHECKPOINTS,
    NETWORK,
    RESULT,
    RESULT_FILES,
    WEIGHTS,
    as_folder,
    checkpoint_numbers,
)
from jaxcnn.runs._load import read_record
from jaxcnn.runs._result_file import Beside, check_result
from jaxcnn.runs._status import STATUS, read_status, training_in_words
from jaxcnn.runs._weights import check_values, digest_of

State = Literal["as saved", "differs", "unknown", "noted"]
"""Whether a part is as it was saved; unknown without a checksum. Notes are no fault."""


@dataclasses.dataclass(frozen=True)
class VerifiedPart(Result):
    """One part of a run's folder, compared with its saved checksum or value.

    Attributes:
        part: The file, folder or property.
        state: ``"as saved"``, ``"differs"`` or ``"unknown"``: the result of the comparison.
            ``"noted"`` if the part was not compared.
        note: What differs.
    """

    part: str
    state: State
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Verification(TableResult):
    """The parts of a run's folder, each compared with its saved checksum or value.

    Attributes:
        folder: The folder.
        parts: The parts of the folder.
    """

    folder: str
    parts: tuple[VerifiedPart, ...]

    _derived = ("is_as_saved",)

    @property
    def is_as_saved(self) -> bool:
        """True if every part is known to be as it was saved."""
        return not self._named("differs") and not self._named("unknown")

    def _named(self, state: State) -> list[str]:
        return [found.part for found in self.parts if found.state == state]

    def _verdict(self) -> str:
        texts = [
            f"{title}: {', '.join(names)}."
            for title, names in (
                ("Differs", self._named("differs")),
                ("Unknown", self._named("unknown")),
            )
            if names
        ]
        return " ".join(texts) or "Everything is as it was saved."

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [found.to_dict() for found in self.parts]

    def _blocks(self) -> Iterable[Block]:
        return [Table.of(self._rows(), words=3), self._verdict()]


def verify(folder: str | os.PathLike[str]) -> Verification:
    """Compare all files and checkpoints in a run's folder with their saved checksums.

    The checksums of the files are in ``manifest.json``. Each checkpoint has its own checksums.
    `verify` also looks for values that no run can have. `verify` also compares the result with the
    weights and with the saved part of the test set. If library versions differ from the versions
    used for training, the difference is noted.

    Args:
        folder: The folder of a run, or of a training that was interrupted.

    Returns:
        A `Verification` with one entry per part of the folder. `str()` formats the entries as a
        table.

    Raises:
        FileNotFoundError: If the folder has neither a run nor checkpoints.

    Example::

        found = jaxcnn.runs.verify("runs/mine")
        print(found)
        assert found.is_as_saved
    """
    path = as_folder(folder)
    if links := [*links_out(path)]:  # nothing behind them is read
        found = (VerifiedPart(str(link.relative_to(path)), "differs", LINK_OUT) for link in links)
        return Verification(str(path), tuple(found))
    steps = checkpoint_numbers(path / CHECKPOINTS)
    has_network = (path / NETWORK).is_file()
    if not has_network and not steps and not (path / MANIFEST).exists():
        read_record(path)  # raises, with what is known about the training
    parts = [*_status(path)]
    if has_network or (path / MANIFEST).exists():
        parts += [*_files(path), *_content(path)]
    parts += [_checkpoint(path, step) for step in steps]
    return Verification(str(path), (*parts, *_versions(path)))


def _status(path: Path) -> Iterator[VerifiedPart]:
    try:
        found, words = read_status(path), training_in_words(path)
    except ValueError as error:
        yield VerifiedPart(STATUS, "differs", str(error))
        return
    if found is not None:
        yield VerifiedPart(STATUS, "noted", words or f"done after step {found.steps}")


def _files(path: Path) -> Iterator[VerifiedPart]:
    """Compare the files with the manifest."""
    if not (path / MANIFEST).exists():
        yield VerifiedPart(MANIFEST, "unknown", "there is none, so no file can be compared")
        return
    try:
        faults, saved = manifest_faults(path, RESULT_FILES), read_manifest(path)
    except ValueError as error:
        yield VerifiedPart(MANIFEST, "differs", str(error))
        return
    for name in sorted({*saved, *faults}):
        note = faults.get(name, "")
        yield VerifiedPart(name, "differs" if note else "as saved", note)


def _content(path: Path) -> Iterator[VerifiedPart]:
    """Look for values that no run has, whatever the manifest says."""
    try:
        record = read_record(path, check=False)
        weights = read_tensors(path / WEIGHTS)
        check_values(weights, path / WEIGHTS)
        beside = Beside(record.interface, digest=digest_of(weights))
        check_result(record.result, beside, path / RESULT)
    except (OSError, ValueError) as error:
        yield VerifiedPart("content", "differs", str(error))


def _checkpoint(path: Path, step: int) -> VerifiedPart:
    name = f"{CHECKPOINTS}/{step}"
    try:
        is_known = check_manifest(path / CHECKPOINTS / str(step))
    except (OSError, ValueError) as error:
        return VerifiedPart(name, "differs", str(error))
    if not is_known:
        return VerifiedPart(name, "unknown", f"there is no {MANIFEST} in it")
    return VerifiedPart(name, "as saved")


def _versions(path: Path) -> Iterator[VerifiedPart]:
    try:
        saved = read_json_object(path / RESULT).get("versions")
    except ValueError:
        return  # which is named already
    if isinstance(saved, Mapping):
        other = [
            f"{name} {ascii(saved[name])[1:-1]:.20}, now {now}"
            for name, now in versions().items()
            if saved.get(name, now) != now
        ]
        yield VerifiedPart("versions", "noted", "; ".join(other) or "those of the training")

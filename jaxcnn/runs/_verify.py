"""`verify`: compare all files of a run's folder with the checksums that were saved with them."""

import dataclasses
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from jaxcnn._support.files import LINK_OUT, read_json_object
from jaxcnn._support.machine import versions
from jaxcnn._support.manifest import (
    MANIFEST,
    check_manifest,
    is_incomplete,
    manifest_faults,
    read_manifest,
)
from jaxcnn._support.notebooks import Block
from jaxcnn._support.replaced import checkpoint_path
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.safetensors import read_tensors
from jaxcnn._support.tables import Table
from jaxcnn.runs._checkpoint_numbers import (
    CHECKPOINTS,
    checkpoint_numbers,
    has_checkpoints,
    is_checkpoint,
    run_checkpoints,
)
from jaxcnn.runs._folder import (
    NETWORK,
    RESULT,
    RESULT_FILES,
    WEIGHTS,
    as_folder,
    run_links_out,
)
from jaxcnn.runs._load import read_record
from jaxcnn.runs._result_file import Beside, check_result
from jaxcnn.runs._status import STATUS, read_status
from jaxcnn.runs._unfinished import training_in_words, unfinished_in_words
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
        unfinished: How far a training came that is not finished, such as ``"was cut off after step
            120"``, and how it can go on. None if the training is finished, or if this is not known.
            For folders of checkpoints only `jaxcnn.experiment.verify_run` finds it out.
    """

    folder: str
    parts: tuple[VerifiedPart, ...]
    unfinished: str | None = None

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
        if self.unfinished is None:
            return " ".join(texts) or "Everything is as it was saved."
        found = " ".join(texts) or "What it saved is as it was saved."
        return f"The training is not finished: it {self.unfinished}. {found}"

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
        folder: The folder of a run, of a training that was interrupted, of a single checkpoint, or
            of checkpoints, as passed to ``fit(checkpoints=)``.

    Returns:
        A `Verification` with one entry per part of the folder. `str()` formats the entries as a
        table. If the training is not finished, `unfinished` says how far it came.

    Raises:
        FileNotFoundError: If the folder has neither a run nor checkpoints.

    Example::

        found = jaxcnn.runs.verify("runs/mine")
        print(found)
        assert found.is_as_saved and found.unfinished is None
    """
    path = as_folder(folder)
    if links := [*run_links_out(path)]:  # nothing behind them is read
        found = (VerifiedPart(str(link.relative_to(path)), "differs", LINK_OUT) for link in links)
        return Verification(str(path), tuple(found))
    has_network, has_manifest = (path / NETWORK).is_file(), (path / MANIFEST).exists()
    if is_checkpoint(path) and has_manifest and not has_network:
        return Verification(str(path), tuple(_files(path, None)))
    steps = run_checkpoints(path)
    has_results = has_network or has_manifest
    unfinished, parts = _unfinished(path), [*_status(path)]
    says_something = unfinished is not None or any(part.state == "differs" for part in parts)
    if not (has_results or steps or says_something):
        if has_checkpoints(path):
            return Verification(str(path), tuple(_checkpoints(path)))
        read_record(path)  # raises, because there is no network
    if has_results:
        parts += _results(path, is_finished=unfinished is None)
    parts += [_checkpoint(saved, str(saved.relative_to(path))) for saved in steps.values()]
    parts += _lost_checkpoint(path, steps)
    return Verification(str(path), (*parts, *_versions(path)), unfinished)


def _checkpoints(path: Path) -> Iterator[VerifiedPart]:
    """Verify a folder that has checkpoints and no run."""
    yield VerifiedPart("training", "noted", f"last saved after step {checkpoint_numbers(path)[-1]}")
    yield from (_checkpoint(path / str(n), str(n)) for n in checkpoint_numbers(path))


def _unfinished(path: Path) -> str | None:
    try:
        if read_status(path) is not None:
            return unfinished_in_words(path)
        result = read_json_object(path / RESULT)  # of a run that was saved by `Run.save`
    except ValueError:
        return None  # the part that is damaged says so
    if result.get("interrupted") is not True:
        return None
    return f"was interrupted after step {result.get('steps')!a:.20}"


def _status(path: Path) -> Iterator[VerifiedPart]:
    try:
        found, words = read_status(path), training_in_words(path)
    except ValueError as error:
        yield VerifiedPart(STATUS, "differs", str(error))
        return
    if found is not None:
        yield VerifiedPart(STATUS, "noted", words or f"done after step {found.steps}")


def _results(path: Path, *, is_finished: bool) -> Iterator[VerifiedPart]:
    with suppress(ValueError):  # a damaged manifest is named below
        if not is_finished and is_incomplete(path):
            note = "the results of the training are not complete yet"
            yield VerifiedPart(MANIFEST, "noted", note)
            return
    yield from _files(path, RESULT_FILES)
    yield from _content(path)


def _files(path: Path, names: Collection[str] | None) -> Iterator[VerifiedPart]:
    """Compare the files with the manifest; `names` as in `write_manifest`."""
    if not (path / MANIFEST).exists():
        yield VerifiedPart(MANIFEST, "unknown", "there is none, so no file can be compared")
        return
    try:
        faults, saved = manifest_faults(path, names), read_manifest(path)
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


def _checkpoint(path: Path, name: str) -> VerifiedPart:
    try:
        is_known = check_manifest(checkpoint_path(path.parent, int(path.name)))
    except (OSError, ValueError) as error:
        return VerifiedPart(name, "differs", str(error))
    if not is_known:
        return VerifiedPart(name, "unknown", f"there is no {MANIFEST} in it")
    return VerifiedPart(name, "as saved")


def _lost_checkpoint(path: Path, steps: Collection[int]) -> Iterator[VerifiedPart]:
    """Compare the checkpoints with the number of the last one, which the status has."""
    with suppress(ValueError):  # a damaged status is named already
        found = read_status(path)
        # While a training runs, and after a kill, its last checkpoint may be about to be replaced.
        if found is None or found.checkpoint is None or found.status == "running":
            return
        if found.checkpoint > max(steps, default=-1):
            name = f"{CHECKPOINTS}/{found.checkpoint}"
            yield VerifiedPart(name, "differs", "expected the last checkpoint, got none")


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

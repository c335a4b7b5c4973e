"""A folder of checkpoints on disk, by Orbax's interface v1, which still counts as experimental."""

import json
import logging
import shutil
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import jax
from etils import epath
from jax import Array
from orbax.checkpoint import v1 as ocp

from jaxcnn._support.files import check_links, sync, sync_tree
from jaxcnn._support.json_texts import parse_json
from jaxcnn._support.manifest import MANIFEST, check_manifest, write_manifest
from jaxcnn._support.replaced import REPLACED, restore_replaced
from jaxcnn.runs import checkpoint_numbers
from jaxcnn.training.checkpoints._lone_checkpointer import (
    LoneCheckpointer,
    as_given,
    as_saved,
    lone_context,
)
from jaxcnn.training.checkpoints._settings import CheckpointError, Checkpoints

ARRAYS = "arrays"
RECORD = "record"

OTHER_FAULTS = (MemoryError, OSError, jax.errors.JaxRuntimeError)
"""Errors that say nothing about the files, whose manifest has been compared before."""


class CheckpointStore:
    """The checkpoints of one training, which are numbered by their number of updates.

    Orbax writes a checkpoint under a temporary name and renames it when it is whole, so a process
    that is killed leaves the last whole one. A manifest with the checksum of each file follows, and
    everything is synced to disk. Only then are older checkpoints removed: after a power failure,
    the last checkpoint may be damaged, which the manifest shows, and the one before it is whole.
    The newest checkpoint is removed when the folder is opened, if it has no manifest and the one
    before it has one. A checkpoint that is replaced is renamed, and comes back if the process is
    killed before the new one is whole, or if a power failure damages the new one.

    Args:
        settings: The folder and what to keep.
        sign: 1 if a higher metric is better, -1 if a lower one is.

    Raises:
        CheckpointError: If the newest checkpoint is damaged.
        OSError: If the folder cannot be written to.
    """

    def __init__(self, settings: Checkpoints, sign: int) -> None:
        self.folder, self._keep, self._sign = settings.path, settings.keep, sign
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            check_links(self.folder)
            restore_replaced(self.folder)
            self._check_newest()  # before Orbax reads it
            self._orbax = _checkpointer(self.folder)
        except OSError as error:
            raise type(error)(
                f"{self.folder}: expected a folder for checkpoints that can be written to "
                f"({error.strerror or error})"
            ) from None
        self._quiet = _Quiet()
        logging.getLogger("absl").addFilter(self._quiet)
        self._background = ThreadPoolExecutor(max_workers=1)
        self._pending: Future[float] | None = None

    def _check_newest(self) -> None:
        paths = [self.folder / str(number) for number in checkpoint_numbers(self.folder)]
        if not paths:
            return
        if len(paths) > 1 and not _has_manifest(paths[-1]) and _has_manifest(paths[-2]):
            shutil.rmtree(paths.pop())  # the process was killed before it was complete
        try:
            check_manifest(paths[-1])
        except ValueError as error:
            raise damaged(paths[-1], error) from None

    @property
    def numbers(self) -> list[int]:
        """The numbers of all whole checkpoints, in ascending order."""
        return [found.step for found in self._orbax.checkpoints]

    def save(
        self,
        number: int,
        arrays: Mapping[str, Array],
        record: Mapping[str, Any],
        monitored: float | None = None,
    ) -> None:
        """Begin to save a checkpoint; returns once the arrays may be overwritten.

        Args:
            number: The number of updates. A checkpoint of this number is replaced.
            arrays: The arrays by name.
            record: Everything else, as plain data.
            monitored: The metric by which the best checkpoint is chosen.

        Raises:
            OSError: If this checkpoint, or the one before, could not be saved.
        """
        self.wait()
        started = time.perf_counter()
        content, path = json.dumps(record), self.folder / str(number)
        replaced = path.with_suffix(REPLACED)
        try:
            if path.exists():
                path.rename(replaced)
                self._orbax.reload()
            response = self._orbax.save_checkpointables_async(
                number,
                {ARRAYS: dict(arrays)},
                force=True,
                metrics=None if monitored is None else {"monitored": monitored},
                custom_metadata={RECORD: content},
            )
        except Exception as error:
            raise self._failed(number, error) from error
        assert response is not None  # because it is forced

        def finish() -> float:
            try:
                response.result()
                read_record(path)  # Orbax drops the errors of writing it
                write_manifest(path)
                sync_tree(path)
                sync(self.folder)  # the checkpoint's new name
                if replaced.exists():
                    shutil.rmtree(replaced)
                self._remove_old()
            except Exception as error:
                raise self._failed(number, error) from error
            return time.perf_counter() - started

        self._pending = self._background.submit(finish)

    def _remove_old(self) -> None:
        """Remove all checkpoints but the latest ones and the best one."""
        found = self._orbax.checkpoints
        metrics: dict[int, Any] = {one.step: one.metrics for one in found if one.metrics}
        best = max(metrics, key=lambda n: self._sign * metrics[n]["monitored"], default=None)
        for one in found[: -self._keep]:
            if one.step != best:
                self._orbax.delete(one.step)

    def _failed(self, number: int, error: Exception) -> OSError:
        has_more = any(saved < number for saved in checkpoint_numbers(self.folder))
        has_more |= any(self.folder.glob(f"*{REPLACED}"))
        before = "the checkpoints before it are whole" if has_more else "there is none before it"
        return OSError(
            f"{self.folder}: the checkpoint after step {number} could not be saved ({error}); "
            f"{before}"
        )

    def finished(self) -> float | None:
        """Return the seconds that the last save took in all; None while it is being written.

        Raises:
            OSError: If it failed.
        """
        if self._pending is None:
            return 0.0
        return self._pending.result() if self._pending.done() else None

    def wait(self) -> None:
        """Wait until the last save is on disk.

        Raises:
            OSError: If it failed.
        """
        if self._pending is not None:
            self._pending.result()

    def read_record(self, number: int) -> dict[str, Any]:
        """Read the content of a checkpoint besides its arrays."""
        return read_record(self.folder / str(number))

    def read_arrays(self, number: int, like: Mapping[str, Array]) -> dict[str, Array]:
        """Read a checkpoint's arrays, with the names, shapes, dtypes and devices of `like`.

        A checkpoint without a manifest is known to be whole afterwards, and gets one.
        """
        path = self.folder / str(number)
        arrays = read_arrays(path, like)
        if not _has_manifest(path):
            write_manifest(path)
        return arrays

    def close(self) -> None:
        """Wait for the last save, and release the folder."""
        self._background.shutdown()
        with suppress(Exception):  # of the last save, which `wait` has raised by a clear name
            self._orbax.close()
        logging.getLogger("absl").removeFilter(self._quiet)


class _Quiet(logging.Filter):
    """Drops the errors that Orbax logs with the traces of its threads: the store raises them."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno < logging.ERROR or "orbax" not in Path(record.pathname).parts


def _checkpointer(folder: Path) -> Any:
    """Return Orbax's checkpointer of a folder; with several processes, that of process 0."""
    if jax.process_count() > 1:
        return LoneCheckpointer(folder)
    context = ocp.Context()
    # Otherwise, if a folder cannot be created, Orbax's threads wait for it for minutes.
    context.asynchronous.create_directories_asynchronously = False
    return ocp.training.Checkpointer(
        epath.Path(folder), cleanup_tmp_directories=True, context=context
    )


def _has_manifest(path: Path) -> bool:
    return (path / MANIFEST).exists()


def read_record(path: Path) -> dict[str, Any]:
    """Read the content of a checkpoint besides its arrays; nothing is written.

    Raises:
        CheckpointError: If it is damaged.
        MemoryError: If there is too little memory; OSError, if it cannot be read.
    """
    try:
        content: Any = ocp.checkpointables_metadata(epath.Path(path)).custom_metadata
        return parse_json(content[RECORD], parse_constant=float)
    except OTHER_FAULTS:
        raise
    except Exception as error:
        raise damaged(path, error) from error


def read_arrays(path: Path, like: Mapping[str, Array]) -> dict[str, Array]:
    """Read the arrays of a checkpoint; nothing is written.

    Args:
        path: The checkpoint's own folder.
        like: Arrays with the names, shapes, dtypes and devices to expect.

    Raises:
        CheckpointError: If it is damaged.
        MemoryError: If there is too little memory; OSError, if it cannot be read.
    """
    is_alone = jax.process_count() == 1
    wanted = like if is_alone else as_saved(like)
    abstract = {
        name: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=leaf.sharding)
        for name, leaf in wanted.items()
    }
    try:
        with nullcontext() if is_alone else lone_context():
            found = ocp.load_checkpointables(epath.Path(path), {ARRAYS: abstract})[ARRAYS]
        return found if is_alone else as_given(found, like)
    except OTHER_FAULTS:
        raise
    except Exception as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> CheckpointError:
    """Return the error of a damaged checkpoint."""
    reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
    is_last = min(checkpoint_numbers(path.parent), default=None) == int(path.stem)
    before = "delete this folder to go on from the checkpoint before it"
    return CheckpointError(
        f"{path}: expected a whole checkpoint, got a damaged one ({reason:.200}); "
        + ("there is none before it: use another folder to start anew" if is_last else before)
    )

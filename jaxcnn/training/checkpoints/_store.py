"""A folder of checkpoints on disk, by Orbax's interface v1, which still counts as experimental."""

import json
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jax
from etils import epath
from jax import Array
from orbax.checkpoint import v1 as ocp

from jaxcnn._support.files import check_links, sync_tree
from jaxcnn._support.json_texts import parse_json
from jaxcnn._support.manifest import check_manifest, write_manifest
from jaxcnn.runs import checkpoint_numbers
from jaxcnn.training.checkpoints._settings import CheckpointError, Checkpoints

ARRAYS = "arrays"
RECORD = "record"


class CheckpointStore:
    """The checkpoints of one training, which are numbered by their number of updates.

    Orbax writes a checkpoint under a temporary name and renames it when it is whole, so a process
    that is killed leaves the last whole one. A manifest with the checksum of each file
    follows, and everything is synced to disk: after a power failure, the last checkpoint may be
    damaged, which the manifest shows, and the one before it is whole.

    Args:
        settings: The folder and what to keep.
        sign: 1 if a higher metric is better, -1 if a lower one is.

    Raises:
        CheckpointError: If the newest checkpoint is damaged.
        OSError: If the folder cannot be written to.
    """

    def __init__(self, settings: Checkpoints, sign: int) -> None:
        self.folder = settings.path
        policies = ocp.training.preservation_policies
        best = policies.BestN(
            get_metric_fn=lambda metrics: sign * metrics["monitored"],
            n=1,
            keep_checkpoints_without_metrics=False,
        )
        keep = policies.AnyPreservationPolicy([policies.LatestN(settings.keep), best])
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            check_links(self.folder)
            self._check_newest()  # before Orbax reads it
            self._orbax = ocp.training.Checkpointer(
                epath.Path(self.folder),
                preservation_policy=keep,  # pyright: ignore[reportArgumentType]
                cleanup_tmp_directories=True,
            )
        except OSError as error:
            raise type(error)(
                f"{self.folder}: expected a folder for checkpoints that can be written to "
                f"({error.strerror or error})"
            ) from None
        self._background = ThreadPoolExecutor(max_workers=1)
        self._pending: Future[float] | None = None

    def _check_newest(self) -> None:
        numbers = checkpoint_numbers(self.folder)
        if numbers:
            try:
                check_manifest(self.folder / str(max(numbers)))
            except ValueError as error:
                raise damaged(self.folder / str(max(numbers)), error) from None

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
            number: The number of updates; a checkpoint of this number must not exist.
            arrays: The arrays by name.
            record: Everything else, as plain data.
            monitored: The metric by which the best checkpoint is chosen.

        Raises:
            OSError: If this checkpoint, or the one before, could not be saved.
        """
        self.wait()
        started = time.perf_counter()
        content = json.dumps(record)
        try:
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
                write_manifest(self.folder / str(number))
                sync_tree(self.folder / str(number))
            except Exception as error:
                raise self._failed(number, error) from error
            return time.perf_counter() - started

        self._pending = self._background.submit(finish)

    def _failed(self, number: int, error: Exception) -> OSError:
        return OSError(
            f"{self.folder}: the checkpoint after step {number} could not be saved ({error}); the "
            "checkpoints before it are whole"
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
        """Read a checkpoint's arrays, with the names, shapes, dtypes and devices of `like`."""
        return read_arrays(self.folder / str(number), like)

    def close(self) -> None:
        """Wait for the last save, and release the folder."""
        self._background.shutdown()
        self._orbax.close()


def read_record(path: Path) -> dict[str, Any]:
    """Read the content of a checkpoint besides its arrays; nothing is written.

    Raises:
        CheckpointError: If it is damaged.
    """
    try:
        content: Any = ocp.checkpointables_metadata(epath.Path(path)).custom_metadata
        return parse_json(content[RECORD], parse_constant=float)
    except Exception as error:
        raise damaged(path, error) from error


def read_arrays(path: Path, like: Mapping[str, Array]) -> dict[str, Array]:
    """Read the arrays of a checkpoint; nothing is written.

    Args:
        path: The checkpoint's own folder.
        like: Arrays with the names, shapes, dtypes and devices to expect.

    Raises:
        CheckpointError: If it is damaged.
    """
    abstract = {
        name: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=leaf.sharding)
        for name, leaf in like.items()
    }
    try:
        return ocp.load_checkpointables(epath.Path(path), {ARRAYS: abstract})[ARRAYS]
    except Exception as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> CheckpointError:
    """Return the error of a damaged checkpoint."""
    reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
    return CheckpointError(
        f"{path}: expected a whole checkpoint, got a damaged one ({reason:.200}); delete this "
        "folder to go on from the checkpoint before it"
    )

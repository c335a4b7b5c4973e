"""Orbax's checkpointer in process 0 of several, whose state it saves alone."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import orbax.checkpoint as orbax
from etils import epath
from jax import Array
from orbax.checkpoint import v1

from jaxcnn._support.leaves import is_key

METRICS = "metrics"


class SavedStep(NamedTuple):
    """A checkpoint: its number, and the metrics that it was saved with, if there were any."""

    step: int
    metrics: Mapping[str, Any] | None


class Response(NamedTuple):
    """A save in the background; `result` waits for its end, and raises its error."""

    result: Callable[[], Any]


class LoneCheckpointer:
    """Does what the store needs of `orbax.checkpoint.v1.training.Checkpointer`, in one process.

    That one waits for all processes, which would have to save at the same step and to see the same
    folder. The state is the same in all of them, so one suffices.

    Args:
        folder: The folder of the checkpoints, which exists.
    """

    def __init__(self, folder: Path) -> None:
        alone = orbax.options.MultiprocessingOptions(
            primary_host=jax.process_index(), active_processes={jax.process_index()}
        )
        self._folder = epath.Path(folder)
        self._manager = orbax.CheckpointManager(
            self._folder,
            options=orbax.CheckpointManagerOptions(
                create=False,
                cleanup_tmp_directories=True,
                multiprocessing_options=alone,
                # Otherwise, if a folder cannot be created, Orbax's threads wait for it for minutes.
                async_options=orbax.AsyncOptions(create_directories_asynchronously=False),
            ),
        )

    @property
    def checkpoints(self) -> list[SavedStep]:
        """All whole checkpoints, in ascending order."""
        return [SavedStep(step, self._metrics(step)) for step in sorted(self._manager.all_steps())]

    def _metrics(self, step: int) -> Mapping[str, Any] | None:
        found: Any = v1.checkpointables_metadata(self._folder / str(step)).custom_metadata
        return found.get(METRICS)

    def save_checkpointables_async(
        self,
        step: int,
        checkpointables: Mapping[str, Mapping[str, Array]],
        *,
        force: bool,
        metrics: Mapping[str, Any] | None,
        custom_metadata: Mapping[str, Any],
    ) -> Response:
        """Begin to save; returns once the arrays may be overwritten."""
        # Orbax saves arrays of a device only for all processes.
        trees = {
            name: {key: np.array(array) for key, array in as_saved(tree).items()}
            for name, tree in checkpointables.items()
        }
        self._manager.save(
            step,
            args=orbax.args.Composite(
                **{name: orbax.args.PyTreeSave(tree) for name, tree in trees.items()}
            ),
            force=force,
            custom_metadata={**custom_metadata, METRICS: metrics},
        )

        def result() -> None:
            self._manager.wait_until_finished()
            self._manager.check_for_errors()

        return Response(result)

    def delete(self, step: int) -> None:
        """Remove a checkpoint."""
        self._manager.delete(step)

    def reload(self) -> None:
        """Look at the folder again."""
        self._manager.reload()

    def close(self) -> None:
        """Wait for the last save, and end the threads."""
        self._manager.close()


def lone_context() -> v1.Context:
    """Return settings with which Orbax reads in one process, without waiting for others."""
    context, this = v1.Context(), jax.process_index()
    context.multiprocessing.primary_host = this
    context.multiprocessing.active_processes = {this}
    return context


def as_saved(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return arrays as they are saved: random keys as their numbers."""
    return {
        name: jax.random.key_data(array) if is_key(array) else array
        for name, array in arrays.items()
    }


def as_given(saved: Mapping[str, Array], like: Mapping[str, Array]) -> dict[str, Array]:
    """Return the arrays of which these are the saved form; `like` has arrays of their kinds."""
    return {
        name: jax.random.wrap_key_data(array, impl=jax.random.key_impl(like[name]))
        if is_key(like[name])
        else array
        for name, array in saved.items()
    }

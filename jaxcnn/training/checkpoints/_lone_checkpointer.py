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
        self._manager = orbax.CheckpointManager(
            epath.Path(folder),
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
        return (self._manager.metadata(step).custom_metadata or {}).get(METRICS)

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
        trees = {name: on_host(tree) for name, tree in checkpointables.items()}
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


def on_host(arrays: Mapping[str, Array]) -> dict[str, np.ndarray]:
    """Copy arrays to the host; Orbax saves those of a device only for all processes."""
    return {
        name: np.array(jax.random.key_data(array) if is_key(array) else array)
        for name, array in arrays.items()
    }


def load_alone(
    path: epath.Path, like: Mapping[str, Mapping[str, jax.ShapeDtypeStruct]]
) -> dict[str, dict[str, Array]]:
    """Do what `orbax.checkpoint.v1.load_checkpointables` does, in one process of several."""
    wanted = {name: {k: _raw(leaf) for k, leaf in tree.items()} for name, tree in like.items()}
    this = jax.process_index()
    options = v1.options.MultiprocessingOptions(primary_host=this, active_processes={this})
    with v1.Context(multiprocessing_options=options):
        found = v1.load_checkpointables(path, wanted)
    return {
        name: {k: _as_key(found[name][k], leaf) for k, leaf in tree.items()}
        for name, tree in like.items()
    }


def _raw(leaf: jax.ShapeDtypeStruct) -> jax.ShapeDtypeStruct:
    """Describe the numbers of a key, which is saved as these; other arrays are unchanged."""
    if not is_key(leaf):
        return leaf
    raw = jax.eval_shape(jax.random.key_data, leaf)
    return jax.ShapeDtypeStruct(raw.shape, raw.dtype, sharding=leaf.sharding)


def _as_key(array: Array, leaf: jax.ShapeDtypeStruct) -> Array:
    if not is_key(leaf):
        return array
    return jax.random.wrap_key_data(array, impl=jax.random.key_impl(leaf))

"""`Saver`: decides when a training saves its state, and reads back what was saved."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import jax

from jaxcnn._support.arguments import check_bool, check_choice
from jaxcnn._support.leaves import named_leaves
from jaxcnn._support.results import as_plain
from jaxcnn._support.units import bytes_text
from jaxcnn.distributed import is_first
from jaxcnn.training.checkpoints._identity import CONSEQUENCES, differences
from jaxcnn.training.checkpoints._settings import (
    Checkpoints,
    OtherTrainingError,
    Resume,
)

IDENTITY = "identity"
MAX_SHARE_OF_TIME = 0.03
"""The share of the training time that checkpoints may cost where their times are not fixed."""
STEPS_BETWEEN_LOOKS = 10
"""The largest number of updates that are begun without looking at signals and the clock."""


class Extension(NamedTuple):
    """A training that goes on with more epochs than it was begun with.

    Attributes:
        epochs: The number of epochs before.
        is_same_step: Whether the training step is the same for both numbers of epochs, so that the
            bits are those of a training that was begun with the larger number.
    """

    epochs: int
    is_same_step: bool


class Resumed(NamedTuple):
    """The content of a checkpoint.

    Attributes:
        trees: The pytrees of arrays, by name.
        content: Everything else, as plain data.
        extension: The change of the number of epochs; None: there is none.
    """

    trees: dict[str, Any]
    content: dict[str, Any]
    extension: Extension | None = None


class Saver:
    """Saves the state of a training when that is due.

    Without a store it does nothing, so that `fit` needs no second path.

    Args:
        store: The checkpoints on disk; None: none are saved.
        settings: How often to save.
        identity: Everything that decides the bits of the training.
        begun_with: A function of a number of epochs that returns the identity of the training with
            so many. None: the training cannot be extended.
        extend: Whether checkpoints of the same training with fewer epochs are right.
    """

    def __init__(
        self,
        store: Any,
        settings: Checkpoints | None,
        identity: Mapping[str, Any],
        begun_with: Callable[[int], Mapping[str, Any]] | None = None,
        *,
        extend: bool = False,
    ):
        self._store, self._settings = store, settings
        self._identity = as_plain(identity)
        self._begun_with, self._extend = begun_with, extend
        self._last = time.perf_counter()
        self._newest: tuple[int, Any] | None = None

    @property
    def folder(self) -> Path | None:
        """The folder of the checkpoints; None: none are saved."""
        return None if self._store is None else self._store.folder

    def next_look(self, step: int) -> int:
        """Return the next update, after number `step`, after which to ask `is_due`.

        For trainings that begin several updates at once, and then wait for their end.
        """
        if self._settings is None:
            return sys.maxsize
        every = {STEPS_BETWEEN_LOOKS, self._settings.every_steps or STEPS_BETWEEN_LOOKS}
        return min((step // steps + 1) * steps for steps in every)

    def is_due(self, step: int) -> bool:
        """Return whether to save after update number `step`, within an epoch.

        Raises:
            OSError: If the last save failed.
        """
        if self._store is None or self._settings is None:
            return False
        cost = self._store.finished()  # raises if it failed
        if self._settings.every_steps is not None:
            return step % self._settings.every_steps == 0
        passed = time.perf_counter() - self._last
        return passed >= self._settings.every_seconds and _is_affordable(cost, passed)

    def is_due_after_epoch(self) -> bool:
        """Return whether to save at the end of an epoch.

        Raises:
            OSError: If the last save failed.
        """
        if self._store is None or self._settings is None:
            return False
        cost = self._store.finished()
        passed = time.perf_counter() - self._last
        return self._settings.every_steps is not None or _is_affordable(cost, passed)

    def save(
        self,
        number: int,
        trees: Mapping[str, Any],
        content: Mapping[str, Any],
        monitored: float | None = None,
    ) -> None:
        """Save in the background; returns once the arrays may be overwritten.

        Args:
            number: The number of updates. If there is a checkpoint of this number and epoch, it
                stays. That of another epoch is replaced: after an interrupted evaluation, it
                lacks the metrics of the epoch that its last update completed.
            trees: Pytrees of arrays, by name.
            content: Everything else, as plain data, with the ``"epoch"`` to go on with.
            monitored: The metric by which the best checkpoint is chosen.

        Raises:
            OSError: If this checkpoint, or the one before, could not be saved.
        """
        newest = (number, content["epoch"])
        if self._store is None or newest == self._newest:
            return
        arrays = dict(named_leaves(dict(trees)))
        self._store.save(number, arrays, {IDENTITY: self._identity, **content}, monitored)
        self._last, self._newest = time.perf_counter(), newest

    def finish(self) -> None:
        """Wait until the last save is on disk.

        Raises:
            OSError: If it failed.
        """
        if self._store is not None:
            self._store.wait()

    def resume(
        self, like: Callable[[Mapping[str, Any]], Mapping[str, Any]], resume: Resume
    ) -> Resumed | None:
        """Read the latest checkpoint; None if there is none.

        Args:
            like: A function of a checkpoint's content that returns pytrees like those in it, with
                the shapes, dtypes and devices to expect.
            resume: What to do if there are checkpoints, or none.

        Raises:
            CheckpointError: If the checkpoint is damaged or belongs to another training.
            FileExistsError: If there are checkpoints and `resume` is ``"never"``.
            FileNotFoundError: If there is none and `resume` is ``"must"``.
        """
        if self._store is None:
            return None
        folder, numbers = self._store.folder, self._store.numbers
        if not numbers:
            if resume == "must":
                raise FileNotFoundError(
                    f"{folder}: expected a checkpoint to go on from, got none (resume='auto' "
                    "starts anew in this case)"
                )
            return None
        if resume == "never":
            raise FileExistsError(
                f"{folder}: expected no checkpoints, got one after step {numbers[-1]} "
                "(resume='auto' goes on from it)"
            )
        content = self._store.read_record(numbers[-1])
        extension = self._check(content)
        trees = dict(like(content))
        names = [name for name, _ in named_leaves(trees)]
        arrays = self._store.read_arrays(numbers[-1], dict(named_leaves(trees)))
        self._newest = (numbers[-1], content["epoch"])
        treedef = jax.tree.structure(trees)
        read = jax.tree.unflatten(treedef, [arrays[name] for name in names])
        return Resumed(read, content, extension)

    def check_space(self, trees: Mapping[str, Any]) -> None:
        """Raise OSError unless the disk has space for the checkpoints to come.

        Args:
            trees: Pytrees of arrays like those of the largest checkpoint, by name.
        """
        if self._store is None or self._settings is None:
            return
        most = self._settings.keep + 2  # also the best one, and one that is being written
        at_once = max(1, most - len(self._store.numbers))
        size = sum(leaf.nbytes for _, leaf in named_leaves(dict(trees)))
        checkpoints = "checkpoint" if at_once == 1 else "checkpoints"
        needed, free = at_once * size, shutil.disk_usage(self._store.folder).free
        if needed > free:
            raise OSError(
                f"{self._store.folder}: expected space for {at_once} {checkpoints} of "
                f"{bytes_text(size)}, got {bytes_text(free)} ({most} in all: keep="
                f"{self._settings.keep}, the best one, and one that is being written)"
            )

    def _check(self, content: Mapping[str, Any]) -> Extension | None:
        assert self._store is not None
        saved, hint, extension = content.get(IDENTITY), "", None
        different = ["another format of checkpoints"]
        if isinstance(saved, Mapping):
            different = differences(saved, self._identity)
            before: Any = saved.get("epochs")
            if different and self._begun_with is not None and self._is_more_than(before):
                if self._extend:
                    begun = as_plain(self._begun_with(before))
                    different = differences(saved, begun)
                    is_same = all(begun[name] == self._identity[name] for name in CONSEQUENCES)
                    extension = Extension(before, is_same)
                hint = ", or extend=True to go on with more epochs" * (not self._extend)
        if different:
            raise OtherTrainingError(self._store.folder, different, hint)
        return extension

    def _is_more_than(self, epochs: Any) -> bool:
        return isinstance(epochs, int) and 0 < epochs < self._identity["epochs"]


def _is_affordable(cost: float | None, passed: float) -> bool:
    return cost is not None and cost <= MAX_SHARE_OF_TIME * passed


def check_settings(checkpoints: Any, resume: Any, extend: Any = False) -> Checkpoints | None:
    """Return the settings of checkpoints that `fit` was called with.

    Raises:
        TypeError: If `checkpoints` is no folder, or `extend` is not a bool.
        ValueError: If `resume` is unknown, or checkpoints are asked for where there is no folder.
    """
    check_choice("resume", resume, ("auto", "must", "never"))
    check_bool("extend", extend)
    if checkpoints is None and extend:
        raise ValueError("checkpoints: expected a folder with extend=True, got None")
    if checkpoints is None and resume == "must":
        raise ValueError("checkpoints: expected a folder with resume='must', got None")
    if checkpoints is None or isinstance(checkpoints, Checkpoints):
        return checkpoints
    return Checkpoints(checkpoints)


@contextmanager
def open_saver(
    settings: Checkpoints | None,
    identity: Mapping[str, Any],
    *,
    higher_is_better: bool = False,
    begun_with: Callable[[int], Mapping[str, Any]] | None = None,
    extend: bool = False,
) -> Iterator[Saver]:
    """Open the folder of checkpoints; at the end, wait for the last save and close it.

    With several processes, only process 0 saves the state, which all have.

    Args:
        settings: The folder and how often to save; None: nothing is saved.
        identity: Everything that decides the bits of the training.
        higher_is_better: How the metric that chooses the best checkpoint is compared.
        begun_with: A function of a number of epochs that returns the identity of the training with
            so many. None: the training cannot be extended.
        extend: Whether checkpoints of the same training with fewer epochs are right.
    """
    if settings is None or not is_first():
        yield Saver(None, settings, identity)
        return
    # Orbax takes a part of a second to import.
    from jaxcnn.training.checkpoints._store import CheckpointStore

    store = CheckpointStore(settings, 1 if higher_is_better else -1)
    try:
        yield Saver(store, settings, identity, begun_with, extend=extend)
    finally:
        store.close()

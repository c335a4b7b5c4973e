"""Compare the options of an experiment with those of the run in its folder, before it computes."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jaxcnn._support.files import read_json_object
from jaxcnn._support.results import as_plain
from jaxcnn._support.texts import readable
from jaxcnn.data import Augmentation
from jaxcnn.experiment._compare_files import check_unchanged, check_whole, missing_files
from jaxcnn.experiment._config import Config
from jaxcnn.experiment._config_checks import USER_DATASETS
from jaxcnn.experiment._presets import PRESETS, Preset
from jaxcnn.experiment._recorded import (
    logged_options,
    logged_tuning,
    options_of_checkpoint,
    read_options,
)
from jaxcnn.runs import CONFIG, LOG, read_status, run_checkpoints
from jaxcnn.training import LIMITS, CheckpointError, changed_options

_AFTER_TRAINING = {"data_dir", "methods", "table", "tta", *LIMITS}
"""Options that change no step: places of files, what follows the training, and where it ends."""

_OF_AUGMENTATION = {"flip", "shift", "cutout"}
"""Options of the preset whose values the augmentation repeats."""


_WEIGHTS = "pretrained"
"""The option of the weights; a training from scratch does not record it."""


def check_finished(folder: Path, config: Config, augmentation: Augmentation | None) -> bool:
    """Check that a finished run has the options of a config, and that its files are unchanged.

    Args:
        folder: The folder of the finished run.
        config: The options.
        augmentation: The content of the file of the augmentation; None: there is none.

    Returns:
        Whether the run goes on: with `extend`, for more epochs, or to write files that are missing;
        and if it was ended by a limit that is larger now.

    Raises:
        CheckpointError: If an option differs. The message names it, with both values.
        FileNotFoundError: If a file is missing. The message names it.
        ValueError: If a file was changed. The message names it.
    """
    check_unchanged(folder, is_finished=True)
    is_rewritten = config.extend and bool(missing_files(folder))
    if not is_rewritten:
        check_whole(folder)
    saved = read_options(folder)
    now = _options_for(saved, config, augmentation)
    can_go_on = config.checkpoint_every != 0 and bool(run_checkpoints(folder))
    grown = {name for name in LIMITS if can_go_on and _has_grown(saved.get(name), now[name])}
    is_longer = (config.extend and _has_more_epochs(saved, now)) or _ended_by(folder) in grown
    places = set() if saved["dataset"] in USER_DATASETS else {"data_dir"}
    changed = _changed(saved, now, config, _AFTER_TRAINING if is_longer else places | grown)
    _refuse(folder / CONFIG, changed, saved, now)
    return is_rewritten or is_longer


def check_resumable(folder: Path, config: Config, augmentation: Augmentation | None) -> None:
    """Check that a run with checkpoints was begun with the options of a config.

    This is the quick part of the comparison that `fit` makes once the training step is traced.

    Args:
        folder: The folder of the run.
        config: The options.
        augmentation: The content of the file of the augmentation; None: there is none.

    Raises:
        CheckpointError: If an option differs. The message names it, with both values.
    """
    saved, path = begun_with(folder)
    if saved.get("dataset") not in PRESETS:
        return
    now = _options_for(saved, config, augmentation)
    _refuse(path, _changed(saved, now, config, _AFTER_TRAINING), saved, now)


class Begun(NamedTuple):
    """The options that the checkpoints of a run were saved with.

    Attributes:
        options: The options; none if there are no checkpoints.
        path: The file that has them.
    """

    options: Mapping[str, Any]
    path: Path


def begun_with(folder: Path) -> Begun:
    """Return the options with which the latest checkpoint in a run's folder was saved."""
    numbers = run_checkpoints(folder)
    if not numbers:
        return Begun({}, folder / LOG)
    # After an extension that was cut off, the checkpoints can be those of either process.
    logged = options_of_checkpoint(folder, max(numbers))
    if logged is not None:
        return Begun(logged, folder / LOG)
    return Begun(read_json_object(folder / CONFIG), folder / CONFIG)


def _options_for(
    saved: Mapping[str, Any], config: Config, augmentation: Augmentation | None
) -> dict[str, Any]:
    """Return the options of a config as the log would have them, with the saved data set."""
    key = config.dataset
    if key == "auto":  # decided when the data are loaded
        key = saved["dataset"] if saved["dataset"] in ("cifar10", "digits") else "cifar10"
    if config.pretrained is not None:
        return _of_tuning(config, key, augmentation)
    preset = config.resolve(key)
    return as_plain(logged_options(config, key, preset, config.plan(preset, augmentation)))


def _of_tuning(config: Config, key: str, augmentation: Augmentation | None) -> dict[str, Any]:
    """Return the options of a fine-tuning that are known before its weights are loaded."""
    options = logged_tuning(config, key, config.fine_tuning(augmentation))
    later = {"revision"} | ({"size"} if config.size is None else set())
    return {name: value for name, value in as_plain(options).items() if name not in later}


def _changed(
    saved: Mapping[str, Any], now: Mapping[str, Any], config: Config, ignored: set[str]
) -> list[str]:
    """Return the names of options that differ and that do not merely follow from another one."""
    both = [name for name in now if name in saved and name not in ignored]
    places = changed_options(*({name: each[name] for name in both} for each in (saved, now)))
    differing = {place.partition(".")[0] for place in places}
    changed = [name for name in both if name in differing]
    if saved.get(_WEIGHTS) != now.get(_WEIGHTS):
        return [_WEIGHTS]  # which decides the others
    follows: set[str] = set()
    if None in (saved.get("devices"), now["devices"]):  # all devices of the machine
        follows.add("devices")
    if config.extend and _has_more_epochs(saved, now):
        follows.add("epochs")
    if _OF_AUGMENTATION & set(changed):
        follows.add("augmentation")
    if {"dataset", "preset"} & set(changed):
        options = (field.name for field in dataclasses.fields(Preset))
        follows |= {"augmentation"} | {name for name in options if getattr(config, name) is None}
    return [name for name in changed if name not in follows]


def _has_more_epochs(saved: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return isinstance(saved.get("epochs"), int) and now["epochs"] > saved["epochs"]


def _has_grown(before: float | None, now: float | None) -> bool:
    """Return whether a limit is larger than before; None is no limit."""
    return before is not None and (now is None or now > before)


def _ended_by(folder: Path) -> str | None:
    """Return what ended a finished run before its last epoch."""
    status = read_status(folder)
    return None if status is None else status.stopped


def _refuse(
    path: Path, changed: list[str], saved: Mapping[str, Any], now: Mapping[str, Any]
) -> None:
    """Raise CheckpointError if options differ from those in a file of the folder."""
    if not changed:
        return
    texts = [f"{name}: {_in_words(saved.get(name), now.get(name))}" for name in changed]
    more = ", extend=True goes on with more epochs" * (
        changed == ["epochs"] and _has_more_epochs(saved, now) and now.get(_WEIGHTS) is None
    )
    raise CheckpointError(
        f"{readable('; '.join(texts))} (the run has the expected options, says {path}; another "
        f"out= begins a new run{more})"
    )


def _in_words(before: Any, after: Any) -> str:
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        return "expected that of the run, got another"
    return f"expected {before!r:.60}, got {after!r:.60}"

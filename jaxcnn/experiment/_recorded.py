"""The options of an experiment in its folder: which are written, and how they are read back."""

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jaxcnn._support.files import check_links, read_json_object, to_json, write_whole
from jaxcnn._support.texts import readable
from jaxcnn.data import Augmentation
from jaxcnn.experiment._config import Config
from jaxcnn.experiment._config_checks import (
    OF_SCRATCH,
    PRETRAINED_FIELDS,
    TABLE_FIELDS,
    USER_DATASET_FIELDS,
    USER_DATASETS,
)
from jaxcnn.experiment._presets import Preset
from jaxcnn.lowering import MethodTable
from jaxcnn.runs import (
    CHECKPOINTS,
    CONFIG,
    CONVOLUTION_METHODS,
    LOG,
    read_log,
    run_checkpoints,
)
from jaxcnn.training import CheckpointError, FineTuning, Plan

# `fit` records the devices and the content of the augmentation. The others depend on the machine
# and do not change results.
_NOT_RECORDED = {
    "augmentation",
    "checkpoint_every",
    "data_dir",
    "devices",
    "extend",
    "keep",
    "mlflow",
    "out",
    "resume",
    "tensorboard",
    "trace",
    "wandb",
}

_OF_AUGMENTATION = {"flip", "shift", "cutout"}
"""Options that the file of an augmentation replaces."""

_FILES = ("data_dir", "table")
"""Options that name files outside the folder."""

MAX_DEVICES = 1_024
"""JAX makes as many CPU devices as it is asked for, with threads of their own."""

_BEGIN, _EVENT = "begin", "options"
"""The events of a process and of its options in the log."""


def recorded(config: Config, key: str, preset: Preset) -> dict[str, Any]:
    """Return all options that decide the results of a training from scratch."""
    not_used = {"pretrained", *PRETRAINED_FIELDS}
    record = recorded_options(config, key) | dataclasses.asdict(preset)
    left_out = not_used | (_OF_AUGMENTATION if config.augmentation is not None else set())
    return {name: value for name, value in record.items() if name not in left_out}


def recorded_options(config: Config, key: str) -> dict[str, Any]:
    """Return the options of a config that decide results, for ``config.json``."""
    options = {field.name: getattr(config, field.name) for field in dataclasses.fields(Config)}
    record = options | {"dataset": key}
    for name in ("methods", "table"):
        path = getattr(config, name)
        record[name] = None if path is None else path.name
    left_out = set(_NOT_RECORDED)
    if config.augmentation is not None:
        left_out |= _OF_AUGMENTATION
    if config.pretrained is not None:
        left_out |= {*OF_SCRATCH}
    if key not in USER_DATASETS:
        left_out |= set(USER_DATASET_FIELDS)
    if key != "table":
        left_out |= set(TABLE_FIELDS)
    return {name: value for name, value in record.items() if name not in left_out}


def recorded_tuning(config: Config, key: str, tuning: FineTuning) -> dict[str, Any]:
    """Return all options that decide the results of a fine-tuning."""
    return recorded_options(config, key) | {
        "model": config.pretrained,
        "epochs": tuning.all.epochs,
        "head_epochs": tuning.head.epochs,
        "first_rate": tuning.first_rate,
    }


def logged_options(config: Config, key: str, preset: Preset, plan: Plan) -> dict[str, Any]:
    """Return the options for the log, with which a run that was cut off can be verified."""
    return {**plan.to_dict(), **recorded(config, key, preset), **of_this_machine(config)}


def logged_tuning(config: Config, key: str, tuning: FineTuning) -> dict[str, Any]:
    """Return the options for the log of a fine-tuning."""
    options = {**tuning.all.to_dict(), **recorded_tuning(config, key, tuning)}
    return {**options, **of_this_machine(config)}


def of_this_machine(config: Config) -> dict[str, Any]:
    """Return the options that only the log has: the number of devices, and where files are."""
    paths = {name: getattr(config, name) for name in _FILES}
    files = {
        name: None if path is None else str(path.expanduser().absolute())
        for name, path in paths.items()
    }
    return {"devices": config.devices, **files}


_OTHER_TRAININGS = "jaxcnn.training.verify_training takes a network and its data"


def begin_methods(table: MethodTable | None, folder: Path, *, extend: bool = False) -> None:
    """Write the table of methods when a run begins, so that it can be verified if it is killed.

    A run that is extended, or goes on from a checkpoint, has its table already: with another one it
    is refused later.
    """
    if extend or run_checkpoints(folder):
        return
    # A process that ended before its first checkpoint may have left one.
    (folder / CONVOLUTION_METHODS).unlink(missing_ok=True)
    write_methods(table, folder)


def write_methods(table: MethodTable | None, folder: Path) -> None:
    """Write the table of methods of a run, if it has one."""
    if table is not None:
        content = table.to_json(indent=1) + "\n"
        write_whole(folder / CONVOLUTION_METHODS, content.encode())


def read_options(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the options of an experiment from its folder, as plain data.

    Args:
        folder: The folder of a run that an experiment wrote.

    Raises:
        FileNotFoundError: If there are none.
        ValueError: If they are damaged, or not those of an experiment. Also if the folder has a
            link that leads out of it.
    """
    path = Path(folder).expanduser()
    # Other folders may be large, such as a home folder.
    if any(os.path.lexists(path / name) for name in (CHECKPOINTS, CONFIG, LOG)):
        check_links(path)
    last = next((logged.options for logged in reversed(every_logged(path))), {})
    # A run that was cut off has no config file yet.
    found = read_json_object(path / CONFIG) or last
    if not found:
        raise FileNotFoundError(
            f"{path / CONFIG}: expected the options of an experiment, got none ({_OTHER_TRAININGS})"
        )
    of_a_preset = {"preset"} if found.get("pretrained") is None else set()
    missing = {"dataset", "seed", *of_a_preset} - found.keys()
    if missing:
        raise ValueError(
            f"{path / CONFIG}: expected the options of an experiment, got none of the name "
            f"{min(missing)!r} ({_OTHER_TRAININGS})"
        )
    devices = found.get("devices")
    if devices is not None and not (type(devices) is int and 1 <= devices <= MAX_DEVICES):
        raise ValueError(
            f"{path / CONFIG}: devices: expected 1 to {MAX_DEVICES}, got {devices!a:.60}"
        )
    return found | {name: last[name] for name in _FILES if last.get(name) is not None}


class Logged(NamedTuple):
    """The options with which a process trained, as the log has them.

    Attributes:
        resumed_from: Number of updates of the checkpoint that the process went on from.
        options: The options.
    """

    resumed_from: int
    options: dict[str, Any]


def every_logged(folder: Path) -> list[Logged]:
    """Return the options in the log with which something was trained, in the order of the log."""
    trained: list[Logged] = []
    resumed_from = 0
    for entry in read_log(folder):
        if entry["event"] == _BEGIN:
            found = entry.get("resumed_from")
            resumed_from = found if isinstance(found, int) else 0
        elif entry["event"] == _EVENT:
            trained.append(Logged(resumed_from, entry))
        # The options of a process that was refused are not those of the run.
        elif str(entry.get("error")).startswith(CheckpointError.__name__):
            trained = trained[:-1]
    return trained


def options_of_checkpoint(folder: Path, number: int) -> dict[str, Any] | None:
    """Return the logged options of the process that saved a checkpoint; None if there are none.

    Later processes went on from this checkpoint or from a later one, and saved only later ones.
    """
    before = (logged for logged in reversed(every_logged(folder)) if logged.resumed_from < number)
    return next((logged.options for logged in before), None)


def config_of(options: Mapping[str, Any], data_dir: str | os.PathLike[str] | None) -> Config:
    """Return the config of the options that `read_options` read.

    Args:
        options: The options. The places that they name are not used, because whoever wrote the
            folder of the run chose them.
        data_dir: The folder of the data set, which also has the table if there is one. None means
            the default folder of published data sets.

    Raises:
        ValueError: If the options are damaged, or `data_dir` is None and the experiment had its
            data in a folder of its own.
    """
    names = {field.name for field in dataclasses.fields(Config)} - _NOT_READ
    if options.get("pretrained") is not None:
        names -= {"model"}  # which the weights bring along
    chosen = {name: value for name, value in options.items() if name in names}
    places = [str(options[name]) for name in _FILES if options.get(name) is not None]
    if places and data_dir is None:
        raise ValueError(
            "data_dir: expected the folder of the data set, because the run had its data in "
            f"{readable(places[0]):.200}, got None (if you trust the run, pass this folder as "
            "data_dir)"
        )
    if data_dir is not None:
        chosen["data_dir"] = Path(data_dir).expanduser()
        if options.get("table") is not None:
            chosen["table"] = chosen["data_dir"] / Path(str(options["table"])).name
    try:
        return Config(**chosen)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{CONFIG}: {error}") from None


_NOT_READ = {"augmentation", "methods", *_FILES}
"""Options that name files, whose content is saved in other ways or which may have moved."""


def augmentation_of(options: Mapping[str, Any]) -> Augmentation | None:
    """Return the augmentation of the options that `read_options` read."""
    content = options.get("augmentation")
    return None if content is None else Augmentation.from_json(to_json(content))

"""`verify_run`: verify a run's folder, and run the last steps of its training again."""

import dataclasses
import os
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from jaxcnn._support.arguments import check_int
from jaxcnn._support.files import read_json_object, to_json
from jaxcnn.data import Augmentation
from jaxcnn.experiment._config import Config
from jaxcnn.experiment._datasets import hold_out, load_dataset
from jaxcnn.lowering import MethodTable, use_methods
from jaxcnn.runs import (
    CHECKPOINTS,
    CONFIG,
    CONVOLUTION_METHODS,
    NETWORK,
    Verification,
    load,
    verify,
)
from jaxcnn.training import verify_training


def verify_run(
    folder: str | os.PathLike[str],
    *,
    steps: int = 0,
    data: bool = False,
    data_dir: str | os.PathLike[str] | None = None,
) -> Verification:
    """Verify an experiment's folder, and run the last steps of its training again.

    The files are compared with their checksums, as by `jaxcnn.runs.verify`. With `data` or `steps`,
    the data set is also loaded as the experiment loaded it (found, or downloaded), and compared
    with the data set of the training. With `steps`, the training goes on from a checkpoint (or from
    its start), and all bits are compared with the later checkpoints and with the saved weights, as
    by `jaxcnn.training.verify_training`. Nothing in the folder is changed.

    Args:
        folder: The folder of a run that an experiment wrote.
        steps: The largest number of updates to run again. 0: none.
        data: Whether to load and compare the data set if no steps are run again.
        data_dir: The folder of the data set. None: where the experiment looks for it by default.
            A folder of image files must be named.

    Returns:
        The parts of the folder and of the training. `str()` formats them as a table.

    Raises:
        CheckpointError: If all checkpoints are damaged.
        FileNotFoundError: If the folder has no run, or no checkpoints or options to go on with.
        OSError: If the data set is neither found nor can be downloaded.
        ValueError: If the options of the run are damaged.

    Example::

        found = jaxcnn.experiment.verify_run("runs/mine", steps=200)
        print(found)
        assert found.is_as_saved
    """
    check_int("steps", steps, minimum=0)
    found = verify(folder)
    if not steps and not data:
        return found
    path = Path(folder).expanduser()
    recorded = read_options(path)
    config = _config(path, recorded, data_dir)
    key, splits = load_dataset(config)
    train, held_out = hold_out(splits.train, config)
    preset, methods = config.resolve(key), path / CONVOLUTION_METHODS
    with use_methods(MethodTable.load(methods)) if methods.exists() else nullcontext():
        again = verify_training(
            preset.architecture(train.num_classes),
            train,
            checkpoints=path / CHECKPOINTS,
            steps=steps,
            validation=splits.test if held_out is None else held_out,
            plan=config.plan(preset, _augmentation(recorded)),
            weights=load(path).network.variables if steps and (path / NETWORK).is_file() else None,
        )
    return dataclasses.replace(found, parts=(*found.parts, *again.parts))


def read_options(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the options of an experiment from its folder, as plain data.

    Args:
        folder: The folder of a run that an experiment wrote.

    Raises:
        FileNotFoundError: If there are none.
        ValueError: If they are damaged, or not those of an experiment.
    """
    path = Path(folder).expanduser() / CONFIG
    recorded = read_json_object(path)
    if not recorded:
        raise FileNotFoundError(f"{path}: expected the options of an experiment, got no file")
    missing = {"dataset", "preset", "seed"} - recorded.keys()
    if missing:
        raise ValueError(
            f"{path}: expected the options of an experiment, got none of the name "
            f"{min(missing)!r} (jaxcnn.training.verify_training takes a network and its data)"
        )
    return recorded


def _config(
    folder: Path, recorded: Mapping[str, Any], data_dir: str | os.PathLike[str] | None
) -> Config:
    names = {field.name for field in dataclasses.fields(Config)} - _NOT_READ
    chosen = {name: value for name, value in recorded.items() if name in names}
    table = recorded.get("table")
    if table is not None and data_dir is not None:
        table = Path(data_dir, table)
    try:
        return Config(
            **chosen,
            table=None if table is None else Path(table),
            data_dir=None if data_dir is None else Path(data_dir).expanduser(),
        )
    except (TypeError, ValueError) as error:
        raise ValueError(f"{folder / CONFIG}: {error}") from None


_NOT_READ = {"augmentation", "data_dir", "methods", "table"}
"""Options that name files, whose content is saved in other ways or which may have moved."""


def _augmentation(recorded: Mapping[str, Any]) -> Augmentation | None:
    content = recorded.get("augmentation")
    return None if content is None else Augmentation.from_json(to_json(content))

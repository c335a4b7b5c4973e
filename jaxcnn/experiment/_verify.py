"""`verify_run`: verify a run's folder, and run the last steps of its training again."""

import dataclasses
import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from jaxcnn._support.arguments import check_int
from jaxcnn._support.files import links_out
from jaxcnn.experiment._datasets import hold_out, load_dataset
from jaxcnn.experiment._recorded import (
    augmentation_of,
    config_of,
    options_of_checkpoint,
    read_options,
)
from jaxcnn.lowering import MethodTable, use_methods
from jaxcnn.runs import (
    CHECKPOINTS,
    CONVOLUTION_METHODS,
    NETWORK,
    Verification,
    checkpoint_numbers,
    load,
    run_checkpoints,
    verify,
)
from jaxcnn.training import unfinished_checkpoints, verify_training


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
    by `jaxcnn.training.verify_training`. Nothing in the folder is changed. If the folder has a link
    that leads out of it, only the links are reported.

    Args:
        folder: The folder of a run that an experiment wrote. Without `data` and `steps` also any
            folder that `jaxcnn.runs.verify` takes. For a folder of checkpoints, `unfinished` of the
            result says how far the training came, if it is not finished.
        steps: The largest number of updates to run again. 0: none.
        data: Whether to load and compare the data set if no steps are run again.
        data_dir: The folder of the data set. It is required if the experiment did not use the
            default folder: nothing is read from, or downloaded to, a place that the run's folder
            names. If the experiment read a table, the folder must contain the table.

    Returns:
        The parts of the folder and of the training. `str()` formats them as a table.

    Raises:
        CheckpointError: If all checkpoints are damaged.
        FileNotFoundError: If the folder has no run, or no checkpoints or options to go on with.
        OSError: If the data set is neither found nor can be downloaded.
        ValueError: If the options of the run are damaged, or `data_dir` is missing.

    Example::

        found = jaxcnn.experiment.verify_run("runs/mine", steps=200)
        print(found)
        assert found.is_as_saved
    """
    check_int("steps", steps, minimum=0)
    found, path = verify(folder), Path(folder).expanduser()
    has_links = any(links_out(path))  # `verify` has raised an error if the folder is no run
    if found.unfinished is None and checkpoint_numbers(path) and not has_links:
        found = dataclasses.replace(found, unfinished=unfinished_checkpoints(path))
    if not (steps or data) or has_links:
        return found
    options = read_options(path) | _epochs_of_last_checkpoint(path)
    config = config_of(options, data_dir)
    if config.pretrained is not None:
        raise ValueError(
            f"{'steps' if steps else 'data'}: expected none for a network that was fine-tuned from "
            f"{config.pretrained}, whose training is not run again"
        )
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
            plan=config.plan(preset, augmentation_of(options)),
            weights=load(path).network.variables if steps and (path / NETWORK).is_file() else None,
        )
    return dataclasses.replace(found, parts=(*found.parts, *again.parts))


def _epochs_of_last_checkpoint(folder: Path) -> dict[str, Any]:
    """Return the option of the log that ``config.json`` does not have yet during an extension."""
    last = max(run_checkpoints(folder), default=0)
    logged = options_of_checkpoint(folder, last) or {}
    return {name: value for name, value in logged.items() if name == "epochs"}

"""From a config to a folder of results."""

import dataclasses
import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from jaxcnn import models
from jaxcnn.architecture import count_parameters
from jaxcnn.data import Dataset, Splits, overlap
from jaxcnn.lowering import MethodTable, use_methods
from jaxcnn.runs._config import Config, Preset
from jaxcnn.runs._datasets import choose, fit_shape
from jaxcnn.runs._files import write_whole
from jaxcnn.runs._folder import claim
from jaxcnn.runs._metrics import append_metrics
from jaxcnn.runs._run import Run, fit
from jaxcnn.runs._tensorboard import event_log, import_tensorboard
from jaxcnn.training import Logs, NonFiniteLossError, TrainState


def run(config: Config) -> Path:
    """Train the config's network on its data set, evaluate it, and save everything.

    The folder's ``metrics.jsonl``, which is only added to, and ``metrics.csv`` grow with each
    epoch, so that they are there whatever happens to the run.

    Args:
        config: what to do.

    Returns:
        The folder with the results.

    Raises:
        FileExistsError: if the config's folder holds another run.
        ImportError: if a package is missing that the run needs.
        OSError: if the folder cannot be written to, or the data set cannot be had.
        ValueError: if the config's file of methods is not one.
        NonFiniteLossError: if training diverged; what was last good has then been saved.
    """
    table = None if config.methods is None else MethodTable.load(config.methods)
    if config.tensorboard:
        import_tensorboard()
    if config.out is not None:
        claim(config.out)  # before a download, say
    key, splits = choose(config)
    preset = config.resolve(key)
    name = f"{key}-{preset.model}-{config.preset}-seed{config.seed}"
    folder = claim(config.out or _free_folder(name))
    splits = fit_shape(splits, models.by_name(preset.model).input_shape)
    _announce(splits, preset)
    write = partial(_write, folder=folder, record=_record(config, key, preset), table=table)
    with nullcontext() if table is None else use_methods(table):
        try:
            with _epoch_log(folder, tensorboard=config.tensorboard) as log:
                finished = _fit(splits, preset, config, log)
        except NonFiniteLossError as error:
            write(Run.of(error.trained), test=None)
            print(f"The last good state is in {folder}", file=sys.stderr)
            raise
        result = write(finished, test=splits.test)
    _report(result, folder)
    return folder


def _write(
    finished: Run,
    *,
    test: Dataset | None,
    folder: Path,
    record: Mapping[str, Any],
    table: MethodTable | None,
) -> dict[str, Any]:
    """Write all files; returns the content of ``result.json``."""
    if table is not None:
        write_whole(folder / "methods.json", (table.to_json(indent=1) + "\n").encode())
    return finished.write(folder, test=test, config=record)


OnEpoch = Callable[[TrainState, Logs], None]


@contextmanager
def _epoch_log(folder: Path, *, tensorboard: bool) -> Iterator[OnEpoch]:
    """What writes each epoch's numbers into the folder."""
    with event_log(folder) if tensorboard else nullcontext(lambda _: None) as log_event:

        def log(_: TrainState, logs: Logs) -> None:
            append_metrics(logs, folder)
            log_event(logs)

        yield log


def _fit(splits: Splits, preset: Preset, config: Config, on_epoch: OnEpoch) -> Run:
    return fit(
        preset.architecture(splits.train.num_classes),
        splits.train,
        validation=splits.test,
        epochs=preset.epochs,
        batch_size=preset.batch_size,
        tx=preset.tx,
        label_smoothing=preset.label_smoothing,
        augmentation=preset.augmentation,
        seed=config.seed,
        devices=config.devices,
        on_epoch=on_epoch,
    )


def _free_folder(name: str) -> Path:
    """``runs/<name>``, or with the first free number behind it."""
    candidates = (Path("runs") / f"{name}{suffix}" for suffix in _suffixes())
    return next(path for path in candidates if not path.exists())


def _suffixes() -> Iterator[str]:
    yield ""
    for number in itertools.count(2):
        yield f"-{number}"


def _record(config: Config, key: str, preset: Preset) -> dict[str, Any]:
    """Everything that decides what the run does, for ``config.json``."""
    return {
        "dataset": key,
        "preset": config.preset,
        "seed": config.seed,
        "methods": None if config.methods is None else config.methods.name,
        **dataclasses.asdict(preset),
    }


def _announce(splits: Splits, preset: Preset) -> None:
    train, test = splits
    print(
        f"{train.name}: {len(train):,} training and {len(test):,} test images of "
        f"{'×'.join(map(str, train.input_shape))}, {train.num_classes} classes\n"
        f"{preset.model}: {_parameters(splits, preset):,} parameters\n"
        "The test images are looked at after each epoch, and nothing is chosen by them.",
        flush=True,
    )
    report = overlap(train, test)
    if report.count:
        print(f"Warning: {report}", file=sys.stderr)


def _parameters(splits: Splits, preset: Preset) -> int:
    architecture = preset.architecture(splits.train.num_classes)
    return count_parameters(architecture, splits.train.input_shape)


def _report(result: Mapping[str, Any], folder: Path) -> None:
    low, high = result["test_accuracy_interval"]
    early = f"Interrupted after {result['steps']} steps. " if result["interrupted"] else ""
    print(
        f"{early}{result['dataset']}: test accuracy {result['test_accuracy']:.2%} "
        f"(95 % interval {low:.2%} to {high:.2%}, n = {result['n_test']:,})\n"
        f"compiling {result['seconds_compile']:.1f} s, training {result['seconds_train']:.1f} s, "
        f"{result['images_per_second']:,.0f} images/s\n"
        f"Results and pictures are in {folder}"
    )

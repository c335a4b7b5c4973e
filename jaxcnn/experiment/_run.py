"""`run`: train the network of a config and save everything, with the texts printed meanwhile."""

import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

from jaxcnn import data
from jaxcnn._support.extras import import_extra
from jaxcnn._support.json_texts import read_text
from jaxcnn._support.texts import readable, without_controls
from jaxcnn.architecture import count_parameters
from jaxcnn.data import Augmentation, FileSplits, LabeledImages, Splits
from jaxcnn.experiment._config import Config
from jaxcnn.experiment._datasets import hold_out, load_dataset
from jaxcnn.experiment._folder import (
    default_folder,
    how_to_resume,
    is_finished,
    locked_folder,
)
from jaxcnn.experiment._presets import Preset
from jaxcnn.experiment._recorded import begin_methods, logged_options, recorded, write_methods
from jaxcnn.lowering import MethodTable, use_methods
from jaxcnn.reports import save_pictures
from jaxcnn.runs import (
    CHECKPOINTS,
    Logs,
    Run,
    append_epoch,
    append_log,
    check_history,
    event_log,
    heartbeat,
    import_tensorboard,
)
from jaxcnn.training import Checkpoints, NonFiniteLossError, Resume, TrainState, fit


def run(config: Config) -> Path:
    """Run an experiment: train a network on a data set, evaluate it, and save everything.

    The metrics of each epoch are appended to ``metrics.jsonl`` and ``metrics.csv`` in the folder,
    so that they survive if the run ends early. The state of the training is saved in
    ``checkpoints``. With ``resume="auto"``, the next run goes on from this state.

    Args:
        config: The options of the experiment.

    Returns:
        The folder with the results.

    Raises:
        CheckpointError: If the checkpoints in the folder are damaged, or belong to another
            training.
        FileExistsError: If the config's folder contains another run.
        FolderInUseError: If another process uses that folder.
        FileNotFoundError: If `resume` is ``"must"`` and there is nothing to go on with.
        ImportError: If a package that the run needs is missing.
        OSError: If the folder cannot be written to, or the data set is not found and cannot be
            downloaded.
        DataError: If the user's image files are damaged, or not arranged as expected.
        ValueError: If the file of methods or of the augmentation is invalid, or the network cannot
            take images of the requested size.
        KeyboardInterrupt: If Ctrl-C ended the training. What the training has reached is saved
            first.
        NonFiniteLossError: If training diverges. The last good state is saved first.
        Terminated: If SIGTERM ended the training; a checkpoint was saved.
    """
    table = None if config.methods is None else MethodTable.load(config.methods)
    augmentation = None if config.augmentation is None else _read_augmentation(config.augmentation)
    import_extra("matplotlib.figure")  # pictures are drawn last, after a long training
    if config.tensorboard:
        import_tensorboard()
    with ExitStack() as stack:
        folder = config.out
        if folder is not None:  # before a download, for example
            folder = stack.enter_context(_locked(folder, config))
        key, splits = load_dataset(config)
        preset = config.resolve(key)
        if folder is None:
            name = f"{key}-{preset.model}-{config.preset}-seed{config.seed}"
            folder = default_folder(name, config.resume)
            folder = stack.enter_context(_locked(folder, config))
        if is_finished(folder):
            print(f"The run in {folder} is finished already.", file=sys.stderr)
        else:
            _run_in(folder, config, key, preset, splits, table, augmentation)
    return folder


@contextmanager
def _locked(folder: Path, config: Config) -> Iterator[Path]:
    resume = "must" if config.extend else config.resume
    with locked_folder(folder, resume, extend=config.extend) as path:
        if not is_finished(path):
            check_history(path)
        yield path


def _run_in(
    folder: Path,
    config: Config,
    key: str,
    preset: Preset,
    splits: Splits | FileSplits,
    table: MethodTable | None,
    augmentation: Augmentation | None,
) -> None:
    """Train, evaluate and save in a folder that this process has locked."""
    train, held_out = hold_out(splits.train, config)
    announce(train, splits.test, held_out, preset, config)
    for problem in warn_of_problems(splits):
        append_log(folder, "warning", text=problem)
    plan = config.plan(preset, augmentation)
    begin_methods(table, folder, extend=config.extend)
    append_log(folder, "options", **logged_options(config, key, preset, plan))
    write = partial(
        _write, folder=folder, record=recorded(config, key, preset), table=table, config=config
    )
    with nullcontext() if table is None else use_methods(table):
        try:
            with _epoch_log(folder, tensorboard=config.tensorboard) as log:
                finished = fit(
                    preset.architecture(train.num_classes),
                    train,
                    validation=splits.test if held_out is None else held_out,
                    plan=plan,
                    on_epoch=log,
                    on_step=heartbeat(folder),
                    checkpoints=_checkpoints(config, folder),
                    resume=_resume(config),
                    extend=config.extend,
                )
        except NonFiniteLossError as error:
            try:
                write(error.run, test=None)
                print(f"The last good state is in {folder}", file=sys.stderr)
            except OSError as fault:
                print(f"The last good state could not be saved: {fault}", file=sys.stderr)
            raise
        if finished.interrupted and not finished.steps:
            raise KeyboardInterrupt("interrupted before the first step; nothing is saved")
        try:
            result = write(finished, test=splits.test)
        except OSError as fault:
            if not finished.interrupted:
                raise
            message = f"interrupted; the results could not be written: {fault}"
            raise KeyboardInterrupt(message) from fault
    report(result, folder)
    if finished.interrupted:
        raise KeyboardInterrupt(f"interrupted; {how_to_resume(folder)}")


def _resume(config: Config) -> Resume:
    """Return what `fit` does with checkpoints; the folder is checked already."""
    if config.extend:
        return "must"  # a finished run must not start anew
    return "never" if config.checkpoint_every == 0 else "auto"


def _checkpoints(config: Config, folder: Path) -> Checkpoints | None:
    if config.checkpoint_every == 0:
        return None
    return Checkpoints(folder / CHECKPOINTS, every_steps=config.checkpoint_every)


def _read_augmentation(path: Path) -> Augmentation:
    try:
        return Augmentation.from_json(read_text(path.expanduser()))
    except OSError as error:
        raise type(error)(
            f"augmentation: expected a readable file, got {path} ({error.strerror})"
        ) from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None


def _write(
    finished: Run,
    *,
    test: LabeledImages | None,
    folder: Path,
    record: Mapping[str, Any],
    table: MethodTable | None,
    config: Config,
) -> Mapping[str, Any]:
    """Write all files, then the plots; return the content of ``result.json``."""
    write_methods(table, folder)
    saved = finished.write(folder, test=test, config=record, views=config.views)
    save_pictures(saved, folder)
    return saved.result


OnEpoch = Callable[[TrainState, Logs], None]


@contextmanager
def _epoch_log(folder: Path, *, tensorboard: bool) -> Iterator[OnEpoch]:
    """Open the folder's logs; yield the function that appends the metrics of an epoch."""
    with event_log(folder) if tensorboard else nullcontext(lambda _: None) as log_event:

        def log(_: TrainState, logs: Logs) -> None:
            append_epoch(logs, folder)
            log_event(logs)

        yield log


SHOWN_IF_CHANGED = (
    "augmentation",
    "dtype",
    "early_stopping",
    "ema_decay",
    "validation_fraction",
    "accumulate_steps",
    "log_norms",
)
"""Config fields that are printed when they differ from their defaults."""


def announce(
    train: LabeledImages,
    test: LabeledImages,
    held_out: LabeledImages | None,
    preset: Preset,
    config: Config,
) -> None:
    """Print the data set, the network, unusual options, and what is evaluated after each epoch."""
    architecture = preset.architecture(train.num_classes)
    parameters = count_parameters(architecture, train.input_shape)
    print(
        f"{readable(train.name)}: {len(train):,} training and {len(test):,} test images of "
        f"{'×'.join(map(str, train.input_shape))}, {train.num_classes} classes\n"
        f"{preset.model}: {parameters:,} parameters\n{_changed_options(config)}"
        f"{_evaluation_note(held_out)}",
        flush=True,
    )


def warn_of_problems(splits: data.Splits | data.FileSplits) -> tuple[str, ...]:
    """Print and return the problems that `jaxcnn.data.check` finds."""
    if not isinstance(splits, Splits):  # streamed images would have to be decoded for the check
        return ()
    problems = tuple(map(str, data.check(splits).problems))
    for problem in problems:
        print(f"Warning: {without_controls(problem)}", file=sys.stderr)
    return problems


def _changed_options(config: Config) -> str:
    options = [
        f"{name} {getattr(config, name)}"
        for name in SHOWN_IF_CHANGED
        if getattr(config, name) != getattr(Config, name)
    ]
    return f"with {', '.join(options)}\n" if options else ""


def _evaluation_note(held_out: LabeledImages | None) -> str:
    if held_out is None:
        return "The test images are evaluated after each epoch; nothing is chosen by the results."
    return (
        f"{len(held_out):,} more images are held out of training and evaluated after each epoch; "
        "the test images are evaluated once, at the end."
    )


def report(result: Mapping[str, Any], folder: Path) -> None:
    """Print the results of a run, and where its files are."""
    early = f"Interrupted after {result['steps']} steps. " if result["interrupted"] else ""
    restored = result["restored_epoch"]
    if restored is not None and restored < result["epochs"]:
        early += f"Restored the weights of epoch {restored} of {result['epochs']}. "
    measured, f1, views = "test accuracy", "", ""
    if "test_f1" in result:
        measured = "all labels right:"
        f1 = f"mean F1 score of the labels: {mean(result['test_f1'].values()):.3f}\n"
    if "tta_accuracy" in result:
        views = f"averaged over {result['tta']} views of each image: "
        views += f"{_accuracy(result, 'tta_accuracy')}\n"
    print(
        f"{early}{readable(result['dataset'])}: {measured} "
        f"{_accuracy(result, 'test_accuracy')}\n{f1}{views}"
        f"compiling {result['seconds_compile']:.1f} s, training {result['seconds_train']:.1f} s, "
        f"{result['images_per_second']:,.0f} images/s\n"
        f"Results and plots are in {folder}\n"
        f"To write an HTML report: jaxcnn report {shlex.quote(str(folder))}"
    )


def _accuracy(result: Mapping[str, Any], name: str) -> str:
    low, high = result[f"{name}_interval"]
    return f"{result[name]:.2%} (95 % interval {low:.2%} to {high:.2%}, n = {result['n_test']:,})"

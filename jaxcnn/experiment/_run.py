"""`run`: train the network of a config and save everything."""

import dataclasses
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

from jaxcnn._support.arguments import as_plain
from jaxcnn._support.extras import import_extra
from jaxcnn._support.files import read_json_object
from jaxcnn.data import Augmentation, FileSplits, LabeledImages, Splits
from jaxcnn.distributed import first_before_others, from_first, is_first, together
from jaxcnn.experiment._automatic import AUTOMATIC, automatic_options
from jaxcnn.experiment._compare_files import check_unchanged
from jaxcnn.experiment._compare_options import check_finished, check_resumable
from jaxcnn.experiment._config import USER_DATASETS, Config
from jaxcnn.experiment._datasets import hold_out, load_dataset
from jaxcnn.experiment._folder import (
    default_folder,
    file_name,
    is_finished,
    locked_folder,
)
from jaxcnn.experiment._option_files import read_augmentation, read_methods
from jaxcnn.experiment._presets import Preset
from jaxcnn.experiment._recorded import (
    begin_methods,
    logged_options,
    read_options,
    recorded,
    write_methods,
)
from jaxcnn.experiment._texts import announce, report, say_what_is_lost, warn_of_problems
from jaxcnn.lowering import MethodTable, use_methods
from jaxcnn.reports import save_pictures
from jaxcnn.runs import (
    CHECKPOINTS,
    RESULT,
    Logs,
    Run,
    append_epoch,
    append_log,
    check_history,
    counted_steps,
    event_log,
    import_tensorboard,
)
from jaxcnn.training import Checkpoints, NonFiniteLossError, Resume, TrainState, fit


def run(config: Config) -> Path:
    """Run an experiment: train a network on a data set, evaluate it, and save everything.

    For the user's own images, options that are None are first chosen by `automatic_options`, and
    printed with the reasons.

    The metrics of each epoch are appended to ``metrics.jsonl`` and ``metrics.csv`` in the folder,
    so that they survive if the run ends early. The state of the training is saved in
    ``checkpoints``. With ``resume="auto"``, the next run goes on from this state.

    Args:
        config: The options of the experiment.

    Returns:
        The folder with the results.

    Raises:
        CheckpointError: If the checkpoints in the folder are damaged, or the run in the folder has
            other options, also if it is finished.
        FileExistsError: If the config's folder contains another run.
        FolderInUseError: If another process uses that folder.
        FileNotFoundError: If `resume` is ``"must"`` and there is nothing to go on with, or a file
            of a finished run is missing.
        ImportError: If a package that the run needs is missing.
        OSError: If the folder cannot be written to, or the data set is not found and cannot be
            downloaded.
        DataError: If the user's image files are damaged, or not arranged as expected.
        ValueError: If the file of methods or of the augmentation is invalid, a file of the run in
            the folder was changed, or the network cannot take images of the requested size.
        KeyboardInterrupt: If Ctrl-C ended the training. What the training has reached is saved
            first.
        NonFiniteLossError: If training diverges. The last good state is saved first.
        Terminated: If SIGTERM ended the training; a checkpoint was saved.
    """
    with together():
        table = None if config.methods is None else read_methods(config.methods)
        augmentation = config.augmentation and read_augmentation(config.augmentation)
        import_extra("matplotlib.figure")  # pictures are drawn last, after a long training
        if config.tensorboard:
            import_tensorboard()
    config = _settled(config)
    with ExitStack() as stack:
        folder = config.out
        if folder is not None:  # before a download, for example
            _lock(stack, folder, config, augmentation)
            if from_first(is_first() and is_finished(folder)):
                if is_first():
                    print(f"The run in {folder} is finished already.", file=sys.stderr)
                return folder
        key, splits = first_before_others(partial(load_dataset, config))
        preset = config.resolve(key)
        if folder is None:
            data = file_name(splits.train.name) if key in USER_DATASETS else key
            name = f"{data}-{preset.model}-{config.preset}-seed{config.seed}"
            with together():
                chosen = str(default_folder(name, config.resume)) if is_first() else ""
            folder = Path(from_first(chosen))
            _lock(stack, folder, config, augmentation)
        _run_in(folder, config, key, preset, splits, table, augmentation)
    return folder


def _lock(
    stack: ExitStack, folder: Path, config: Config, augmentation: Augmentation | None
) -> None:
    """Lock a folder until the stack is closed, in process 0, which alone writes to it."""
    with together():
        if is_first():
            stack.enter_context(_locked(folder, config, augmentation))


def _settled(config: Config) -> Config:
    """Choose the options that the config leaves open, in process 0 for all processes."""
    if config.dataset not in USER_DATASETS:
        return config
    with together():
        settled = _chosen(config) if is_first() else config
    options = from_first({name: getattr(settled, name) for name in AUTOMATIC})
    return dataclasses.replace(config, **{name: as_plain(value) for name, value in options.items()})


def _chosen(config: Config) -> Config:
    """Choose the options that the config leaves open; a run that goes on keeps its own."""
    if config.out is not None and (config.extend or config.resume != "never"):
        with suppress(FileNotFoundError, ValueError):  # which are raised where it is compared
            saved = read_options(config.out)
            left_open = [name for name in AUTOMATIC if getattr(config, name) is None]
            return dataclasses.replace(config, **{name: saved.get(name) for name in left_open})
    chosen = automatic_options(config)
    if chosen.options:
        print(f"{chosen}\n", flush=True)
    return chosen.apply(config)


def _locked(
    folder: Path, config: Config, augmentation: Augmentation | None
) -> AbstractContextManager[Path]:
    """Lock a folder, after its run has been compared with the config."""

    def check(path: Path, is_finished: bool) -> bool:
        if is_finished:
            return check_finished(path, config, augmentation)
        check_unchanged(path, is_finished=False)
        check_resumable(path, config, augmentation)
        check_history(path)
        say_what_is_lost(path)
        return True

    resume = "must" if config.extend else config.resume
    return locked_folder(folder, resume, extend=config.extend, check=check)


def _run_in(
    folder: Path,
    config: Config,
    key: str,
    preset: Preset,
    splits: Splits | FileSplits,
    table: MethodTable | None,
    augmentation: Augmentation | None,
) -> None:
    """Train in all processes; in process 0, evaluate and save in the folder that it has locked."""
    with together():
        train, held_out = hold_out(splits.train, config)
        plan = config.plan(preset, augmentation)
        if is_first():
            announce(train, splits.test, held_out, preset, config)
            for problem in warn_of_problems(splits):
                append_log(folder, "warning", text=problem)
            begin_methods(table, folder, extend=config.extend)
            append_log(folder, "options", **logged_options(config, key, preset, plan))
    before = read_json_object(folder / RESULT).get("steps", 0)
    training = partial(
        fit,
        preset.architecture(train.num_classes),
        train,
        validation=splits.test if held_out is None else held_out,
        held_out="test" if held_out is None else "validation",
        plan=plan,
        checkpoints=_checkpoints(config, folder),
        resume=_resume(config),
        extend=config.extend,
        trace=config.trace,
    )
    with nullcontext() if table is None else use_methods(table):
        if not is_first():
            _raise_if_interrupted(training())
            return
        write = partial(
            _write, folder=folder, record=recorded(config, key, preset), table=table, config=config
        )
        try:
            with (
                _epoch_log(folder, tensorboard=config.tensorboard) as log,
                counted_steps(folder) as on_step,
            ):
                finished = training(on_epoch=log, on_step=on_step)
        except NonFiniteLossError as error:
            try:
                write(error.run, test=None)
                print(f"The last good state is in {folder}", file=sys.stderr)
            except OSError as fault:
                print(f"The last good state could not be saved: {fault}", file=sys.stderr)
            raise
        if finished.interrupted and finished.steps == before:
            raise KeyboardInterrupt  # nothing was trained, so the results stay as they are
        try:
            result = write(finished, test=splits.test)
        except OSError as fault:
            if not finished.interrupted:
                raise
            message = f"interrupted; the results could not be written: {fault}"
            raise KeyboardInterrupt(message) from fault
    report(result, folder)
    _raise_if_interrupted(finished)


def _raise_if_interrupted(finished: Run) -> None:
    if finished.interrupted:
        raise KeyboardInterrupt


def _resume(config: Config) -> Resume:
    """Return what `fit` does with checkpoints; the folder is checked already."""
    if config.extend:
        return "must"  # a finished run must not start anew
    return "never" if config.checkpoint_every == 0 else "auto"


def _checkpoints(config: Config, folder: Path) -> Checkpoints | None:
    if config.checkpoint_every == 0:
        return None
    return Checkpoints(folder / CHECKPOINTS, every_steps=config.checkpoint_every, keep=config.keep)


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
    try:
        save_pictures(saved, folder)
    except KeyboardInterrupt:
        if finished.interrupted:
            raise  # with how the training goes on
        words = f"all results are in {folder} (jaxcnn report {shlex.quote(str(folder))} draws more)"
        raise KeyboardInterrupt(f"interrupted while pictures were drawn; {words}") from None
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

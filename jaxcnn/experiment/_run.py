"""`run`: train the network of a config and save everything."""

import dataclasses
import shlex
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
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
from jaxcnn.experiment._config import Config
from jaxcnn.experiment._config_checks import USER_DATASETS
from jaxcnn.experiment._datasets import hold_out, load_dataset
from jaxcnn.experiment._epoch_log import epoch_log, import_loggers
from jaxcnn.experiment._folder import (
    default_folder,
    file_name,
    is_finished,
    locked_folder,
)
from jaxcnn.experiment._option_files import read_augmentation, read_methods
from jaxcnn.experiment._recorded import begin_methods, read_options, write_methods
from jaxcnn.experiment._subject import FineTuned, FromScratch, Subject
from jaxcnn.experiment._texts import announce, report, say_what_is_lost, warn_of_problems
from jaxcnn.experiment._weights import check_weights, load_weights
from jaxcnn.inference import Network
from jaxcnn.lowering import MethodTable, use_methods
from jaxcnn.reports import save_pictures
from jaxcnn.runs import (
    RESULT,
    Run,
    append_log,
    check_history,
    counted_steps,
)
from jaxcnn.training import NonFiniteLossError

AnySplits = Splits | FileSplits


def run(config: Config, *, on_begin: Callable[[], None] | None = None) -> Path:
    """Run an experiment: train a network on a data set, evaluate it, and save everything.

    With `pretrained`, the network and its weights come from the hub, and `jaxcnn.fine_tune` trains
    them further.

    For the user's own images, options that are None are first chosen by `automatic_options`, and
    printed with the reasons.

    The metrics of each epoch are appended to ``metrics.jsonl`` and ``metrics.csv`` in the folder,
    so that they survive if the run ends early. The state of the training is saved in
    ``checkpoints``. With ``resume="auto"``, the next run goes on from this state.

    Args:
        config: The options of the experiment.
        on_begin: A function that is called before the training, once the options and the data are
            found to be right; not if the run is finished already. None: nothing is called.

    Returns:
        The folder with the results.

    Raises:
        CheckpointError: If the checkpoints in the folder are damaged, or the run in the folder has
            other options, also if it is finished.
        FileExistsError: If the config's folder contains another run.
        HubError: If the pretrained weights cannot be had, or are damaged.
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
        import_loggers(config)
    config = _settled(config)
    with ExitStack() as stack:
        folder = config.out
        if folder is not None:  # before a download, for example
            _lock(stack, folder, config, augmentation)
            if from_first(is_first() and is_finished(folder)):
                if is_first():
                    print(f"The run in {folder} is finished already.", file=sys.stderr)
                return folder
        network = load_weights(config, folder)
        subject, splits = first_before_others(partial(_load, config, augmentation, network))
        if folder is None:
            data = file_name(splits.train.name) if subject.key in USER_DATASETS else subject.key
            how = config.preset if config.pretrained is None else "fine-tuned"
            name = f"{data}-{file_name(subject.name)}-{how}-seed{config.seed}"
            with together():
                chosen = str(default_folder(name, config.resume)) if is_first() else ""
            folder = Path(from_first(chosen))
            _lock(stack, folder, config, augmentation)
        with together():
            if is_first():
                check_weights(network, folder)
        _run_in(folder, subject, splits, table, on_begin)
    return folder


def _load(
    config: Config, augmentation: Augmentation | None, network: Network | None
) -> tuple[Subject, AnySplits]:
    """Load the data set, for a network with weights or for one of the zoo."""
    if network is None:
        key, splits = load_dataset(config)
        return FromScratch(config, key, augmentation), splits
    if config.dataset in USER_DATASETS and config.size is None:
        config = dataclasses.replace(config, size=network.input_shape[:2])
    key, splits = load_dataset(config, network)
    return FineTuned(config, key, network, augmentation), splits


def _lock(
    stack: ExitStack, folder: Path, config: Config, augmentation: Augmentation | None
) -> None:
    """Lock a folder until the stack is closed, in process 0, which alone writes to it."""
    with together():
        if is_first():
            stack.enter_context(_locked(folder, config, augmentation))


def _settled(config: Config) -> Config:
    """Choose the options that the config leaves open, in process 0 for all processes."""
    if config.dataset not in USER_DATASETS or config.pretrained is not None:
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
    subject: Subject,
    splits: AnySplits,
    table: MethodTable | None,
    on_begin: Callable[[], None] | None,
) -> None:
    """Train in all processes; in process 0, evaluate and save in the folder that it has locked."""
    config = subject.config
    with together():
        train, held_out = hold_out(splits.train, config)
        training = partial(
            subject.training(train, folder),
            validation=splits.test if held_out is None else held_out,
            held_out="test" if held_out is None else "validation",
        )
        if is_first():
            announce(train, splits.test, held_out, subject)
            for problem in warn_of_problems(splits):
                append_log(folder, "warning", text=problem)
            begin_methods(table, folder, extend=config.extend)
            append_log(folder, "options", **subject.logged())
    before = read_json_object(folder / RESULT).get("steps", 0)
    if on_begin is not None:
        on_begin()
    with nullcontext() if table is None else use_methods(table):
        if not is_first():
            _raise_if_interrupted(training())
            return
        record = subject.recorded()
        write = partial(_write, folder=folder, record=record, table=table, config=config)
        try:
            with (
                epoch_log(folder, config, record) as log,
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

"""From a config to a folder of results."""

import dataclasses
import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from jaxcnn._support.files import write_whole
from jaxcnn.data import Augmentation, LabelledImages
from jaxcnn.experiment._announce import announce, report, warn_of_problems
from jaxcnn.experiment._config import ONLY_FOR_OWN, OWN, Config
from jaxcnn.experiment._datasets import choose, hold_out
from jaxcnn.experiment._presets import Preset
from jaxcnn.lowering import MethodTable, use_methods
from jaxcnn.reports import save_pictures
from jaxcnn.runs import METHODS, Logs, Run, append_epoch, claim, event_log, import_tensorboard
from jaxcnn.training import NonFiniteLossError, TrainState, fit


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
        DataError: if pictures of one's own are not as they should be.
        ValueError: if the config's file of methods, or its policy, is not one, or the network
            cannot take pictures of the size that was asked for.
        NonFiniteLossError: if training diverged; what was last good has then been saved.
    """
    table = None if config.methods is None else MethodTable.load(config.methods)
    policy = None if config.policy is None else _read_policy(config.policy)
    if config.tensorboard:
        import_tensorboard()
    if config.out is not None:
        claim(config.out)  # before a download, say
    key, splits = choose(config)
    preset = config.resolve(key)
    name = f"{key}-{preset.model}-{config.preset}-seed{config.seed}"
    folder = claim(config.out or _free_folder(name))
    train, held_out = hold_out(splits.train, config)
    announce(train, splits.test, held_out, preset, config)
    warn_of_problems(splits)
    write = partial(
        _write, folder=folder, record=_record(config, key, preset), table=table, config=config
    )
    with nullcontext() if table is None else use_methods(table):
        try:
            with _epoch_log(folder, tensorboard=config.tensorboard) as log:
                finished = fit(
                    preset.architecture(train.num_classes),
                    train,
                    validation=splits.test if held_out is None else held_out,
                    plan=config.plan(preset, policy),
                    on_epoch=log,
                )
        except NonFiniteLossError as error:
            write(error.run, test=None)
            print(f"The last good state is in {folder}", file=sys.stderr)
            raise
        result = write(finished, test=splits.test)
    report(result, folder)
    return folder


def _read_policy(path: Path) -> Augmentation:
    try:
        return Augmentation.from_json(path.expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise type(error)(f"policy: {path} cannot be read ({error.strerror})") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None


def _write(
    finished: Run,
    *,
    test: LabelledImages | None,
    folder: Path,
    record: Mapping[str, Any],
    table: MethodTable | None,
    config: Config,
) -> Mapping[str, Any]:
    """Write all files, then the pictures; returns the content of ``result.json``."""
    if table is not None:
        write_whole(folder / METHODS, (table.to_json(indent=1) + "\n").encode())
    saved = finished.write(folder, test=test, config=record, views=config.views)
    save_pictures(saved, folder)
    return saved.result


OnEpoch = Callable[[TrainState, Logs], None]


@contextmanager
def _epoch_log(folder: Path, *, tensorboard: bool) -> Iterator[OnEpoch]:
    """What writes each epoch's numbers into the folder."""
    with event_log(folder) if tensorboard else nullcontext(lambda _: None) as log_event:

        def log(_: TrainState, logs: Logs) -> None:
            append_epoch(logs, folder)
            log_event(logs)

        yield log


def _free_folder(name: str) -> Path:
    """``runs/<name>``, or with the first free number behind it."""
    candidates = (Path("runs") / f"{name}{suffix}" for suffix in _suffixes())
    return next(path for path in candidates if not path.exists())


def _suffixes() -> Iterator[str]:
    yield ""
    for number in itertools.count(2):
        yield f"-{number}"


# What `fit` itself records, and what is the machine's matter.
_NOT_RECORDED = {"data_dir", "out", "devices", "tensorboard"}


def _record(config: Config, key: str, preset: Preset) -> dict[str, Any]:
    """Everything that decides what the run does, for ``config.json``."""
    record = dataclasses.asdict(config) | dataclasses.asdict(preset) | {"dataset": key}
    for name in ("methods", "policy", "table"):
        path = getattr(config, name)
        record[name] = None if path is None else path.name
    left_out = set(_NOT_RECORDED)
    if config.policy is not None:
        left_out |= {"flip", "shift", "cutout"}  # `fit` records the policy, as `augmentation`
    if key not in OWN:
        left_out |= set(ONLY_FOR_OWN)
    return {name: value for name, value in record.items() if name not in left_out}

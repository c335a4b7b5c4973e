"""`verify_training`: run the last steps of a training again, and compare the bits."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import jax
from flax import nnx
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.leaves import is_key, named_leaves
from jaxcnn._support.manifest import check_manifest
from jaxcnn._support.replaced import checkpoint_path
from jaxcnn._support.results import as_plain
from jaxcnn.data import LabeledImages, fingerprint
from jaxcnn.inference import Variables
from jaxcnn.layers import Layer
from jaxcnn.runs import Verification, VerifiedPart, checkpoint_numbers
from jaxcnn.training._loop import CompiledStep
from jaxcnn.training._plan import Plan
from jaxcnn.training._sets import as_sets, check_sets
from jaxcnn.training._setup import TrainingSetup, set_up_training
from jaxcnn.training._state import TrainState
from jaxcnn.training._traced import TracedTraining
from jaxcnn.training.checkpoints._compare import differing_groups
from jaxcnn.training.checkpoints._identity import differences
from jaxcnn.training.checkpoints._saver import IDENTITY
from jaxcnn.training.checkpoints._settings import CheckpointError


def verify_training(
    model: Layer | nnx.Module,
    train: LabeledImages | tuple[ArrayLike, ArrayLike],
    *,
    checkpoints: str | os.PathLike[str],
    steps: int,
    validation: LabeledImages | tuple[ArrayLike, ArrayLike] | None = None,
    plan: Plan | None = None,
    weights: Variables | None = None,
    **options: Any,
) -> Verification:
    """Run the last steps of a training again from a checkpoint, and compare all bits.

    Use it with the arguments of `fit`, to check that a training is reproducible, or that its
    checkpoints and weights are those of this network and this data set. The earliest checkpoint
    that is at most `steps` updates before the latest one is read (or the initial state, before the
    first step). The training goes on from there. After each update for which there is a checkpoint,
    parameters, statistics, optimizer, step, key and moving average are compared with it. Nothing is
    written.

    Args:
        model: An architecture, or an `nnx.Module`, as passed to `fit`.
        train: The labeled training set, or a pair of arrays, ``(images, labels)``.
        checkpoints: The folder of the checkpoints.
        steps: The largest number of updates to run again. 0: only the data sets, and `weights`, are
            compared with what the latest checkpoint says.
        validation: The validation set of the training, or such a pair.
        plan: The `Plan` of the training. None: the defaults.
        weights: The weights of the finished training, which are compared with the latest
            checkpoint. None: they are not compared.
        **options: Options of `fit`, by name. They replace those of `plan`. `metrics` are checked,
            and not computed: they change no bits.

    Returns:
        The compared parts. `str()` formats them as a table. If the training cannot be run again,
        as with other versions of the libraries, its steps are ``"unknown"``, with the reason.

    Raises:
        CheckpointError: If all checkpoints are damaged.
        FileNotFoundError: If there are no checkpoints.
        TypeError: If an argument or option has the wrong type.
        ValueError: If an option is out of range, or the model and the data do not fit together.

    Example::

        options = {"epochs": 5, "batch_size": 64}
        run = jaxcnn.fit(net, data.train, checkpoints="saved", **options)
        print(verify_training(net, data.train, checkpoints="saved", steps=100, **options))
    """
    check_int("steps", steps, minimum=0)
    plan = Plan.of(plan, options, function=verify_training)
    examples, held_out = as_sets(train, validation)
    check_sets(model, examples, held_out, plan)
    folder = Path(checkpoints).expanduser().absolute()
    records = _records(folder)
    saved = records[max(records)][IDENTITY]
    parts = [*_data_parts(saved, examples, held_out)]
    if steps or weights is not None:
        setup = set_up_training(model, examples, plan)
        parts += _weights_part(folder, records, setup, weights)
        if steps:
            traced = TracedTraining.of(setup, examples, held_out)
            parts += _steps_parts(folder, records, traced, steps)
    return Verification(str(folder), tuple(parts))


def _records(folder: Path) -> dict[int, dict[str, Any]]:
    """Read the records of all checkpoints that are as they were saved."""
    # Orbax takes a part of a second to import.
    from jaxcnn.training.checkpoints._store import damaged, read_record

    found, fault = {}, None
    for number in checkpoint_numbers(folder):
        path = checkpoint_path(folder, number)
        try:
            check_manifest(path)
            found[number] = read_record(path)
        except CheckpointError as error:
            fault = error
        except ValueError as error:
            fault = damaged(path, error)
    if fault is not None and not found:
        raise fault
    if not found:
        raise FileNotFoundError(
            f"{folder}: expected checkpoints, got none (fit(checkpoints=folder) saves them, and so "
            "do the experiments unless --checkpoint-every is 0)"
        )
    return found


def _data_parts(
    saved: Mapping[str, Any], train: LabeledImages, validation: LabeledImages | None
) -> Iterator[VerifiedPart]:
    for name, data in (("training data", train), ("validation data", validation)):
        now = None if data is None else fingerprint(data)
        if saved.get(name) != now:
            note = "expected the data of the training, got others"
            yield VerifiedPart(name, "differs", note)
        elif data is not None:
            yield VerifiedPart(name, "as saved", f"{len(data):,} examples")


def _weights_part(
    folder: Path,
    records: Mapping[int, Mapping[str, Any]],
    setup: TrainingSetup,
    weights: Variables | None,
) -> Iterator[VerifiedPart]:
    if weights is None:
        return
    last = max(records)
    # Early stopping restores the best weights.
    prefix = "best." if records[last]["best_epoch"] else "state."
    prefix += "ema." if setup.state.ema is not None else ""
    state = _read(folder, last, records[last], setup)
    # Random streams are not part of saved weights.
    now = {name: leaf for name, leaf in named_leaves(weights) if not is_key(leaf)}
    if setup.plan.swa_start is not None:  # batch norm's statistics were computed again
        now = {name: leaf for name, leaf in now.items() if name.startswith("params")}
    before = {name: state[prefix + name] for name in now}
    found = differing_groups(before, now)
    notes = "; ".join(f"{group} of {words}" for group, words in found.items())
    note = f"{notes} (from the checkpoint after step {last})" if notes else ""
    if found and records[last]["sums"]["steps"]:
        # As after a training that diverged: its weights are those of the epoch before.
        note = f"step {last} is within an epoch; the weights are those of another step"
        yield VerifiedPart("weights", "unknown", note)
        return
    yield VerifiedPart("weights", "differs" if found else "as saved", note)


def _read(
    folder: Path, number: int, record: Mapping[str, Any], setup: TrainingSetup
) -> dict[str, Any]:
    from jaxcnn.training.checkpoints._store import read_arrays

    like = {"state": setup.state} | ({"best": setup.state} if record["best_epoch"] else {})
    return read_arrays(checkpoint_path(folder, number), dict(named_leaves(like)))


def _steps_parts(
    folder: Path, records: Mapping[int, Mapping[str, Any]], traced: TracedTraining, steps: int
) -> Iterator[VerifiedPart]:
    """Run steps again up to the first one whose state differs from its checkpoint."""
    last, now = max(records), as_plain(traced.identity())
    different = differences(records[last][IDENTITY], now)
    if different:
        note = f"cannot be run again: {'; '.join(different)}"
        yield VerifiedPart(f"steps to {last}", "unknown", note)
        return
    points = _points(records, now)
    before = max((n for n in points if n < last), default=None)
    if before is None or last - before > steps:
        yield VerifiedPart(f"steps to {last}", "unknown", _too_few(before, last))
        return
    setup, points = traced.setup, [n for n in points if last - n <= steps]
    start, state = points[0], setup.state
    if start:
        arrays = _read(folder, start, records[start], setup)
        leaves = [arrays[f"state.{name}"] for name, _ in named_leaves(state)]
        state = jax.tree.unflatten(jax.tree.structure(state), leaves)
    yield from _compare_on_the_way(folder, records, traced, state, points)


def _points(records: Mapping[int, Mapping[str, Any]], identity: Mapping[str, Any]) -> list[int]:
    """Return the numbers of updates after which the state is known, from which one can go on."""
    extended = records[max(records)].get("extended", ())
    same = {n for n in records if not differences(records[n][IDENTITY], identity)}
    if not extended:
        return sorted({0, *same})
    begin = extended[-1]["step"]  # steps before it followed another schedule
    return sorted({n for n in records if n == begin} | {n for n in same if n > begin})


def _too_few(before: int | None, last: int) -> str:
    if before is None:
        return "no state before it is known" if last else "no step has been taken"
    place = f"in the checkpoint after step {before}" if before else "at the start"
    return f"the state before it is known only {place} ({last - before} steps run them again)"


def _compare_on_the_way(
    folder: Path,
    records: Mapping[int, Mapping[str, Any]],
    traced: TracedTraining,
    state: TrainState,
    points: list[int],
) -> Iterator[VerifiedPart]:
    setup, step = traced.setup, traced.lowered.compile()
    begin = points[0]
    for number, after in _run_again(setup, step, state, begin, points[-1]):
        if number not in points:
            continue
        part = f"steps {begin + 1} to {number}"
        saved = _read(folder, number, records[number], setup)
        now = dict(named_leaves({"state": setup.placement.whole(after)}))
        groups = differing_groups(
            {name.removeprefix("state."): saved[name] for name in now},
            {name.removeprefix("state."): leaf for name, leaf in now.items()},
        )
        yield from (VerifiedPart(f"{part}: {g}", "differs", note) for g, note in groups.items())
        if groups:
            return
        yield VerifiedPart(part, "as saved", "run again, to the same bits")
        begin = number


def _run_again(
    setup: TrainingSetup, step: CompiledStep, state: TrainState, number: int, last: int
) -> Iterator[tuple[int, TrainState]]:
    """Yield the number of updates and the state after each, until the next overwrites it."""
    state = setup.copy_for_step(state)
    while number < last:
        epoch, start = divmod(number, setup.steps)
        end = min(setup.steps, start + last - number)
        with closing(setup.batches.epoch(epoch, end, start=start)) as batches:
            for batch in batches:
                state, _ = step(state, *batch)
                number += 1
                yield number, state

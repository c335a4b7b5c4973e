"""The last steps of a training are run again, and the part whose bits differ is named."""

import shutil

import jax.numpy as jnp
import numpy as np
import pytest
import small
from small import LINEAR, quick_fit

from jaxcnn._support.leaves import named_leaves
from jaxcnn.training import (
    CheckpointError,
    Checkpoints,
    EarlyStopping,
    fit,
    sgd,
    verify_training,
)
from jaxcnn.training.checkpoints._compare import differing_groups
from jaxcnn.training.checkpoints._store import CheckpointStore

OPTIONS = {
    "epochs": 2,
    "batch_size": 8,
    "tx": sgd(0.05),
    "ema_decay": 0.9,
    "validation": small.dataset(9, seed=1),
    "early_stopping": EarlyStopping(5),
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A finished training of ten steps, with checkpoints after steps 3, 6 and 10."""
    folder = tmp_path_factory.mktemp("saved")
    run = quick_fit(checkpoints=Checkpoints(folder, every_steps=3, keep=9), **OPTIONS)
    for number in (5, 9):
        shutil.rmtree(folder / str(number))
    return folder, run


def verified(folder, steps, **changes):
    options = {"train": small.dataset(), **OPTIONS, **changes}
    return verify_training(LINEAR, checkpoints=folder, steps=steps, **options)


def states(found):
    return {part.part: part.state for part in found.parts}


def listing(folder):
    return {(path, path.stat().st_mtime_ns) for path in folder.rglob("*")}


@pytest.mark.thorough
def test_the_last_steps_are_run_again_to_the_same_bits(trained):
    folder, run = trained
    before = listing(folder)
    data = {"training data": "as saved", "validation data": "as saved"}
    found = verified(folder, 7, weights=run.network.variables)
    parts = data | {"weights": "as saved", "steps 4 to 6": "as saved", "steps 7 to 10": "as saved"}
    assert states(found) == parts
    assert states(verified(folder, 0)) == data
    assert listing(folder) == before


@pytest.mark.thorough
def test_pairs_of_arrays_are_verified_like_sets(tmp_path):
    train, held_out = small.dataset(), small.dataset(9, seed=1)
    pairs = (train.images, train.labels), (held_out.images, held_out.labels)
    metrics = {"count": lambda _, labels: float(len(labels))}
    options = {"epochs": 1, "batch_size": 8, "validation": pairs[1], "metrics": metrics}
    fit(LINEAR, pairs[0], checkpoints=tmp_path, progress=False, **options)
    found = verify_training(LINEAR, pairs[0], checkpoints=tmp_path, steps=0, **options)
    assert set(states(found).values()) == {"as saved"}


def test_too_few_steps_say_how_many_are_enough(trained):
    part = verified(trained[0], 2).parts[-1]
    assert (part.part, part.state) == ("steps to 10", "unknown")
    assert "in the checkpoint after step 6 (4 steps run them again)" in part.note


def test_other_data_and_another_training_are_named(trained):
    found = verified(trained[0], 4, train=small.dataset(seed=1), batch_size=4)
    assert states(found)["training data"] == "differs"
    assert states(found)["steps to 10"] == "unknown"
    assert "batch_size: 8 in the checkpoint, 4 now; other training data" in found.parts[-1].note


def change(folder, number, state, **changes):
    """Write a checkpoint anew, with some arrays changed, and a manifest that fits."""
    store = CheckpointStore(Checkpoints(folder, keep=9), 1)
    record = store.read_record(number)
    arrays = store.read_arrays(number, dict(named_leaves({"state": state, "best": state})))
    arrays |= {name: change(arrays[name]) for name, change in changes.items()}
    store.close()
    shutil.rmtree(folder / str(number))
    store = CheckpointStore(Checkpoints(folder, keep=9), 1)
    store.save(number, arrays, record)
    store.close()


@pytest.mark.thorough
def test_the_arrays_that_differ_are_named(trained, tmp_path):
    folder = shutil.copytree(trained[0], tmp_path / "saved")
    changed = {
        "state.params.layers.1.kernel": lambda kernel: kernel.at[0, :2].add(0.5),
        "state.step": lambda step: step + 1,
        "best.ema.params.layers.1.bias": lambda bias: bias + 1,
    }
    change(folder, 10, trained[1].state, **changed)
    found = verified(folder, 4, weights=trained[1].network.variables)
    notes = {part.part: part.note for part in found.parts if part.state == "differs"}
    kernel = "layers.1.kernel: 2 of 192 values differ, largest difference 0.5"
    assert notes == {
        "weights": "parameters of layers.1.bias: 3 of 3 values differ, largest difference 1 (from "
        "the checkpoint after step 10)",
        "steps 7 to 10: parameters": kernel,
        "steps 7 to 10: step": "1 of 1 values differs, largest difference 1",
    }


@pytest.mark.slow
def test_damaged_checkpoints_are_left_out(trained, tmp_path):
    folder = shutil.copytree(trained[0], tmp_path / "saved")
    for number in (10, 6):
        (folder / str(number) / "manifest.json").write_text("{}")
    assert [*states(verified(folder, 3))][-1] == "steps 1 to 3"
    (folder / "3" / "manifest.json").write_text("{}")
    with pytest.raises(CheckpointError, match="10: expected a whole checkpoint, got a damaged one"):
        verified(folder, 3)
    with pytest.raises(FileNotFoundError, match="expected checkpoints, got none"):
        verified(tmp_path / "nothing", 3)


def test_bits_are_compared_not_numbers():
    zeros = {"key": np.zeros(2, np.float32), "params.mask": np.zeros(2, bool)}
    assert not differing_groups(zeros, {name: array.copy() for name, array in zeros.items()})
    nan = {"key": jnp.array([np.nan, 0]), "params.mask": zeros["params.mask"]}
    assert not differing_groups(nan, nan)
    found = differing_groups(zeros, {"key": -zeros["key"], "params.mask": ~zeros["params.mask"]})
    assert found == {
        "key": "2 of 2 values differ, largest difference 0",
        "parameters": "mask: 2 of 2 values differ",
    }
    many = {f"params.{name}": np.zeros(1) for name in "abcde"}
    found = differing_groups(many, {name: np.ones(1) for name in many})
    assert found["parameters"].endswith("; and 2 more arrays")
    assert (
        "before, float64 (2,) now"
        in differing_groups({"step": np.zeros(2, np.float32)}, {"step": np.zeros(2)})["step"]
    )

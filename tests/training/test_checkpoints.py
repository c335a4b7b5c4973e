"""A training that is cut off and resumed ends with the bits of one that never was."""

import os
import shutil
import signal

import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small
from cut_off import CutOffError, cut_after, signal_after, weights
from small import LINEAR, quick_fit

import jaxcnn
from jaxcnn.data import Augmentation
from jaxcnn.training import (
    CheckpointError,
    Checkpoints,
    EarlyStopping,
    Terminated,
    lookahead,
    muon,
    sgd,
    verify_training,
)
from jaxcnn.training.checkpoints._store import CheckpointStore

DROPOUT = jaxcnn.Sequential([jaxcnn.BatchNorm(), jaxcnn.Dropout(0.2), *LINEAR.layers])


CASES = {
    "momentum, gradient accumulation, average": {"ema_decay": 0.9, "accumulate_steps": 2},
    "Adam, early stopping": {
        "tx": optax.adam(0.01),
        "early_stopping": EarlyStopping(1),
        "validation": small.dataset(9, seed=1),
        "devices": 1,
    },
    "Muon, mixup, dropout": {
        "model": DROPOUT,
        "tx": muon(0.02),
        "augmentation": Augmentation(mixup=0.4, flip="random"),
        "devices": 1,
    },
    "Lookahead, norms": {"tx": lookahead(sgd(0.1)), "log_norms": True},
    "mean of the last epochs": {"model": small.NORMED, "swa_start": 2},
}
SLOW = {
    next(name for name in CASES if name.startswith("momentum")),
    "Lookahead, norms",
    "Muon, mixup, dropout",
    "mean of the last epochs",
}  # these take the longest to compile


@pytest.mark.parametrize(
    "case", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in CASES]
)
def test_same_bits_as_without_a_break(case, tmp_path, monkeypatch):
    options = {"epochs": 3, **CASES[case]}
    whole = quick_fit(**options)
    saved = {"checkpoints": Checkpoints(tmp_path, every_steps=1), **options}
    with monkeypatch.context() as patch:
        cut_after(8, patch)  # in the middle of the second epoch
        with pytest.raises(CutOffError):
            quick_fit(**saved)
    again = quick_fit(**saved)
    assert weights(again) == weights(whole)
    timed = {"seconds", "images_per_second"}
    for mine, theirs in zip(again.history, whole.history, strict=True):
        assert {k: v for k, v in mine.items() if k not in timed} == {
            k: v for k, v in theirs.items() if k not in timed
        }
    assert again.images_seen == whole.images_seen


@pytest.mark.thorough
def test_sigterm_ends_after_a_checkpoint_with_the_status_for_another_try(tmp_path, monkeypatch):
    whole = quick_fit()
    with monkeypatch.context() as patch:
        signal_after(3, signal.SIGTERM, patch)
        with pytest.raises(Terminated) as ended:
            quick_fit(checkpoints=tmp_path)
    assert ended.value.code == 75
    (number,) = [int(path.name) for path in tmp_path.iterdir()]
    assert number == 4  # the step that ran meanwhile
    again = quick_fit(checkpoints=tmp_path, resume="must")
    assert weights(again) == weights(whole)
    assert not again.interrupted


@pytest.mark.thorough
def test_ctrl_c_returns_what_was_reached_and_it_can_be_resumed(tmp_path, monkeypatch):
    whole = quick_fit()
    with monkeypatch.context() as patch:
        signal_after(7, signal.SIGINT, patch)
        part = quick_fit(checkpoints=tmp_path)
    assert part.interrupted
    assert (part.steps, len(part.history), part.images_seen) == (8, 1, 64)
    assert weights(quick_fit(checkpoints=tmp_path)) == weights(whole)


@pytest.mark.thorough
def test_a_signal_during_evaluation_is_not_waited_for(tmp_path, monkeypatch):
    from jaxcnn.training import _epochs

    options = {"validation": small.dataset(9, seed=1)}
    whole = quick_fit(**options)

    def interrupted(*_):
        signal.raise_signal(signal.SIGINT)
        pytest.fail("the evaluation went on")

    with monkeypatch.context() as patch:
        patch.setattr(_epochs, "validation_logs", interrupted)
        part = quick_fit(checkpoints=tmp_path, **options)
    assert part.interrupted
    assert (part.steps, part.history) == (5, ())
    again = quick_fit(checkpoints=tmp_path, **options)
    assert weights(again) == weights(whole)
    assert [logs["validation_loss"] for logs in again.history] == [
        logs["validation_loss"] for logs in whole.history
    ]


@pytest.mark.thorough
def test_the_checkpoint_of_an_interrupted_evaluation_is_replaced(tmp_path, monkeypatch):
    from jaxcnn.training import _epochs

    validation = small.dataset(9, seed=1)
    options = {"tx": sgd(0.01), "early_stopping": EarlyStopping(5), "epochs": 1}
    with monkeypatch.context() as patch:
        patch.setattr(_epochs, "validation_logs", lambda *_: signal.raise_signal(signal.SIGINT))
        quick_fit(checkpoints=tmp_path, validation=validation, **options)
    run = quick_fit(checkpoints=tmp_path, validation=validation, **options)
    assert run.restored_epoch == 1
    found = verify_training(
        LINEAR,
        small.dataset(),
        checkpoints=tmp_path,
        steps=0,
        validation=validation,
        weights=run.network.variables,
        batch_size=8,
        **options,
    )
    assert found.is_as_saved
    quick_fit(
        checkpoints=tmp_path,
        validation=validation,
        on_epoch=lambda *_: pytest.fail("it was trained again"),
        **options,
    )


@pytest.mark.thorough
def test_a_finished_training_is_read_back(tmp_path):
    steps = []
    first = quick_fit(checkpoints=tmp_path, on_step=steps.append)
    assert steps == [*range(1, 11)]
    second = quick_fit(
        checkpoints=tmp_path, on_epoch=lambda *_: pytest.fail("it was trained again")
    )
    assert weights(second) == weights(first)
    assert second.history == first.history


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The checkpoints of a finished training."""
    path = tmp_path_factory.mktemp("saved")
    quick_fit(checkpoints=Checkpoints(path, every_steps=5))
    return path


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": 1}, "seed: 0 in the checkpoint, 1 now"),
        ({"batch_size": 4}, "batch_size: 8 in the checkpoint, 4 now"),
        ({"epochs": 3}, "epochs: 2 in the checkpoint, 3 now .*, or extend=True to go on"),
        ({"devices": 1}, "devices: 3 in the checkpoint, 1 now"),
        ({"model": small.NORMED}, "another network"),
        ({"data": small.dataset(seed=1)}, "other training data"),
        ({"tx": sgd(0.04)}, "another initial state .*learning rate"),
        ({"tx": optax.sgd(0.05)}, "another initial state"),
        ({"validation": small.dataset(9)}, "validation data: none in the checkpoint, some now"),
    ],
)
def test_another_training_is_refused_in_words(folder, options, message):
    with pytest.raises(CheckpointError, match=message) as error:
        quick_fit(checkpoints=folder, **options)
    assert "(use another folder to start anew" in str(error.value)


def test_resume_says_what_must_be_there(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a checkpoint to go on from, got none"):
        quick_fit(checkpoints=tmp_path, resume="must")
    with pytest.raises(FileExistsError, match=r"expected no checkpoints, got one after step 10"):
        quick_fit(checkpoints=folder, resume="never")
    with pytest.raises(ValueError, match="expected a folder with resume='must', got None"):
        quick_fit(resume="must")
    with pytest.raises(ValueError, match="resume: expected one of auto, must, never"):
        quick_fit(checkpoints=folder, resume=True)
    with pytest.raises(ValueError, match="checkpoints: expected a local or shared folder, got"):
        quick_fit(checkpoints="gs://bucket/run")
    with pytest.raises(TypeError, match="checkpoints: expected a folder or Checkpoints, got 3"):
        quick_fit(checkpoints=3)


@pytest.mark.thorough
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_good(folder, tmp_path, capfd):
    newest = folder / "10"
    for number, path in enumerate(sorted(p for p in newest.rglob("*") if p.is_file())):
        shutil.copytree(folder, tmp_path / str(number))
        copy = tmp_path / str(number) / path.relative_to(folder)
        content = bytearray(copy.read_bytes()) or bytearray(1)
        content[len(content) // 2] ^= 1
        copy.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"10: expected a whole .* delete this folder"):
            quick_fit(checkpoints=tmp_path / str(number))
    assert capfd.readouterr().err == ""
    shutil.rmtree(tmp_path / "1" / "5")
    with pytest.raises(CheckpointError, match="none before it: use another folder to start anew"):
        quick_fit(checkpoints=tmp_path / "1")
    shutil.rmtree(tmp_path / "0" / "10")
    run, again = quick_fit(), quick_fit(checkpoints=Checkpoints(tmp_path / "0"), resume="must")
    assert weights(again) == weights(run)


def test_a_checkpoint_that_cannot_be_saved_ends_the_training(tmp_path, monkeypatch):
    from jaxcnn.training.checkpoints import _store

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_store, "sync_tree", full)
    with pytest.raises(OSError, match=r"after step 1 could not be saved \(.*No space left"):
        quick_fit(checkpoints=Checkpoints(tmp_path, every_steps=1))


@pytest.mark.thorough
def test_only_the_latest_and_the_best_are_kept(tmp_path):
    run = quick_fit(
        checkpoints=Checkpoints(tmp_path, every_steps=5, keep=1),
        epochs=4,
        tx=sgd(lambda step: jnp.where(step < 10, 0.05, -1.0)),
        validation=small.dataset(9, seed=1),
    )
    losses = [logs["validation_loss"] for logs in run.history]
    assert sorted(int(path.name) for path in tmp_path.iterdir()) == [
        5 * (1 + int(np.argmin(losses))),
        20,
    ]


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_checkpoints_with_a_link_out_of_their_folder_are_refused(tmp_path):
    (tmp_path / "5").mkdir()
    (tmp_path / "5" / "arrays").symlink_to("/etc")
    with pytest.raises(ValueError, match="5/arrays: expected a file of the folder, got a link"):
        CheckpointStore(Checkpoints(tmp_path), sign=1)


@pytest.mark.thorough
def test_a_disk_without_space_is_named_before_training(tmp_path, monkeypatch):
    options = {"validation": small.dataset(9), "early_stopping": EarlyStopping(5)}
    saved = {"checkpoints": Checkpoints(tmp_path, every_steps=3)}
    with monkeypatch.context() as patch:
        cut_after(4, patch)
        with pytest.raises(CutOffError):
            quick_fit(**saved, **options)
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    text = r"expected space for 4 checkpoints of 1\.58 kB, got 1 kB \(4 in all: keep=2, the b"
    with pytest.raises(OSError, match=text):
        quick_fit(checkpoints=tmp_path / "new", on_step=lambda _: pytest.fail("it was trained"))
    with pytest.raises(OSError, match=r"expected space for 3 checkpoints of 3\.16 kB, got 1 kB"):
        quick_fit(on_step=lambda _: pytest.fail("it was trained"), **saved, **options)


@pytest.mark.slow
def test_checkpoints_from_before_an_augmentation_had_all_fields_are_resumed(tmp_path, monkeypatch):
    options = {"augmentation": Augmentation(flip="random"), "checkpoints": tmp_path, "epochs": 1}
    with monkeypatch.context() as patch:
        patch.setattr(Augmentation, "_content", lambda self: {"flip": self.flip, "mixup": 0})
        finished = quick_fit(**options)
    assert weights(quick_fit(**options, resume="must")) == weights(finished)
    turned = options | {"augmentation": Augmentation(flip="random", quarter_turns=True)}
    with pytest.raises(CheckpointError, match=r"augmentation\.quarter_turns: False in"):
        quick_fit(**turned, resume="must")

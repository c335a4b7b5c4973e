"""An ensemble that is cut off and resumed ends with the bits of one that never was."""

import signal
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import small
from cut_off import CutOffError, weights
from small import LINEAR

from jaxcnn.training import (
    CheckpointError,
    Checkpoints,
    Terminated,
    _ensemble,
    _ensemble_checkpoints,
    fit_ensemble,
)
from jaxcnn.training._ensemble_members import MemberGroups
from jaxcnn.training.checkpoints._store import checkpoint_numbers

OPTIONS = {
    "seeds": (1, 2),
    "epochs": 2,
    "batch_size": 8,
    "devices": 1,
    "validation": small.dataset(9, seed=1),
    "progress": False,
}


@pytest.fixture(scope="module")
def whole():
    """An ensemble that is never cut off."""
    return fit_ensemble(LINEAR, small.dataset(), **OPTIONS)


def test_data_are_read_where_an_error_of_one_process_ends_all(monkeypatch):
    """And after that for which processes wait for each other."""
    calls = []

    @contextmanager
    def together():
        calls.append("together")
        yield
        calls.append("agreed")

    def identity_of(**_):
        calls.append("read")
        return {"seed": 0}

    monkeypatch.setattr(_ensemble_checkpoints, "together", together)
    monkeypatch.setattr(_ensemble_checkpoints, "identity_of", identity_of)
    lowered = SimpleNamespace(as_text=str)
    groups = SimpleNamespace(whole=lambda: calls.append("whole"), lowered=lowered)
    shared = SimpleNamespace(network=None, settings={})
    setup: Any = SimpleNamespace(
        shared=shared, groups=groups, seeds=(0,), learning_rates=(0.1,), how=""
    )
    data: Any = None
    assert _ensemble_checkpoints.ensemble_identity(setup, data, None) == {"seed": 0}
    assert calls == ["whole", "together", "read", "agreed"]


def check_equal(again, whole):
    for mine, theirs in zip(again.members, whole.members, strict=True):
        assert weights(mine) == weights(theirs)
        assert mine.history == theirs.history


@pytest.mark.slow
def test_sigterm_ends_an_ensemble_after_the_current_step(whole, tmp_path, monkeypatch, capsys):
    def signaled(epoch, positions):
        for position in positions:
            if (epoch, position) == (1, 2):
                signal.raise_signal(signal.SIGTERM)
            yield position

    original = MemberGroups.run
    with monkeypatch.context() as patch:
        patch.setattr(
            MemberGroups,
            "run",
            lambda self, epoch, positions: original(self, epoch, signaled(epoch, positions)),
        )
        with pytest.raises(Terminated):
            fit_ensemble(
                LINEAR, small.dataset(), checkpoints=tmp_path, **OPTIONS | {"progress": True}
            )
    assert "terminated by SIGTERM after step 8; the checkpoint is in" in capsys.readouterr().err
    assert max(checkpoint_numbers(tmp_path)) == 8
    again = fit_ensemble(LINEAR, small.dataset(), checkpoints=tmp_path, resume="must", **OPTIONS)
    check_equal(again, whole)


@pytest.mark.slow
@pytest.mark.parametrize("steps", [1, 3])
def test_an_ensemble_that_was_cut_off_goes_on_within_the_epoch(steps, whole, tmp_path, monkeypatch):
    def cut_off(epoch, *_):
        if epoch == 1:
            raise CutOffError

    saved = OPTIONS | {"checkpoints": Checkpoints(tmp_path, every_steps=steps)}
    with monkeypatch.context() as patch:
        patch.setattr(_ensemble, "_line", cut_off)
        with pytest.raises(CutOffError):
            fit_ensemble(LINEAR, small.dataset(), **saved)
    assert max(checkpoint_numbers(tmp_path)) == 9
    for _ in range(2):  # the second time, it is finished
        check_equal(fit_ensemble(LINEAR, small.dataset(), **saved, resume="must"), whole)
    with pytest.raises(CheckpointError, match=r"seed\b.* in the checkpoint"):
        fit_ensemble(LINEAR, small.dataset(), **saved | {"seeds": (1, 3)})

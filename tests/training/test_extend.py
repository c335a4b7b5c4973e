"""A training goes on with more epochs than it was begun with."""

import shutil

import pytest
import small
from cut_off import weights
from small import LINEAR, quick_fit

import jaxcnn
from jaxcnn.training import CheckpointError, verify_training


@pytest.mark.slow
def test_more_epochs_follow_their_own_schedule_and_say_so(tmp_path):
    scheduled = {"tx": jaxcnn.training.default_optimizer, "devices": 1}
    quick_fit(checkpoints=tmp_path, **scheduled)
    with pytest.warns(UserWarning, match="from step 10 on, the optimizer follows .* 3 epochs inst"):
        run = quick_fit(checkpoints=tmp_path, epochs=3, extend=True, **scheduled)
    assert (run.steps, len(run.history)) == (15, 3)
    assert run.settings["extended"] == [{"epochs": 2, "step": 10}]


@pytest.mark.slow
def test_an_extended_training_is_known_again(tmp_path):
    scheduled = {"tx": jaxcnn.training.default_optimizer, "validation": small.dataset(9)}
    quick_fit(checkpoints=tmp_path, **scheduled)
    with pytest.raises(CheckpointError, match=r"another: seed: 0 in the checkpoint, 1 now \(use"):
        quick_fit(checkpoints=tmp_path, epochs=3, extend=True, seed=1, **scheduled)
    with pytest.warns(UserWarning, match="from step 10 on"):
        quick_fit(checkpoints=tmp_path, epochs=3, extend=True, **scheduled)
    again = quick_fit(checkpoints=tmp_path, epochs=3, **scheduled)
    assert again.settings["extended"] == [{"epochs": 2, "step": 10}]
    arguments = {"model": LINEAR, "train": small.dataset(), "checkpoints": tmp_path, "epochs": 3}
    options = {"batch_size": 8, "steps": 15, **scheduled}
    found = [part.part for part in verify_training(**arguments, **options).parts]
    assert found[-1] == "steps 11 to 15"
    shutil.rmtree(tmp_path / "10")
    last = verify_training(**arguments, **options).parts[-1]
    assert (last.state, last.note) == ("unknown", "no state before it is known")


@pytest.mark.slow
def test_more_epochs_without_a_schedule_give_the_same_bits(tmp_path, capfd):
    whole = quick_fit(epochs=3)
    quick_fit(checkpoints=tmp_path)
    run = quick_fit(checkpoints=tmp_path, epochs=3, extend=True, progress=True)
    assert weights(run) == weights(whole)
    assert "so the bits are those of a training begun with 3" in capfd.readouterr().err
    assert "extended" not in run.settings
    with pytest.raises(CheckpointError, match="epochs: 3 in the checkpoint, 2 now"):
        quick_fit(checkpoints=tmp_path, extend=True)
    with pytest.raises(ValueError, match="checkpoints: expected a folder with extend=True, got N"):
        quick_fit(extend=True)

"""An experiment that fine-tunes a network goes on where it was cut off."""

import dataclasses
import json
import signal

import numpy as np
import pytest
from cut_off import signal_after
from flax import nnx
from PIL import Image
from small import as_bits

import jaxcnn
from jaxcnn.experiment import Config, run
from jaxcnn.experiment._compare_options import check_resumable
from jaxcnn.experiment._folder import claim_folder
from jaxcnn.experiment._recorded import config_of, logged_tuning, read_options
from jaxcnn.experiment._subject import FineTuned
from jaxcnn.experiment._weights import check_weights, load_weights
from jaxcnn.inference import Network, Normalization, Origin, functionalize
from jaxcnn.runs import append_log, how_to_resume, run_checkpoints, verify, write_status
from jaxcnn.training import CheckpointError, Terminated

NAME = "timm/resnet18.a1_in1k"
BEFORE, NOW = "0" * 40, "1" * 40
SHAPE = (8, 8, 3)
NET = jaxcnn.Sequential(
    [jaxcnn.Conv(2, 3), jaxcnn.BatchNorm(), jaxcnn.GlobalAvgPool(), jaxcnn.Dense(3)]
)
OPTIONS = {"dataset": "folder", "pretrained": NAME, "epochs": 1, "head_epochs": 1}
OPTIONS |= {"batch_size": 4, "devices": 1}


def weights(commit, seed=0):
    module = jaxcnn.build(NET, SHAPE, rngs=nnx.Rngs(seed))
    names, origin = ("a", "b", "c"), Origin(NAME, commit, commit + commit[:24])
    normal = Normalization((0.5,) * 3, (0.25,) * 3)
    return Network(*functionalize(module), normal, SHAPE, names, NET, origin=origin)


@pytest.fixture
def hub(monkeypatch):
    """A hub that has two commits; the branch is at the one that is first in the list."""
    commits = [BEFORE, NOW]

    def pretrained(name, *, revision=None):
        assert name == NAME
        commit = revision or commits[0]
        return weights(commit, seed=int(commit[0]))

    monkeypatch.setattr("jaxcnn.experiment._weights.pretrained", pretrained)
    return commits


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(5):
            pixels = rng.integers(0, 256, (8, 8, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"pictures/{name}/{number}.png")
    return tmp_path / "pictures"


def train(pictures, out, **options):
    return run(Config(**OPTIONS, data_dir=pictures, out=out, **options))


@pytest.mark.slow
@pytest.mark.parametrize(("steps", "stage"), [(1, "head"), (3, "all")])
def test_a_training_that_was_terminated_ends_with_the_same_bits(
    hub, pictures, tmp_path, steps, stage, monkeypatch
):
    whole, folder = jaxcnn.load(train(pictures, tmp_path / "whole")), tmp_path / "run"
    with monkeypatch.context() as patch:
        signal_after(steps, signal.SIGTERM, patch)
        with pytest.raises(Terminated, match=f"--resume auto goes on from step {steps}$"):
            train(pictures, folder, checkpoint_every=1)
    assert [*run_checkpoints(folder)][-1] == steps
    assert (folder / "checkpoints/all").exists() == (stage == "all")
    hub.reverse()  # the branch has moved on
    again = jaxcnn.load(train(pictures, folder, resume="auto"))
    assert as_bits(again.network.variables) == as_bits(whole.network.variables)
    assert again.network.origin.revision == BEFORE
    assert [logs["step"] for logs in again.history] == [2, 4]
    assert verify(folder).is_as_saved


@pytest.mark.slow
@pytest.mark.usefixtures("hub")
def test_an_interrupted_training_keeps_what_it_has_reached(pictures, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        signal_after(3, signal.SIGINT, patch)
        with pytest.raises(KeyboardInterrupt, match=r"--resume auto goes on from step 3$"):
            train(pictures, tmp_path / "run", checkpoint_every=1)
    assert [*run_checkpoints(tmp_path / "run")][-2:] == [2, 3]
    assert jaxcnn.load(tmp_path / "run").steps == 3
    assert jaxcnn.load(train(pictures, tmp_path / "run", resume="must")).steps == 4


@pytest.fixture
def cut_off(tmp_path):
    """The folder of a fine-tuning that was cut off after step 12, in its second stage."""
    for name in ("head/4", "head/5", "all/7"):
        (tmp_path / "checkpoints" / name).mkdir(parents=True)
    write_status(tmp_path, "running", steps=12)
    config = Config(**OPTIONS, data_dir=tmp_path)
    options = logged_tuning(config, "folder", config.fine_tuning())
    append_log(tmp_path, "options", **options | {"revision": BEFORE, "size": SHAPE[:2]})
    return tmp_path


def test_checkpoints_of_the_second_stage_count_on(cut_off):
    places = {
        number: str(path.relative_to(cut_off)) for number, path in run_checkpoints(cut_off).items()
    }
    assert places == {4: "checkpoints/head/4", 5: "checkpoints/head/5", 12: "checkpoints/all/7"}
    assert how_to_resume(cut_off).endswith("--resume auto goes on from step 12")
    assert [part.part for part in verify(cut_off).parts if "/" in part.part] == [*places.values()]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": 1}, "^seed: expected 0, got 1 "),
        ({"head_epochs": 2}, "^head_epochs: expected 1, got 2 "),
        ({"first_rate": 0.5}, "^first_rate: expected 0.1, got 0.5 "),
        ({"pretrained": "timm/vgg11.tv_in1k"}, "^pretrained: expected 'timm/resnet18.a1_in1k', go"),
        ({"pretrained": None, "head_epochs": None}, "^pretrained: expected 'timm/.*, got None "),
        ({"learning_rate": 0.1}, "^learning_rate: expected None, got 0.1 "),
        ({"flip": "random"}, "^flip: expected None, got 'random' "),
    ],
)
def test_other_options_are_another_training(cut_off, options, message):
    for same in ({}, {"max_steps": 3}, {"size": SHAPE[:2]}):
        check_resumable(cut_off, Config(**OPTIONS | same, data_dir=cut_off), None)
    with pytest.raises(CheckpointError, match=message):
        check_resumable(cut_off, Config(**OPTIONS | options, data_dir=cut_off), None)


def test_weights_are_those_that_the_training_began_with(cut_off, hub):
    config = Config(**OPTIONS, data_dir=cut_off)
    hub.reverse()
    for folder, commit in ((cut_off, BEFORE), (None, NOW), (cut_off / "new", NOW)):
        assert load_weights(config, folder).origin.revision == commit
    check_weights(load_weights(config, cut_off), cut_off)
    assert read_options(cut_off)["model"] == NAME
    assert config_of(read_options(cut_off), cut_off).pretrained == NAME
    assert load_weights(Config(dataset="digits"), cut_off) is None
    other = load_weights(dataclasses.replace(config, revision=NOW), cut_off)
    with pytest.raises(CheckpointError, match=f"revision: expected '{BEFORE}', with which the run"):
        check_weights(other, cut_off)


def test_weights_of_a_folder(tmp_path, monkeypatch):
    def pretrained(place, *, revision=None):
        assert (place, revision) == (tmp_path, None)
        return dataclasses.replace(weights(NOW), origin=None)

    monkeypatch.setattr("jaxcnn.experiment._weights.pretrained", pretrained)
    config = Config(**OPTIONS | {"pretrained": str(tmp_path)}, data_dir=tmp_path)
    network = load_weights(config, None)
    assert FineTuned(config, "folder", network, None).recorded()["revision"] is None
    check_weights(network, tmp_path)


def test_a_finished_run_is_not_extended(cut_off):
    config = Config(**OPTIONS | {"epochs": 2}, data_dir=cut_off)
    with pytest.raises(CheckpointError, match=r"^epochs: expected 1, got 2 .*a new run\)$"):
        check_resumable(cut_off, config, None)


@pytest.mark.parametrize("config", [{"pretrained": NAME}, {}])
def test_only_a_training_from_scratch_is_said_to_be_extended(tmp_path, config):
    write_status(tmp_path, "done", steps=12)
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(FileExistsError, match="got a finished run") as caught:
        claim_folder(tmp_path, "never")
    assert ("extend=True" in str(caught.value)) == (not config)

"""Any change to a run that was cut off is named when the run is resumed, or changes nothing."""

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import small
from cut_off import CutOffError, cut_after
from mutations import KINDS, mutate

import jaxcnn
from jaxcnn import data
from jaxcnn.experiment import Config, Preset, run

pytestmark = pytest.mark.slow  # three trainings, and one per change

OPTIONS = {"dataset": "digits", "epochs": 2, "devices": 1, "shift": 0, "checkpoint_every": 1}
ALL = data.digits()


@pytest.fixture(scope="module", autouse=True)
def little_to_do():
    """Two batches of digits, a linear network, and no pictures."""
    few = ALL._replace(train=ALL.train.subset(np.arange(128)), test=ALL.test.subset(np.arange(20)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "digits", lambda: few)
        patch.setattr(Preset, "architecture", lambda _self, n: _linear(n))
        patch.setattr("jaxcnn.experiment._run.save_pictures", lambda *_, **__: None)
        yield


def _linear(classes):
    return jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(classes)])


def content(folder):
    """What a run ends with, as bits."""
    loaded = jaxcnn.load(folder)
    losses = [(logs["epoch"], logs["train_loss"], logs["learning_rate"]) for logs in loaded.history]
    return small.as_bits(loaded.network.variables), losses, loaded.settings, loaded.result["n_test"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory, little_to_do):
    """Two runs that were cut off in their second epoch, and what the first one ends with."""
    assert little_to_do is None
    place = tmp_path_factory.mktemp("runs")
    whole = content(run(Config(**OPTIONS, out=place / "whole")))
    for seed in (0, 1):
        with pytest.MonkeyPatch.context() as patch:
            cut_after(3, patch)
            with pytest.raises(CutOffError):
                run(Config(**OPTIONS, seed=seed, out=place / str(seed)))
    return place / "0", place / "1", whole


def check(folders, tmp_path, seeds, capsys):
    """Count the changes by what comes of them; fail if one changes the result."""
    folder, other, whole = folders
    names = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    found = Counter()
    for seed in seeds:
        rng = np.random.default_rng(seed)
        name, kind = names[seed % len(names)], KINDS[int(rng.integers(len(KINDS)))]
        if kind == "swapped" and not (other / name).exists():  # Orbax draws some names at random
            kind = "zeros behind"
        changed = shutil.copytree(folder, tmp_path / str(seed))
        mutate(changed / name, kind, rng, (other / name).parent)
        fault = resume(changed)
        if fault is None:
            assert content(changed) == whole, f"{name}: {kind}, and nobody noticed"
        else:  # a checkpoint is named by its folder
            assert str(Path(*name.parts[:2])) in fault, f"{name}: {kind}: {fault}"
        found["harmless" if fault is None else "named", name.parts[-1]] += 1
        shutil.rmtree(changed)
        capsys.readouterr()
    return found


def resume(folder):
    """Resume a run; return its fault, if it is refused."""
    try:
        run(Config(**OPTIONS, out=folder, resume="must"))
    except (OSError, ValueError) as error:
        return str(error)
    return None


def test_an_unchanged_folder_ends_as_the_whole_one(folders, tmp_path):
    folder, _, whole = folders
    shutil.copytree(folder, tmp_path / "run")
    assert content(run(Config(**OPTIONS, out=tmp_path / "run", resume="must"))) == whole


def test_changes_are_named_or_change_nothing(folders, tmp_path, capsys):
    found = check(folders, tmp_path, range(80), capsys)
    assert sum(count for (how, _), count in found.items() if how == "named") >= 20


def test_the_checkpoint_of_another_run_is_refused(folders, tmp_path):
    folder, other, _ = folders
    changed = shutil.copytree(folder, tmp_path / "run")
    newest = max((folder / "checkpoints").iterdir(), key=lambda path: int(path.name)).name
    shutil.rmtree(changed / "checkpoints" / newest)
    shutil.copytree(other / "checkpoints" / newest, changed / "checkpoints" / newest)
    fault = resume(changed)
    assert fault is not None
    assert "seed" in fault
    assert str(changed / "checkpoints") in fault

"""Any change to any file of a run is named, or harmless; none loads to something else."""

import shutil
from collections import Counter

import numpy as np
import pytest
import saved_runs
import small
from mutations import HARMLESS, KINDS, mutate

import jaxcnn
from jaxcnn.reports._run_folder import read_run_folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return saved_runs.two_folders(tmp_path_factory.mktemp("runs"))


def content(run):
    """Everything that is loaded, as bits."""
    network = run.network
    arrays = [*small.as_bits(network.variables), *small.as_bits(run.test[:5]), run.test.paths]
    interface = (network.normalization, network.input_shape, network.class_names, network.task)
    return arrays, interface, network.architecture, run.settings, run.result, run.history


def outcome(folder, name, expected):
    """Whether the fault is named, or harmless; anything else fails."""
    texts = []
    for read in (jaxcnn.load, read_run_folder):
        try:
            found = read(folder)
        except (FileNotFoundError, ValueError) as error:
            texts.append(str(error))
        else:
            loaded = found if isinstance(found, jaxcnn.Run) else jaxcnn.load(found.folder)
            assert content(loaded) == expected, f"{name} was changed, and nobody noticed"
            texts.append("")
    assert texts[0] == texts[1]
    assert not texts[0] or name in texts[0], texts[0]
    return "named" if texts[0] else "harmless"


def outcomes(folders, tmp_path, seeds):
    folder, other = folders
    names, expected = sorted(path.name for path in folder.iterdir()), content(jaxcnn.load(folder))
    found = Counter()
    for seed in seeds:
        rng = np.random.default_rng(seed)
        name, kind = names[seed % len(names)], KINDS[int(rng.integers(len(KINDS)))]
        changed = shutil.copytree(folder, tmp_path / str(seed))
        mutate(changed / name, kind, rng, other)
        found[outcome(changed, name, expected), name] += 1
        shutil.rmtree(changed)
    return found


def summed(found):
    """How many were named, and the files whose changes were harmless."""
    named = sum(count for (how, _), count in found.items() if how == "named")
    return named, {name for how, name in found if how == "harmless"}


@pytest.mark.thorough
def test_random_changes_are_named_or_harmless(folders, tmp_path):
    named, harmless = summed(outcomes(folders, tmp_path, range(60)))
    assert named >= 45
    assert harmless <= HARMLESS


@pytest.mark.slow
def test_more_random_changes(folders, tmp_path):
    named, harmless = summed(outcomes(folders, tmp_path, range(1000, 1500)))
    assert named >= 400
    assert harmless <= HARMLESS


@pytest.mark.slow
def test_every_file_cut_at_each_percent(folders, tmp_path):
    folder, _ = folders
    expected, found = content(jaxcnn.load(folder)), Counter()
    for path in sorted(folder.iterdir()):
        whole = path.read_bytes()
        changed = shutil.copytree(folder, tmp_path / path.name)
        for percent in range(100):
            (changed / path.name).write_bytes(whole[: len(whole) * percent // 100])
            found[outcome(changed, path.name, expected), path.name] += 1
    assert found == {
        (("harmless" if path.name == "status.json" else "named"), path.name): 100
        for path in folder.iterdir()
    }

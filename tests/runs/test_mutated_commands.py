"""Any change to any file of a run is named by the commands, or changes nothing that they show."""

import shutil
from collections import Counter

import numpy as np
import pytest
import saved_runs
from mutations import HARMLESS, KINDS, mutate
from PIL import Image

from jaxcnn import commands
from jaxcnn.reports import _report


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return saved_runs.two_folders(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "one.png"
    Image.fromarray(np.arange(16, dtype=np.uint8).reshape(4, 4) * 15).save(path)
    return path


@pytest.fixture
def call(monkeypatch, capsys, tmp_path, picture):
    """Calls a command on a folder: its status, what it shows and what it says of faults."""
    monkeypatch.setattr("jaxcnn.commands._predict.keep_programs", lambda _: None)
    monkeypatch.setattr("jaxcnn.commands._report.keep_programs", lambda _: None)
    some = {"curves", "network", "settings"}
    monkeypatch.setattr(
        _report, "SECTIONS", {k: v for k, v in _report.SECTIONS.items() if k in some}
    )

    def call(command, folder):
        page = tmp_path / "page.html"
        page.unlink(missing_ok=True)
        rest = [picture, "--csv"] if command == "predict" else ["--out", page]
        with pytest.raises(SystemExit) as ended:
            commands.main([command, str(folder), *map(str, rest)])
        printed = capsys.readouterr()
        shown = page.read_text() if page.exists() else printed.out
        return ended.value.code, shown, printed.err

    return call


def check(call, folders, tmp_path, seeds):
    """Count the changes that are named; fail if one changes what is shown, or has a traceback."""
    folder, other = folders
    names = sorted(path.name for path in folder.iterdir())
    changed, found = tmp_path / "changed", Counter()
    shutil.copytree(folder, changed)
    expected = {command: call(command, changed)[:2] for command in ("predict", "report")}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        name, kind = names[seed % len(names)], KINDS[int(rng.integers(len(KINDS)))]
        mutate(changed / name, kind, rng, other)
        for command, (_, shown) in expected.items():
            status, now, fault = call(command, changed)
            assert "Traceback" not in fault
            if status == 0:
                assert now == shown, f"{command}: {name} was changed, and nobody noticed"
            else:
                assert (status, now) == (2, "")
                assert name in fault
                assert fault.count("\n") <= 2
            found["harmless" if status == 0 else "named", name if status == 0 else ""] += 1
        shutil.copy(folder / name, changed / name)
    assert {name for how, name in found if how == "harmless"} <= HARMLESS
    return found["named", ""]


@pytest.mark.slow
def test_some_changes(call, folders, tmp_path):
    assert check(call, folders, tmp_path, range(10)) >= 10


@pytest.mark.slow
def test_more_changes(call, folders, tmp_path):
    assert check(call, folders, tmp_path, range(100, 180)) >= 100

"""What several files of these tests begin with."""

import pytest


@pytest.fixture
def cut_off(tmp_path, monkeypatch):
    """The folder of a run that was cut off."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "runs" / "name"
    (folder / "checkpoints" / "12").mkdir(parents=True)
    return folder

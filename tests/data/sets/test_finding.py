import sys
from pathlib import Path

import pooch
import pytest

from jaxcnn.data.sets._download import find, find_or_install, roots


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    monkeypatch.delenv("JAXCNN_DATA", raising=False)
    return tmp_path / "cache" / "jaxcnn"


@pytest.mark.usefixtures("cache")
def test_the_given_folder_is_the_only_one(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXCNN_DATA", str(tmp_path / "env"))
    assert list(roots(tmp_path / "mine")) == [tmp_path / "mine"]
    assert list(roots("~/mine")) == [Path.home() / "mine"]


def test_the_environment_comes_before_the_cache(cache, tmp_path, monkeypatch):
    assert list(roots(None)) == [cache]
    monkeypatch.setenv("JAXCNN_DATA", str(tmp_path / "env"))
    assert list(roots(None)) == [tmp_path / "env", cache]
    (cache / "mnist").mkdir(parents=True)
    assert find("mnist", None) == cache / "mnist"
    (tmp_path / "env" / "mnist").mkdir(parents=True)
    assert find("mnist", None) == tmp_path / "env" / "mnist"
    assert find("mnist", tmp_path / "mine") is None


def test_a_found_folder_needs_no_pooch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    monkeypatch.setenv("JAXCNN_DATA", str(tmp_path))
    (tmp_path / "mnist").mkdir()
    assert find("mnist", None) == tmp_path / "mnist"
    with pytest.raises(ImportError, match=r"pip install 'jaxcnn\[experiments\]'"):
        find("cifar-10-batches-bin", None)


def test_every_place_is_listed(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("JAXCNN_DATA", str(tmp_path / "env"))
    with pytest.raises(FileNotFoundError) as error:
        find_or_install("MNIST", "mnist", None, fill=None)
    message = str(error.value)
    assert f"{tmp_path / 'env' / 'mnist'}\n" in message
    assert f"{cache / 'mnist'}\n" in message
    assert "JAXCNN_DATA" in message

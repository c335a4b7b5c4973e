import errno
import os
import socket
import sys
import time
from pathlib import Path

import pooch
import pytest
import requests

from jaxcnn.data import DownloadError
from jaxcnn.data.sets import _download
from jaxcnn.data.sets._download import Remote, fetch, find, find_or_install, install, roots

CONTENT = bytes(range(256)) * 1000


def test_the_published_file_is_fetched(tmp_path, server):
    path = fetch(server.publish("/a/set.bin", CONTENT), tmp_path)
    assert path == tmp_path / "set.bin"
    assert path.read_bytes() == CONTENT


def corrupted(server):
    remote = server.publish("/set.bin", CONTENT)
    server.pages["/set.bin"] = CONTENT[:-1] + b"?"  # the right size, the wrong hash
    return remote


def truncated(server):
    server.cut.add("/set.bin")
    return server.publish("/set.bin", CONTENT)


def stalled(server):
    server.stalled.add("/set.bin")
    return server.publish("/set.bin", CONTENT)


def missing(server):
    return Remote(f"{server.url}/set.bin", "0" * 32)


def refused(_):
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]
    return Remote(f"http://127.0.0.1:{port}/set.bin", "0" * 32)


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (corrupted, r"/set\.bin: expected the published file with md5"),
        (truncated, r"http\S+/set\.bin: expected a file to download, got .*Incomplete"),
        (stalled, r"http\S+/set\.bin: expected a file to download, got .*timed out"),
        (missing, r"http\S+/set\.bin: expected a file to download, got 404"),
        (refused, r"set\.bin: expected an answer, got ConnectionError \(is this machine conn"),
    ],
)
def test_a_failure_names_the_url_and_leaves_nothing(tmp_path, server, monkeypatch, case, message):
    monkeypatch.setattr(_download, "STALL_SECONDS", 0.2)
    remote = case(server)
    with pytest.raises(DownloadError, match=message):
        fetch(remote, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_name_server_that_never_answers_is_not_waited_for(tmp_path, monkeypatch):
    def silence(*_, **__):
        time.sleep(1)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", silence)
    monkeypatch.setattr(_download, "REACH_SECONDS", 0.2)
    start = time.monotonic()
    with pytest.raises(DownloadError, match=r"a\.test/b: expected an answer, got TimeoutError"):
        fetch(Remote("http://a.test/b", "0" * 32), tmp_path)
    assert time.monotonic() - start < 0.8


def test_a_machine_without_network_is_told_in_time():
    assert _download.REACH_SECONDS <= 5


def test_an_error_that_is_not_the_networks_is_told_as_itself(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise MemoryError("as it came")

    monkeypatch.setattr(requests, "head", broken)
    with pytest.raises(MemoryError, match="as it came"):
        fetch(Remote("http://a.test/b", "0" * 32), tmp_path)


def test_a_full_disk_is_told_and_cleaned(tmp_path, server, monkeypatch):
    remote = server.publish("/set.bin", CONTENT)
    download = pooch.HTTPDownloader.__call__

    def until_full(self, url, output_file, *args, **kwargs):
        download(self, url, output_file, *args, **kwargs)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", until_full)
    destination = tmp_path / "set"
    with pytest.raises(
        DownloadError, match=f"{destination}: expected a folder with space .* got No space left"
    ):
        install(destination, lambda folder: fetch(remote, folder))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(
        DownloadError, match=r"/file/set: expected a folder .* got File exists .choose another"
    ):
        install(tmp_path / "file" / "set", lambda _: None)


def test_an_installed_folder_appears_whole_or_not_at_all(tmp_path):
    destination = tmp_path / "deep" / "set"

    def stop_half_way(folder):
        (folder / "first").write_text("1")
        assert not destination.exists()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install(destination, stop_half_way)
    assert not list(destination.parent.iterdir())

    install(destination, lambda folder: (folder / "first").write_text("1"))
    assert (destination / "first").read_text() == "1"


def test_the_quicker_of_two_processes_wins(tmp_path):
    destination = tmp_path / "set"

    def slow(folder):
        (folder / "mine").write_text("1")
        install(destination, lambda other: (other / "theirs").write_text("2"))

    install(destination, slow)
    assert [path.name for path in destination.iterdir()] == ["theirs"]


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
    with pytest.raises(ImportError, match=r"'pooch': pip install pooch$"):
        find("cifar-10-batches-bin", None)


def test_every_place_is_listed(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("JAXCNN_DATA", str(tmp_path / "env"))
    with pytest.raises(FileNotFoundError) as error:
        find_or_install("MNIST", "mnist", None, fill=None)
    message = str(error.value)
    assert f"{tmp_path / 'env' / 'mnist'}\n" in message
    assert f"{cache / 'mnist'}\n" in message
    assert "JAXCNN_DATA" in message

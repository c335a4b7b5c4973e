"""`snapshot`: good, damaged and malicious answers of a hub, and the cache after each."""

import importlib
import json
import os
import pathlib
import time

import pytest
from hub_server import COMMIT

from jaxcnn.hub import HubError
from jaxcnn.hub._cache import snapshot
from jaxcnn.hub._repository import check_name

NAME = "timm/resnet18.a1_in1k"
FILES = {
    "config.json": b'{"architecture": "resnet18"}',
    "model.safetensors": bytes(range(256)) * 40,
}
WEIGHTS_PATH = f"/{NAME}/resolve/{COMMIT}/model.safetensors"
LIST_PATH = f"/api/models/{NAME}/revision/main"


@pytest.fixture
def hub(hub):
    hub.files = dict(FILES)
    return hub


def load(cache, revision=None, **options):
    with snapshot(NAME, revision, cache, **{"offline": False, **options}) as files:
        return files.commit, {path.name: path.read_bytes() for path in files.folder.iterdir()}


def content(folder):
    """All files of a cache that have something in them; locks have nothing."""
    found = (path for path in folder.rglob("*") if path.is_file() and "/." not in str(path))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.mark.thorough
def test_files_come_once(hub, tmp_path, capsys):
    assert load(tmp_path) == (COMMIT, FILES)
    assert capsys.readouterr().err == f"downloading {NAME}, 0.0 MB ...\n"
    assert hub.requests == ["config.json", "model.safetensors"]
    assert load(tmp_path) == load(tmp_path, COMMIT) == (COMMIT, FILES)
    assert len(hub.requests) == 2
    assert capsys.readouterr().err == ""


@pytest.mark.thorough
@pytest.mark.usefixtures("hub")
def test_cache_has_the_layout_of_huggingface_hub(tmp_path):
    import huggingface_hub

    load(tmp_path)
    found = huggingface_hub.try_to_load_from_cache(NAME, "model.safetensors", cache_dir=tmp_path)
    assert pathlib.Path(found).read_bytes() == FILES["model.safetensors"]
    assert not list(tmp_path.glob(".jaxcnn-*"))
    scanned = huggingface_hub.scan_cache_dir(tmp_path)
    assert [repo.repo_id for repo in scanned.repos] == [NAME]
    assert not scanned.warnings


def test_new_commit_is_downloaded_and_the_old_one_kept(hub, tmp_path):
    load(tmp_path)
    hub.commit = COMMIT[::-1]
    hub.files["config.json"] = b"{}"
    assert load(tmp_path) == (COMMIT[::-1], hub.files)
    assert load(tmp_path, COMMIT) == (COMMIT, FILES)


def test_offline_reads_the_cache_only(hub, tmp_path):
    with pytest.raises(HubError, match=r"nothing is downloaded offline.*once without offline=True"):
        load(tmp_path, offline=True)
    load(tmp_path)
    asked = len(hub.requests)
    hub.status = 500
    assert load(tmp_path, offline=True) == (COMMIT, FILES)
    assert len(hub.requests) == asked


@pytest.mark.usefixtures("hub")
def test_offline_by_environment(tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match=r"nothing is downloaded offline.* HF_HUB_OFFLINE=1 in the"):
        load(tmp_path)


def test_cache_is_used_with_a_warning_if_the_hub_is_down(hub, tmp_path):
    load(tmp_path)
    hub.status = 500
    with pytest.warns(UserWarning, match="from the cache is used"):
        assert load(tmp_path) == (COMMIT, FILES)


@pytest.mark.usefixtures("hub")
def test_damaged_file_in_the_cache(tmp_path):
    load(tmp_path)
    blob = next(path for path in tmp_path.rglob("blobs/*") if len(path.name) == 64)
    blob.write_bytes(b"damaged")
    with pytest.raises(HubError, match="in the cache is damaged; delete"):
        load(tmp_path)


def test_download_goes_on_where_the_connection_broke(hub, tmp_path):
    hub.cut_once = {"model.safetensors"}
    assert load(tmp_path) == (COMMIT, FILES)
    assert hub.requests.count("model.safetensors") == 2


def test_what_another_commit_has_is_not_downloaded_again(hub, tmp_path):
    load(tmp_path)
    hub.commit, hub.requests = COMMIT[::-1], []
    hub.files["config.json"] = b"{}"
    assert load(tmp_path) == (COMMIT[::-1], hub.files)
    assert hub.requests == ["config.json"]


@pytest.mark.parametrize(
    "headers",
    [
        {"ETag": '"../../../../../escaped"'},
        {"X-Linked-Etag": '"../../../../../escaped"'},
        {"ETag": f'"{"0" * 64}"'},
        {"X-Repo-Commit": "f" * 40},
        {"X-Repo-Commit": "../../escaped"},
    ],
)
def test_headers_of_files_decide_nothing(headers, hub, tmp_path):
    hub.headers = headers
    cache = tmp_path / "a/b/c/cache"
    assert load(cache) == load(cache, offline=True) == (COMMIT, FILES)
    assert {path.name for path in tmp_path.iterdir()} == {"a"}
    assert {path.parent.name for path in cache.rglob("config.json")} == {COMMIT}


@pytest.mark.usefixtures("hub")
def test_blob_that_is_a_link_itself(tmp_path):
    """As `hf_xet` stores blobs, under another checksum."""
    load(tmp_path)
    blob = next(path for path in tmp_path.rglob("blobs/*") if len(path.name) == 64)
    elsewhere = tmp_path / "blobs/ab" / ("ab" * 32)
    elsewhere.parent.mkdir(parents=True)
    blob.rename(elsewhere)
    blob.symlink_to(elsewhere)
    assert load(tmp_path) == load(tmp_path, offline=True) == (COMMIT, FILES)


@pytest.mark.usefixtures("hub")
def test_abandoned_downloads_are_removed(tmp_path):
    for name, age in ((".jaxcnn-old", 2 * 86_400), (".jaxcnn-new", 60)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    load(tmp_path)
    assert [path.name for path in tmp_path.glob(".jaxcnn-*")] == [".jaxcnn-new"]


def test_address_may_end_with_a_slash(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", f"{hub.url}/")
    assert load(tmp_path) == (COMMIT, FILES)


def cut(hub):
    hub.cut = {"model.safetensors"}


def other_content(hub):
    hub.sent = {"model.safetensors": FILES["model.safetensors"][::-1]}


def shorter_content(hub):
    hub.sent = {"model.safetensors": FILES["model.safetensors"][:-1]}


def other_config(hub):
    hub.sent = {"config.json": FILES["config.json"].replace(b"18", b"50")}


def loop_of_files(hub):
    hub.loops = {WEIGHTS_PATH}


def loop_of_lists(hub):
    hub.loops = {LIST_PATH}


def stall(hub):
    hub.stalled = {"model.safetensors"}
    constants = importlib.import_module("huggingface_hub.constants")
    constants.HF_HUB_DOWNLOAD_TIMEOUT = 0.2  # the fixture sets it back


def html(hub):
    hub.listing = b"<!doctype html><title>Log in to the network of this hotel</title>"


def no_list(hub):
    hub.listing = b'["a", "list"]'


def no_commit(hub):
    hub.listing = json.dumps({**hub.info(), "sha": "../../etc"}).encode()


def no_checksum(hub):
    info = hub.info()
    del info["siblings"][1]["lfs"], info["siblings"][1]["blobId"]
    hub.listing = json.dumps(info).encode()


def more_than_listed(hub):
    hub.sent = {"model.safetensors": FILES["model.safetensors"] * 2}


def odd_list(hub):
    hub.listing = json.dumps({**hub.info(), "siblings": [{"rfilename": 5}]}).encode()


def negative_size(hub):
    info = hub.info()
    info["siblings"][1]["size"] = -1
    hub.listing = json.dumps(info).encode()


def endless_size(hub):
    info = hub.info()
    info["siblings"][1]["size"] = 10**18
    hub.listing = json.dumps(info).encode()


def pickle_only(hub):
    hub.files = {"config.json": b"{}", "pytorch_model.bin": b"\x80\x04."}


def no_config(hub):
    del hub.files["config.json"]


def large_config(hub):
    hub.files["config.json"] = bytes(2**21)


def unlisted(hub):
    info = json.dumps(hub.info()).encode()
    del hub.files["model.safetensors"]
    hub.listing = info


def out_of_order(hub):
    hub.status = 500


def private(hub):
    hub.status = 401


FAULTS = {
    cut: "expected an answer from the hub",
    other_content: "expected model.safetensors with the checksum",
    shorter_content: "expected model.safetensors with the checksum",
    other_config: "expected config.json with the checksum",
    loop_of_files: "expected an answer from the hub",
    loop_of_lists: "expected an answer from the hub.*[Rr]edirect",
    stall: "expected an answer from the hub",
    html: "expected an answer from the hub.*JSON",
    no_list: "expected an answer from the hub",
    no_commit: "expected the hash of a commit from the hub, got '../../etc'",
    more_than_listed: "expected the 10,240 bytes that the hub lists, got more",
    odd_list: "without config.json and model.safetensors|expected an answer",
    negative_size: "expected a model.safetensors of at most .* bytes, got -1",
    endless_size: "expected a model.safetensors of at most .* bytes, got 10",
    no_checksum: "expected a checksum of model.safetensors",
    pickle_only: r"without model.safetensors \(it has pytorch_model.bin; such files can run code",
    no_config: "without config.json$",
    large_config: "expected a config.json of at most 1,048,576 bytes, got 2097152",
    unlisted: "expected an answer from the hub",
    out_of_order: "expected an answer from the hub.*500",
    private: r"or it is private \(https://.*search=timm/resnet18 lists the weights of resnet18",
}


UNREACHABLE = (loop_of_lists, html, no_list, out_of_order)
"""Faults for which an older commit in the cache is used."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_fault_is_an_error_and_leaves_the_cache_empty(fault, hub, tmp_path):
    fault(hub)
    with pytest.raises(HubError, match=FAULTS[fault]):
        load(tmp_path)
    assert content(tmp_path) == {}
    assert not list(tmp_path.glob(".jaxcnn-*"))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_fault_leaves_older_commits_unchanged(fault, hub, tmp_path):
    hub.commit = COMMIT[::-1]
    hub.files = {name: content[:20] for name, content in FILES.items()}
    load(tmp_path)
    before = content(tmp_path)
    hub.commit, hub.files = COMMIT, dict(FILES)
    fault(hub)
    if fault in UNREACHABLE:
        with pytest.warns(UserWarning, match="from the cache is used"):
            assert load(tmp_path)[0] == COMMIT[::-1]
    else:
        with pytest.raises(HubError, match=FAULTS[fault]):
            load(tmp_path)
    assert content(tmp_path) == before
    assert not list(tmp_path.glob(".jaxcnn-*"))


@pytest.mark.usefixtures("hub")
def test_unknown_revision(tmp_path):
    with pytest.raises(HubError, match="got the revision 'v2', which the hub does not have"):
        load(tmp_path, "v2")


@pytest.mark.usefixtures("hub")
def test_error_in_the_context_leaves_the_cache_unchanged(tmp_path):
    with (
        pytest.raises(ValueError, match="wrong shape"),
        snapshot(NAME, None, tmp_path, offline=False),
    ):
        raise ValueError("wrong shape")
    assert content(tmp_path) == {}


@pytest.mark.parametrize("name", ["", "resnet18", "a/b/c", "../etc", "timm/..", "/tmp/x", "a/b c"])
def test_wrong_name(name):
    pytest.importorskip("huggingface_hub")
    with pytest.raises(ValueError, match="name: expected a repository of the hub"):
        check_name(name, None)


@pytest.mark.parametrize("revision", ["../main", "a..b", "-x", "", "a b"])
def test_wrong_revision(revision):
    pytest.importorskip("huggingface_hub")
    with pytest.raises(ValueError, match="revision: expected a branch"):
        check_name(NAME, revision)


TAGS = r"{0} is a network of timm; its weights have a tag, as in timm/resnet18.a1_in1k"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("convnext_atto", TAGS.format("convnext_atto")),
        ("resnet18.a1_in1k", "did you mean 'timm/resnet18.a1_in1k'"),
        ("weights/resnet18.pth", r"a file that PyTorch pickled(?s:.*)load_torch_state_dict\(net"),
        ("resnet18.safetensors", r"jaxcnn.load_torch_state_dict\(net, "),
        ("a/b/c", "the path of a folder must be a Path"),
        ("~nobody", "the path of a folder must be a Path"),
    ],
)
def test_what_is_no_name_of_a_repository(name, hint):
    pytest.importorskip("huggingface_hub")
    with pytest.raises(ValueError, match=rf"name: expected a repository (?s:.*)\({hint}"):
        check_name(name, None)


def test_a_network_without_a_tag_and_a_folder(hub, tmp_path, monkeypatch):
    hub.status = 401
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine/resnet18").mkdir(parents=True)
    for name, hint in (
        ("timm/resnet18", TAGS.format("resnet18")),
        ("mine/resnet18", r"for the folder of this name, pass Path\('mine/resnet18'\)"),
        ("mine/another", "private ones need"),
    ):
        with (
            pytest.raises(HubError, match=rf"{name}: the hub has no such .* private \({hint}"),
            snapshot(name, None, tmp_path / "cache", offline=False),
        ):
            pass

"""`jaxcnn push`, and the commands that take an address of the hub in place of a folder."""

import json
import shutil

import pytest
from hub_uploads import TOKEN
from small_run import network as network
from small_run import pictures as pictures
from small_run import run as run

import jaxcnn
from jaxcnn import commands

pytest.importorskip("huggingface_hub")
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

NAME, ADDRESS = "user/pets", "hf://user/pets"


@pytest.fixture
def command(capsys, monkeypatch, tmp_path):
    """Calls `jaxcnn`: exit status, standard output, standard error."""
    for name in ("_predict", "_validate"):
        monkeypatch.setattr(f"jaxcnn.commands.{name}.keep_programs", lambda _: None)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        with pytest.raises(SystemExit) as exit_:
            commands.main([*map(str, arguments)])
        printed = capsys.readouterr()
        return exit_.value.code, printed.out, printed.err

    return call


def test_push_and_predict_from_there(command, hub, run, pictures):
    status, out, _ = command("push", run, NAME, "--license", "mit", "--private")
    assert (status, hub.uploads.private) == (0, {NAME: True})
    assert out.startswith(f"{ADDRESS}: ")
    assert hub.url in out
    photo = pictures / "photo.jpg"
    expected = command("predict", run, photo, "--json")[1]
    status, found, err = command("predict", ADDRESS, photo, "--json")
    assert (status, json.loads(found)) == (0, json.loads(expected))
    assert err == f"downloading {NAME}, 0.0 MB ...\n"
    assert command("predict", f"{ADDRESS}@{hub.commit}", photo, "--json") == (0, found, "")


@pytest.mark.thorough
@pytest.mark.usefixtures("hub")
def test_other_commands_take_an_address(command, run, pictures, tmp_path):
    command("push", run, NAME, "--license", "mit")
    for name in ("cat", "dog"):
        (tmp_path / f"pets/{name}").mkdir(parents=True)
        shutil.copy(pictures / "photo.jpg", tmp_path / f"pets/{name}")
    found = [command("validate", each, tmp_path / "pets", "--json") for each in (run, ADDRESS)]
    assert found[0][:2] == found[1][:2]
    assert json.loads(found[1][1])["examples"] == 2
    status, out, _ = command("export", ADDRESS)
    assert (status, out.partition(":")[0]) == (0, "network.onnx")
    status, out, _ = command("summary", ADDRESS)
    assert (status, out) == (0, command("summary", run)[1])
    status, _, err = command("report", ADDRESS)
    assert status == 2
    assert f"got '{ADDRESS}' (jaxcnn.load('{ADDRESS}').save(folder) makes one)" in err
    status, _, err = command("predict", f"{ADDRESS}@v9", pictures / "photo.jpg")
    assert status == 2
    assert err.startswith(f"HubError: {NAME}: expected a branch, a tag or a commit")


def test_a_dry_run_sends_nothing(command, hub, run, tmp_path):
    out = tmp_path / "sent"
    arguments = ("push", run, NAME, "--license", "cc-by-4.0", "--dry-run", "--out", out)
    status, printed, err = command(*arguments, "--branch", "v2")
    assert (status, err, hub.uploads.steps) == (0, "", [])
    first, *files, last = printed.splitlines()
    assert first == f"Would be sent to {NAME}, branch v2, from {out}:"
    assert [line.split()[0] for line in files] == ["README.md", "config.json", "model.safetensors"]
    assert jaxcnn.pretrained(out).class_names == jaxcnn.load(run).class_names
    assert last == f"To try it as others will: jaxcnn predict {out} PICTURE"
    status, _, err = command(*arguments)
    assert status == 2
    assert "got one with files (--overwrite replaces those of an earlier dry run, --out" in err
    (out / "README.md").write_text("old")
    assert command(*arguments, "--overwrite")[0] == 0
    assert "license: cc-by-4.0" in (out / "README.md").read_text()
    (out / "mine.txt").touch()
    status, _, err = command(*arguments, "--overwrite")
    assert status == 2
    assert "got one with mine.txt" in err


def test_commands_take_the_folder_of_a_dry_run(command, run, pictures, tmp_path):
    out = tmp_path / "sent"
    command("push", run, NAME, "--license", "mit", "--dry-run", "--out", out)
    for arguments in (("predict", pictures / "photo.jpg", "--json"), ("summary",)):
        name, *others = arguments
        assert command(name, out, *others) == command(name, run, *others)
    status, _, err = command("report", out)
    assert status == 2
    assert f"got none (these are files for a hub; jaxcnn.load('{out}').save(folder) makes" in err
    (out / "config.json").write_text('{"library_name": "jaxcnn"}')
    status, _, err = command("predict", out, pictures / "photo.jpg")
    assert status == 2
    assert err.startswith(f"ValueError: {out}: config.json: format_version: expected 1, got none")


def test_a_license_that_is_misspelled_is_a_warning(command, hub, run, tmp_path):
    out = tmp_path / "sent"
    with pytest.warns(UserWarning, match=r"'mitt', which the hub may refuse \(did you mean mit\?"):
        status, *_ = command("push", run, ADDRESS, "--license", "mitt", "--dry-run", "--out", out)
    assert (status, hub.uploads.steps) == (0, [])


def test_what_push_refuses(command, hub, run, tmp_path, monkeypatch):
    for arguments, expected in (
        ([run, NAME], "--license: expected the license of the weights, such as apache-2.0, mit"),
        ([run, NAME, "--license", "MIT"], "--license: expected the hub's identifier"),
        ([run, "pets", "--license", "mit"], "NAME: expected user/name, such as you/digits, got"),
        ([run, f"https://huggingface.co/{NAME}", "--license", "mit"], f"did you mean {NAME}?"),
        ([run, f"{ADDRESS}@v2", "--license", "mit"], f"NAME: expected {NAME} without a revision"),
        ([run, NAME, "--license", "mit", "--branch", "my branch"], "--branch: expected a branch"),
        ([run, NAME, "--license", "mit", "--dry-run", "--branch", "a b"], "--branch: expected the"),
        ([run, NAME, "--license", "mit", "--overwrite"], "--overwrite: expected it only with"),
        ([run, NAME, "--license", "mit", "--branch", "-"], "--branch: expected a branch"),
        ([run, NAME, "--license", "mit", "--out", "x"], "--out: expected none without --dry-run"),
        ([tmp_path / "none", NAME, "--license", "mit"], "expected a saved network, got none"),
    ):
        status, _, err = command("push", *arguments)
        assert status == 2
        assert expected in err
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", "/nowhere/token")
    status, _, err = command("push", run, NAME, "--license", "mit")
    assert (status, TOKEN in err) == (2, False)
    assert "hf auth login" in err
    assert hub.uploads.steps == []


def test_a_terminal_is_asked_for_the_license(command, hub, run, monkeypatch):
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("jaxcnn.commands._push.is_terminal", lambda: True)
    status, _, err = command("push", run, NAME)
    assert status == 0
    assert err.startswith("The license of the weights, such as apache-2.0, mit")
    assert b"license: mit" in hub.files["README.md"]


class Terminal:
    """Somebody who types."""

    def readline(self):
        return "mit\n"

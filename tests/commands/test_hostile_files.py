"""Files that somebody made to do harm: each command ends with a list or a line, and a status."""

import dataclasses
import json
import os
import shutil
import struct
import zlib

import numpy as np
import pytest
import saved_runs
from PIL import Image

import jaxcnn
from jaxcnn import commands
from jaxcnn.data.pictures import _decode


@pytest.fixture(autouse=True)
def no_cache(monkeypatch):
    monkeypatch.setattr("jaxcnn.commands._predict.keep_programs", lambda _: None)


@pytest.fixture
def call(capfd):
    def call(*arguments):
        with pytest.raises(SystemExit) as exit_:
            commands.main([*map(str, arguments)])
        printed = capfd.readouterr()
        return exit_.value.code, printed.out, printed.err

    return call


def is_harmless(text):
    return text.replace("\n", "").isprintable()


def png(width, height, rows=b""):
    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    content = chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + header + content + chunk(b"IEND", b"")


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """A folder of a dozen hostile files, and two good ones."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("good.png", "another.jpg"):
        Image.new("L", (5, 5), 100).save(folder / name)
    good = (folder / "good.png").read_bytes()
    monkeypatch.setattr(_decode, "MAX_BYTES", 10_000_000)
    files = {
        "bomb.png": png(9_000, 9_000, bytes(10_000_000)),
        "huge.png": png(2**31 - 1, 2**31 - 1),
        "long.png": png(1, 89_478_486),
        "bmp.bmp": b"BM"
        + struct.pack("<IHHIIiiHHIIiiII", 70, 0, 0, 54, 40, 2**31 - 1, -(2**31), 1, 24, *[0] * 6),
        "truncated.png": good[:-20],
        "empty.jpg": b"",
        "text.jpg": b"<svg onload=alert(1)>",
        "pickle.webp": b"\x80\x04.",
        "zip.png": b"PK\x03\x04",
        "\x1b[2J\nspoof.png": b"\x1b]0;title\x07",
        "many.jpg": b"\xff\xd8\xff" + b"\xff\xd8" * 1000,
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with (folder / "large.bmp").open("wb") as file:
        file.truncate(10_000_001)
    monkeypatch.setattr(
        "jaxcnn.data.pictures._decode.read_limited", _unreadable(_decode.read_limited)
    )
    (folder / "unreadable.png").write_bytes(good)
    os.mkfifo(folder / "pipe.png")
    (folder / "device.png").symlink_to("/dev/zero")
    (folder / "circle.png").symlink_to("circle.png")
    (folder / "lost.png").symlink_to("nowhere")
    return folder


def _unreadable(read):
    """Refuses one file, as the system does for all users but root."""

    def refusing(path, max_bytes):
        if "unreadable" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return read(path, max_bytes)

    return refusing


@pytest.mark.thorough
@pytest.mark.skipif(os.name != "posix", reason="pipes and devices of POSIX")
def test_a_folder_of_hostile_pictures(call, hostile, tmp_path):
    saved_runs.run().save(tmp_path / "run")
    status, out, err = call("predict", tmp_path / "run", hostile)
    assert status == 1
    assert is_harmless(out + err)
    assert [line.split()[0] for line in out.splitlines()[1:]] == [
        str(hostile / name) for name in ("another.jpg", "good.png")
    ]
    failed, total = err.splitlines()[:-1], err.splitlines()[-1]
    assert total == "17 of 19 image files could not be read"
    assert len(failed) == 17
    assert all(line.startswith(str(hostile)) for line in failed)
    for name, reason in {
        "huge.png": "expected at most max_pixels=89478485, got 2147483647×2147483647",
        "long.png": "expected at most max_pixels=89478485, got 1×89478486",
        "large.bmp": "expected at most 10,000,000 bytes, got more",
        "empty.jpg": "expected an image, got an empty file",
        "unreadable.png": "Permission denied",
        "\\x1b[2J\\nspoof.png": "expected a JPEG, PNG, WebP, BMP, GIF, TIFF or HEIC image",
        "pipe.png": "expected a regular file, got a pipe or a device",
        "device.png": "expected a regular file, got a pipe or a device",
        "circle.png": "",
        "lost.png": "No such file or directory",
    }.items():
        assert any(line.startswith(f"{hostile / name}: {reason}") for line in failed), name


@pytest.mark.thorough
@pytest.mark.skipif(os.name != "posix", reason="pipes and devices of POSIX")
@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_hostile_pictures_that_are_named_one_by_one(call, hostile, tmp_path, form):
    saved_runs.run().save(tmp_path / "run")
    status, out, err = call("predict", tmp_path / "run", *sorted(hostile.iterdir()), form)
    assert status == 1
    assert is_harmless(out + err)
    assert err.splitlines()[-1] == "17 of 19 image files could not be read"
    for name in ("pipe.png", "device.png"):
        assert f"{hostile / name}: expected a regular file, got a pipe or a device" in err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[" * 100_000, "expected at most 32 nested containers"),
        (b'{"version": \xff}', "expected text in UTF-8, got byte 0xff at 12"),
        (b'{"version": "\x1b"}', "expected JSON"),
        (b'{"version": 1, "architecture": {"type": "\\u001b[2J"}}', "expected the name of a layer"),
    ],
)
def test_an_architecture_from_anyone(call, tmp_path, content, message):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    status, out, err = call("summary", path, "--input-shape", "8", "8", "1")
    assert (status, out) == (2, "")
    assert f"{path}: " in err
    assert message in err
    assert is_harmless(err)


def test_names_of_layers_in_a_summary(call, tmp_path):
    text = jaxcnn.architecture.to_json(jaxcnn.Sequential([jaxcnn.Dense(3, name="dense")]))
    content = json.loads(text)
    content["architecture"]["layers"][0]["name"] = "\x1b[2J"
    (tmp_path / "x.json").write_text(json.dumps(content))
    for option in ((), ("--markdown",), ("--json",)):
        _, out, err = call("summary", tmp_path / "x.json", "--input-shape", "4", *option)
        assert is_harmless(out + err)


NAMES = ("</script><script>alert(1)</script>", '" onload="alert(1)', "../../\x1b[2J")


@pytest.mark.slow
def test_the_page_of_a_run_with_hostile_names(call, tmp_path, monkeypatch):
    monkeypatch.setattr(saved_runs, "NAMES", NAMES)
    settings = {"model": NAMES[0], NAMES[1]: NAMES[2], "augmentation": {NAMES[0]: NAMES[1]}}
    hostile = dataclasses.replace(saved_runs.run(), settings=settings)
    folder = hostile.save(tmp_path / "run")
    before = sorted(path.name for path in tmp_path.iterdir())
    status, out, err = call("report", folder)
    assert status == 0, err
    assert is_harmless(out + err)
    page = next(folder.glob("*.html")).read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "</script><script" not in page
    assert '" onload="' not in page
    assert is_harmless(page)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert call("verify", folder)[0] == 0


@pytest.mark.thorough
@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
@pytest.mark.parametrize(
    "name",
    [
        *("network.json", "weights.safetensors", "manifest.json", "status.json", "result.json"),
        *("checkpoints", "checkpoints/5/arrays", "log.jsonl"),
    ],
)
def test_links_out_of_a_run(call, tmp_path, name):
    folder = saved_runs.run().save(tmp_path / "run")
    outside = tmp_path / "outside"
    if (folder / name).exists():
        shutil.move(folder / name, outside)
    else:
        outside.write_text("{}")
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).symlink_to(outside)
    for command, *more in (["report"], ["summary"], ["predict", "a.png"]):
        status, _, err = call(command, folder, *more)
        assert status == 2
        assert f"{folder / name}: expected a file of the folder, got a link that leads out" in err
    with pytest.raises(ValueError, match=f"{name}: expected a file of the folder, got a link"):
        jaxcnn.load(folder)
    status, out, _ = call("verify", folder)
    assert status == 1
    assert "got a link that leads out of it" in out


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_links_of_a_folder_without_a_run_are_not_looked_at(call, tmp_path):
    (tmp_path / "python").symlink_to("/usr/bin")
    for command in ("report", "verify"):
        status, _, err = call(command, tmp_path)
        assert status == 2
        assert "expected a saved network, got none" in err


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_links_out_of_a_folder_of_checkpoints(call, tmp_path):
    (tmp_path / "5" / "arrays").mkdir(parents=True)
    (tmp_path / "5" / "more").symlink_to("/etc")
    status, out, _ = call("verify", tmp_path)
    assert status == 1
    assert "Differs: 5/more." in out


def test_links_within_a_run_are_good(tmp_path):
    folder = saved_runs.run().save(tmp_path / "run")
    (folder / "config.json").rename(folder / "settings.json")
    (folder / "config.json").symlink_to("settings.json")
    np.testing.assert_equal(jaxcnn.load(folder).settings["model"], "small")

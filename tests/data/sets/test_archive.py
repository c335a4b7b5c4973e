import errno
import shutil
import tarfile

import pytest
from published import tar_gz

from jaxcnn.data import DataError
from jaxcnn.data.sets._download import unpack

SIZES = {"set/test.bin": 5000, "set/names.txt": None}
CONTENT = bytes(range(250)) * 20
GOOD = [("set/test.bin", CONTENT), ("set/names.txt", b"cat")]


def info(name, kind=tarfile.REGTYPE, size=0, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.size, member.linkname = kind, size, target
    return member


def try_to_unpack(tmp_path, content):
    """Unpack in a folder with a neighbor, and return all files that there are then."""
    archive, folder = tmp_path / "set.tar.gz", tmp_path / "inner" / "folder"
    archive.write_bytes(content)
    folder.mkdir(parents=True)
    try:
        unpack(archive, folder, SIZES)
    finally:
        outside = {path for path in tmp_path.rglob("*") if folder not in (path, *path.parents)}
        assert outside == {archive, folder.parent}
        assert not any(path.is_symlink() for path in folder.iterdir())
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("extra", [[], [("readme.html", b"hello"), (info("set", b"5"), b"")]])
def test_only_the_wanted_files_are_taken(tmp_path, extra):
    assert try_to_unpack(tmp_path, tar_gz(extra + GOOD)) == {
        "test.bin": CONTENT,
        "names.txt": b"cat",
    }


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([*GOOD, ("../evil.txt", b"x")], r"\.\./evil\.txt: expected a path inside the archive"),
        ([*GOOD, ("set/../../evil.txt", b"x")], "expected a path inside the archive"),
        ([*GOOD, ("/tmp/evil.txt", b"x")], "expected a path inside the archive"),
        (
            [(info("set/test.bin", tarfile.SYMTYPE, target="/etc/passwd"), b"")],
            "expected a file or a folder",
        ),
        (
            [(info("set/test.bin", tarfile.LNKTYPE, target="../secret"), b"")],
            "expected a file or a folder",
        ),
        ([*GOOD, (info("extra", tarfile.SYMTYPE, target="/"), b"")], "a file or a folder"),
        ([(info("set/test.bin", tarfile.CHRTYPE), b"")], "a file or a folder"),
        ([(info("set/test.bin", tarfile.FIFOTYPE), b"")], "a file or a folder"),
        ([(info("set/test.bin", tarfile.DIRTYPE), b"")], "expected 5000 bytes, got 0"),
        ([*GOOD, GOOD[0]], r"expected set/test\.bin once, got it twice"),
        ([("set/test.bin", CONTENT[:-1])], "expected 5000 bytes, got 4999"),
        ([("set/test.bin", CONTENT + b"x")], "expected 5000 bytes, got 5001"),
        ([("set/names.txt", b"x" * 100_000)], "is this the right archive"),
        ([(f"set/{i}", b"") for i in range(200)], "expected at most 100 members"),
        ([GOOD[0]], r"expected set/names\.txt, got none .is this the right archive"),
        ([], r"expected set/test\.bin, set/names\.txt, got none"),
    ],
)
def test_a_hostile_or_wrong_archive_is_refused(tmp_path, members, message):
    with pytest.raises(DataError, match=message):
        try_to_unpack(tmp_path, tar_gz(members))


def test_a_bomb_of_zeros_is_refused_by_its_header(tmp_path):
    with pytest.raises(DataError, match="right archive"):
        try_to_unpack(tmp_path, tar_gz([(info("set/zeros", size=1 << 40), b"")]))


@pytest.mark.parametrize("part", [0.0, 0.01, 0.1, 0.5, 0.9])
def test_a_truncated_archive_is_refused(tmp_path, part):
    content = tar_gz(GOOD)
    with pytest.raises(DataError, match=r"damaged one|got none"):
        try_to_unpack(tmp_path, content[: int(part * len(content))])


@pytest.mark.parametrize("content", [b"<html>please log in</html>", b"\x1f\x8b" + b"\xff" * 1000])
def test_what_is_no_archive_is_refused(tmp_path, content):
    with pytest.raises(DataError, match=r"set\.tar\.gz: expected an archive, got a damaged one"):
        try_to_unpack(tmp_path, content)


def test_a_full_disk_is_not_taken_for_a_damaged_archive(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space left") as caught:
        try_to_unpack(tmp_path, tar_gz(GOOD))
    assert caught.value.errno == errno.ENOSPC


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_names_and_comments_without_end_are_refused(tmp_path, kind):
    endless = (info("name", kind, size=8_000_000), bytes(8_000_000))
    with pytest.raises(DataError, match=r"set\.tar\.gz: .*it has more than the published files"):
        try_to_unpack(tmp_path, tar_gz([endless, *GOOD]))

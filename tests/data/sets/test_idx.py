import gzip
import tracemalloc

import numpy as np
import pytest
from published import idx_file

from jaxcnn.data import DataError
from jaxcnn.data.sets._mnist import read_idx

ARRAY = np.arange(2 * 3 * 4).reshape(2, 3, 4)
PLAIN = idx_file(ARRAY)
# Without the time of day, by which two test processes would name their cases differently.
ZIPPED = gzip.compress(PLAIN, mtime=0)


@pytest.mark.parametrize(("name", "content"), [("a", PLAIN), ("a.gz", ZIPPED)])
def test_the_array_comes_back(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    np.testing.assert_array_equal(read_idx(tmp_path / name, ARRAY.shape), ARRAY)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a", b"", "expected the header"),
        ("a", b"\0\0\x0d" + PLAIN[3:], "expected the header"),  # an array of floats
        ("a", idx_file(ARRAY[:1]), "expected the header"),  # other sizes
        ("a", PLAIN[:-1], "expected 24 bytes after the header, got only 23"),
        ("a", PLAIN + b"\0", "expected 24 bytes after the header, got more"),
        ("a.gz", PLAIN, "damaged gzip file"),
        ("a.gz", ZIPPED[:-9], "damaged gzip file"),
        ("a.gz", ZIPPED[:10] + b"\xff" + ZIPPED[11:], "damaged gzip file"),
        (
            "a.gz",
            gzip.compress(PLAIN[:-1] + b"\xff", mtime=0)[:-8] + ZIPPED[-8:],
            "damaged gzip file",
        ),
        ("a.gz", b"", "expected the header"),
    ],
)
def test_any_other_file_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=f"{name}: {message}"):
        read_idx(tmp_path / name, ARRAY.shape)


def test_a_gzip_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(PLAIN + bytes(1 << 26)))
    tracemalloc.start()
    with pytest.raises(DataError, match="got more"):
        read_idx(path, ARRAY.shape)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 22

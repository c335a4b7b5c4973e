"""A damaged cache of decoded images is noticed, and the files are decoded again."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from jaxcnn.data import ImageFiles
from jaxcnn.data.pictures._image_cache import Decoded, read_cache, write_cache

SHAPE = (6, 8, 3)


@pytest.fixture
def files(tmp_path):
    """Five files of one color each."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    paths = [folder / f"{i}.png" for i in range(5)]
    for i, path in enumerate(paths):
        Image.new("RGB", (8, 6), (i, 100 + i, 200 + i)).save(path)
    return ImageFiles(paths, np.arange(5) % 3, ["a", "b", "c"], SHAPE)


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[-100 if path.suffix == ".npy" else 12] ^= 1
    path.write_bytes(content)


def put_zeros_at_the_end(path):
    path.write_bytes(path.read_bytes()[:-60] + bytes(60))


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def empty(path):
    path.write_bytes(b"")


def fill_with_zeros(path):
    path.write_bytes(bytes(len(path.read_bytes())))


def change_the_shape(path):
    np.save(path, np.zeros((5, 1, 1, 3), np.uint8))


def store_columns_first(path):
    """The same bytes of the same shape, in another order."""
    images = np.load(path)
    np.save(path, images.reshape(-1).reshape(images.shape, order="F"))


def break_the_header(path):
    path.write_bytes(path.read_bytes().replace(b"(5, ", b"(5)("))


def become_another(path):
    """Take the place of the cache of other files of the same shape."""
    other = path.with_stem("other")
    write_cache(other.with_suffix(".npy"), Decoded(np.ones((5, *SHAPE), np.uint8), {}))
    os.replace(other, path)


def swap_both(path):
    become_another(path)
    become_another(path.with_suffix(".json"))


def forget_the_checksum(path):
    path.write_text("{}")


def hold(content):
    return lambda path: path.write_text(json.dumps(content))


BOTH = (flip_a_bit, put_zeros_at_the_end, cut, empty, fill_with_zeros, become_another)
OF_IMAGES = (change_the_shape, store_columns_first, break_the_header, swap_both)
OF_TEXT = (
    *(os.remove, forget_the_checksum, hold([]), hold({"crc32": None, "errors": []})),
    *(hold({"errors": {"x": 1}}), hold({"errors": {"99": "x"}}), hold({"crc32": 1, "errors": {}})),
)


@pytest.mark.parametrize(
    ("suffix", "harm"),
    [
        *((".npy", harm) for harm in (*BOTH, *OF_IMAGES)),
        *((".json", harm) for harm in (*BOTH, *OF_TEXT)),
    ],
)
def test_damage_is_named_and_mended(files, suffix, harm, tmp_path, decoded_paths):
    images = files.load(cache=tmp_path / "cache").images.copy()
    (path,) = (tmp_path / "cache").glob(f"*{suffix}")
    harm(path)
    message = rf"{path.stem}\.npy: expected the decoded images that were cached, got damaged ones"
    with pytest.warns(UserWarning, match=message):
        np.testing.assert_array_equal(files.load(cache=tmp_path / "cache").images, images)
    np.testing.assert_array_equal(files.load(cache=tmp_path / "cache").images, images)
    assert len(decoded_paths) == 10


def test_a_cache_whose_writing_was_cut_off_is_no_damage(files, tmp_path, decoded_paths):
    files.load(cache=tmp_path)
    (path,) = tmp_path.glob("*.npy")
    path.unlink()
    for _ in range(2):
        files.load(cache=tmp_path)
    assert len(decoded_paths) == 10


def test_an_index_that_is_not_of_a_file_is_damage(tmp_path):
    path = tmp_path / "cache.npy"
    for errors in ({-1: "x"}, {5: "x"}):
        write_cache(path, Decoded(np.zeros((4, *SHAPE), np.uint8), errors))
        with pytest.warns(UserWarning, match="their shape differs"):
            assert read_cache(path, 5, SHAPE) is None


def test_a_bit_of_the_number_of_a_skipped_file_is_noticed(tmp_path):
    path = tmp_path / "cache.npy"
    write_cache(path, Decoded(np.zeros((4, *SHAPE), np.uint8), {3: "x"}))
    found = read_cache(path, 5, SHAPE)
    assert found is not None
    assert found.errors == {3: "x"}
    text = path.with_suffix(".json")
    text.write_text(text.read_text().replace('"3"', '"2"'))
    with pytest.warns(UserWarning, match="their checksum differs"):
        assert read_cache(path, 5, SHAPE) is None

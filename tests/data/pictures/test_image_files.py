import json
import os
import warnings
from unittest.mock import ANY

import numpy as np
import pytest
from PIL import Image

from jaxcnn.data import DataError, FileSplits, ImageFiles
from jaxcnn.data.pictures import _decode_all, _load_image
from jaxcnn.data.pictures._file_splits import read_splits

SHAPE = (6, 8, 3)


@pytest.fixture
def files(tmp_path):
    """Eleven files of one color each, of mixed sizes."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    paths = []
    for i in range(11):
        paths.append(folder / f"{i}.png")
        Image.new("RGB", (5 + i, 20 - i), (i, 100 + i, 200 + i)).save(paths[-1])
    return ImageFiles(paths, np.arange(11) % 3, ["a", "b", "c"], SHAPE, "colors")


def colors(dataset):
    assert (dataset.images == dataset.images[:, :1, :1]).all()
    return dataset.images[:, 0, 0, 0].tolist()


def damage(files, *places):
    for place in places:
        with open(files.paths[place], "wb") as file:
            file.write(b"no picture")


def test_what_files_tell(files):
    assert len(files) == 11
    assert files.input_shape == SHAPE
    assert files.num_classes == 3
    assert files.class_counts.tolist() == [4, 4, 3]
    assert files.labels.dtype == np.int32
    assert repr(files) == "ImageFiles('colors': 11 files as (6, 8, 3), 3 classes)"


def test_reading_some(files):
    images = files.read([3, 0, 3])
    assert images.shape == (3, *SHAPE)
    assert images.dtype == np.uint8
    assert images[:, 2, 2].tolist() == [[3, 103, 203], [0, 100, 200], [3, 103, 203]]
    image, label = files[4]
    assert (image == (4, 104, 204)).all()
    assert label == 1


@pytest.mark.parametrize("indices", [[4, 0], np.arange(11) % 5 == 1])
def test_a_subset_keeps_the_rest(files, indices):
    subset = files.subset(indices)
    expected = np.arange(11)[indices]
    assert [int(os.path.basename(path)[:-4]) for path in subset.paths] == expected.tolist()
    assert subset.labels.tolist() == (expected % 3).tolist()
    assert (subset.class_names, subset.input_shape, subset.name, subset.max_pixels) == (
        files.class_names,
        files.input_shape,
        files.name,
        files.max_pixels,
    )


@pytest.mark.parametrize("threads", [None, 1, 3])
def test_loading_all(files, threads, monkeypatch):
    monkeypatch.setattr(_decode_all, "CHUNK", 2)
    data = files.load(cache=False, threads=threads)
    assert colors(data) == list(range(11))
    assert data.images.dtype == np.uint8
    np.testing.assert_array_equal(data.labels, files.labels)
    assert (data.class_names, data.name) == (files.class_names, files.name)


def test_gray(files):
    gray = ImageFiles(files.paths, files.labels, files.class_names, (6, 8, 1)).load(cache=False)
    expected = [0.299 * i + 0.587 * (100 + i) + 0.114 * (200 + i) for i in range(11)]
    np.testing.assert_allclose(colors(gray), expected, atol=0.51)


def test_the_second_time_nothing_is_decoded(files, decoded_paths, tmp_path):
    first = files.load(cache=tmp_path / "cache")
    assert len(decoded_paths) == 11
    second = files.load(cache=tmp_path / "cache")
    assert len(decoded_paths) == 11
    np.testing.assert_array_equal(second.images, first.images)
    assert isinstance(second.images.base.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        second.images[:] = 0
    assert {path.suffix for path in (tmp_path / "cache").iterdir()} == {".npy", ".json"}


def test_the_cache_is_where_published_sets_are(files, tmp_path, monkeypatch):
    monkeypatch.setenv("JAXCNN_DATA", str(tmp_path / "data"))
    files.load()
    assert len(list((tmp_path / "data" / "images").glob("*.npy"))) == 1


def test_a_set_may_be_moved(files, decoded_paths, tmp_path):
    files.load(cache=tmp_path)
    (tmp_path / "pictures").rename(tmp_path / "moved")
    moved = [path.replace("pictures", "moved") for path in files.paths]
    ImageFiles(moved, files.labels, files.class_names, SHAPE).load(cache=tmp_path)
    assert len(decoded_paths) == 11


def change_time(files):
    stat = os.stat(files.paths[5])
    os.utime(files.paths[5], ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    return files


def change_content(files):
    stat = os.stat(files.paths[5])
    Image.new("RGB", (99, 99)).save(files.paths[5])
    os.utime(files.paths[5], ns=(stat.st_atime_ns, stat.st_mtime_ns))
    return files


def change_name(files):
    os.rename(files.paths[5], files.paths[5] + "x")
    paths = (*files.paths[:5], files.paths[5] + "x", *files.paths[6:])
    return ImageFiles(paths, files.labels, files.class_names, SHAPE)


def change_shape(files):
    return ImageFiles(files.paths, files.labels, files.class_names, (8, 6, 3))


@pytest.mark.parametrize("change", [change_time, change_content, change_name, change_shape])
def test_what_changes_is_decoded_again(files, change, decoded_paths, tmp_path):
    files.load(cache=tmp_path)
    changed = change(files)
    cached = changed.load(cache=tmp_path)
    assert len(decoded_paths) == 22
    np.testing.assert_array_equal(cached.images, changed.load(cache=False).images)


def test_a_cache_is_written_whole_or_not_at_all(files, tmp_path, monkeypatch):
    def half(file, _images):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", half)
    with pytest.warns(UserWarning, match="could not cache the decoded images .*No space left"):
        assert colors(files.load(cache=tmp_path / "cache")) == list(range(11))
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".json"]


def test_a_cache_that_is_no_folder_is_told(files, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.warns(UserWarning, match="could not cache the decoded images"):
        files.load(cache=tmp_path / "file")


@pytest.mark.parametrize("threads", [1, 2])
def test_a_broken_file_is_named(files, threads, tmp_path):
    damage(files, 7)
    message = r"7\.png: expected a JPEG, .* \(pass on_error='skip' to skip such"
    with pytest.raises(DataError, match=message):
        files.load(cache=tmp_path / "cache", threads=threads)
    assert not (tmp_path / "cache").exists()
    with pytest.raises(DataError, match=r"7\.png: "):
        files.read([0, 7])


def test_broken_files_are_skipped_with_a_count(files, tmp_path, decoded_paths):
    damage(files, 1, 2, 5, 7)
    for _ in range(2):  # the second time from the cache
        with pytest.warns(UserWarning, match=r"skipped 4 of 11 files .*\n.*1\.png: ex") as warned:
            data = files.load(cache=tmp_path, on_error="skip")
        assert "and 1 more" in str(warned[0].message)
        assert colors(data) == [0, 3, 4, 6, 8, 9, 10]
        assert data.labels.tolist() == [i % 3 for i in colors(data)]
        assert data.paths == tuple(files.paths[i] for i in colors(data))
        assert data.subset(data.labels == 2).paths == (files.paths[8],)
    assert len(decoded_paths) == 11
    with pytest.raises(DataError, match=r"1\.png"):
        files.load(cache=tmp_path)


def test_a_file_that_could_not_be_read_is_tried_again(files, tmp_path, monkeypatch):
    decode = _load_image.decode

    def refuse_one(path, **options):
        if path == files.paths[3]:
            raise PermissionError(13, "Permission denied", path)
        return decode(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(_load_image, "decode", refuse_one)
        with pytest.raises(PermissionError, match=r"3\.png"):
            files.load(cache=tmp_path)
        with pytest.warns(UserWarning, match=r"skipped 1 of 11 .*\n.*Permission denied: .*3\.png"):
            assert len(files.load(cache=tmp_path, on_error="skip")) == 10
    assert len(files.load(cache=tmp_path, on_error="skip")) == 11


def test_files_that_are_verified_can_be_streamed(files):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert files.verified().paths == files.paths
    damage(files, 0, 10)
    with pytest.warns(UserWarning, match="skipped 2 of 11"):
        good = files.verified()
    assert good.paths == files.paths[1:-1]
    assert good.labels.tolist() == files.labels[1:-1].tolist()


def test_nothing_but_broken_files_is_an_error(files, tmp_path):
    damage(files, *range(11))
    for load in (files.verified, lambda: files.load(cache=tmp_path, on_error="skip")):
        with pytest.raises(DataError, match=r"colors: .* can be decoded, got none of 11:\n"):
            load()
    assert not list(tmp_path.glob("*.npy"))


def test_what_does_not_fit_in_memory_is_told_before(files, monkeypatch, decoded_paths):
    monkeypatch.setattr(_decode_all, "memory_limit", lambda: 11 * 6 * 8 * 3 - 1)
    with pytest.raises(
        DataError, match=r"colors: .*, got 11 of \(6, 8, 3\), which take .* without load\(\)\)$"
    ):
        files.load(cache=False)
    with pytest.raises(DataError, match=r"\(pass stream=True, or a smaller size\)$"):
        read_splits(FileSplits(files, files), stream=False, on_error="raise", cache=False)
    assert decoded_paths == []


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"paths": []}, ValueError, "paths: expected at least one file"),
        ({"labels": [0, 1, 3]}, ValueError, "custom: labels: expected 0 to 1, got 3"),
        ({"labels": [0, 1]}, ValueError, "custom: labels: expected 3, one per image, got 2"),
        ({"labels": [0.0, 1.0, 1.0]}, TypeError, "custom: labels: expected an integer dtype"),
        ({"class_names": ()}, ValueError, "class_names: expected one name per class"),
        ({"input_shape": (4, 4)}, ValueError, r"input_shape: expected \(H, W, C\)"),
        ({"input_shape": (4, 4, 4)}, ValueError, "input_shape: expected .* C 1 or 3"),
        ({"input_shape": (0, 4, 3)}, ValueError, r"input_shape: expected \(H, W, C\)"),
        ({"max_pixels": 0}, ValueError, "max_pixels: expected at least 1, got 0"),
    ],
)
def test_bad_arguments_are_told(change, error, message):
    good = {"paths": [*"abc"], "labels": [0, 1, 1], "class_names": ["x", "y"]}
    with pytest.raises(error, match=message):
        ImageFiles(**{**good, "input_shape": (4, 4, 3), **change})


@pytest.mark.parametrize(
    ("options", "message"),
    [({"on_error": "ignore"}, "on_error: expected one of"), ({"threads": 0}, "threads: expected")],
)
def test_bad_options_are_told(files, options, message):
    with pytest.raises(ValueError, match=message):
        files.load(cache=False, **options)


def test_a_bad_option_is_told_where_the_cache_has_the_pictures(files, tmp_path):
    files.load(cache=tmp_path)
    with pytest.raises(ValueError, match=r"on_error: expected one of .*, got 'ignore'"):
        files.load(cache=tmp_path, on_error="ignore")


def test_the_cache_holds_no_more_than_numbers_and_text(files, tmp_path):
    files.load(cache=tmp_path / "cache")
    (path,) = (tmp_path / "cache").glob("*.json")
    assert json.loads(path.read_text()) == {"crc32": ANY, "errors": {}}
    (path,) = (tmp_path / "cache").glob("*.npy")
    assert np.load(path, allow_pickle=False).shape == (11, *SHAPE)


def test_files_may_have_numbers_as_labels(files, tmp_path):
    numbers = np.linspace(-1, 1, 11)
    found = ImageFiles(files.paths, numbers, ["age"], SHAPE, task="regression")
    assert repr(found) == "ImageFiles('custom': 11 files as (6, 8, 3), regression of age)"
    assert (found.kind, found.task.name, found.multilabel) == ("images", "regression", False)
    data = found.subset([2, 0]).load(cache=tmp_path)
    assert data.task == found.task
    np.testing.assert_array_equal(data.labels, numbers[[2, 0]].astype(np.float32))

"""Which folders are parts of a set, which are classes, and which are litter."""

import pytest
from PIL import Image

from jaxcnn.data import DataError, find_image_files, image_folder


def fill(folder, *names):
    """Write pictures of one pixel."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (1, 1)).save(path, "PNG")


def read(folder):
    return image_folder(folder, (1, 1), cache=False)


def parts(folder, train, test, classes=("cat", "dog")):
    for name in classes:
        fill(folder, f"{train}/{name}/1.png", f"{train}/{name}/2.png", f"{test}/{name}/3.png")
    return folder


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("Training", "Testing"),
        ("Training", "Test"),
        ("training", "validation"),
        ("train_set", "test_set"),
        ("seg_train", "seg_test"),
        ("trainset", "valset"),
        ("train", "validate"),
        ("train", "eval"),
        ("train-images", "dev"),
    ],
)
def test_parts_by_similar_names(tmp_path, train, test):
    data = read(parts(tmp_path, train, test))
    assert data.train.class_names == data.test.class_names == ("cat", "dog")
    assert (len(data.train), len(data.test)) == (4, 2)


@pytest.mark.parametrize(
    ("test", "other"), [("test", "val"), ("test", "validate"), ("val", "eval"), ("test", "extra")]
)
def test_what_is_not_read_is_named(tmp_path, test, other):
    fill(parts(tmp_path, "train", test), f"{other}/cat/4.png", f"{other}/dog/5.png")
    with pytest.warns(UserWarning, match=f"read 'train' and '{test}', passed over '{other}'"):
        assert len(read(tmp_path).test) == 2


def test_two_folders_to_train_on(tmp_path):
    parts(tmp_path, "Training", "train_set")
    with pytest.raises(DataError, match="one folder to train on, got 'train_set', 'Training'"):
        read(tmp_path)


def test_classes_named_like_parts(tmp_path):
    fill(tmp_path, "train/1.png", "train/2.png", "plane/1.png", "plane/2.png")
    assert read(tmp_path).train.class_names == ("plane", "train")


def test_parts_of_unknown_names_are_told(tmp_path):
    parts(tmp_path, "north", "south")
    with pytest.warns(UserWarning, match="took 'north', 'south' as the classes, though all of th"):
        assert read(tmp_path).train.class_names == ("north", "south")


def test_parts_within_classes_are_told(tmp_path):
    parts(tmp_path, "cat", "dog", ("train", "test"))
    with pytest.raises(
        DataError, match="that hold the classes, got 'test', 'train' within 'cat', "
    ):
        read(tmp_path)


def test_a_folder_too_high_is_told(tmp_path):
    fill(tmp_path, "images/cat/1.png", "images/dog/2.png")
    with pytest.raises(DataError, match=r"got only 'images' \(did you mean .*images\?\)"):
        read(tmp_path)


@pytest.mark.parametrize(
    "litter",
    [
        "@eaDir",
        "#recycle",
        "$RECYCLE.BIN",
        "lost+found",
        "System Volume Information",
        "__MACOSX",
        "@Recycle",
    ],
)
def test_litter_is_passed_over(tmp_path, litter):
    for name in ("cat", "dog", litter):
        fill(tmp_path, f"{name}/1.png", f"{name}/2.png")
    fill(tmp_path, f"cat/{litter}/1.png/SYNOPHOTO_THUMB_M.jpg")
    data = read(tmp_path)
    assert data.train.class_names == ("cat", "dog")
    assert len(data.train) + len(data.test) == 4
    assert len(find_image_files(tmp_path)) == 4


def test_names_in_two_unicode_forms_are_one_class(tmp_path):
    fill(tmp_path, "train/caf\u00e9/1.png", "train/dog/1.png")
    fill(tmp_path, "test/cafe\u0301/2.png", "test/dog/2.png")
    assert read(tmp_path).test.class_names == ("caf\u00e9", "dog")


def test_all_suffixes_of_jpeg_files(tmp_path):
    fill(tmp_path, *(f"{k}.{suffix}" for k, suffix in enumerate(("jfif", "JPE", "jpeg", "jpg"))))
    assert len(find_image_files(tmp_path)) == 4

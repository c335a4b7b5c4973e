import hashlib
from unittest import mock

import numpy as np
import pytest
from PIL import Image

from jaxcnn.data import (
    DataError,
    Dataset,
    FileSplits,
    ImageFiles,
    Splits,
    channel_moments,
    check,
    image_folder,
)

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (40, 4, 6, 3), dtype=np.uint8)
LABELS = np.arange(40) % 2
GOOD = Dataset(IMAGES, LABELS, ("a", "b"), "noise")
FILES = ImageFiles(["0.png", "1.png"], [0, 1], ("a", "b"), (4, 6, 3))
FRESH = Dataset(IMAGES[::-1] // 2, LABELS, ("a", "b"), "noise")


def test_nothing_is_wrong_with_good_data():
    report = check(Splits(GOOD, FRESH), strict=True)
    assert report.problems == ()
    assert report.train.dataset is GOOD
    assert report.train.class_counts.tolist() == [20, 20]
    assert report.train.pixel_range == (0, 255)
    mean, std = channel_moments(IMAGES)
    assert (report.train.mean, report.train.std) == (tuple(mean), tuple(std))
    assert report.overlap is not None
    assert report.overlap.count == 0


def test_the_report_as_text():
    text = str(check(GOOD, FRESH))
    assert "train: Dataset('noise': 40 images (4, 6, 3) uint8, 2 classes)" in text
    assert "examples per class: a: 20, b: 20" in text
    assert "largest class over smallest: 1.00" in text
    assert text.endswith("problems: none found")
    assert "test: Dataset" not in str(check(GOOD))
    bad = str(check(GOOD, GOOD))
    assert "problems:\n- test: 40 of the test images also occur in the training set" in bad
    assert max(map(len, bad.splitlines())) <= 100


def test_many_classes_are_not_all_listed():
    names = tuple(f"class{k}" for k in range(30))
    text = str(check(Dataset(IMAGES, np.minimum(LABELS * 3, 29), names)))
    assert "examples per class: 0 (class1) to 20 (class3)" in text
    assert "no example of 'class1', 'class2', 'class4', 'class5', 'class6' and 23 more" in text


def changed(change, dtype=np.uint8):
    images = IMAGES.copy()
    change(images)
    return Dataset(images.astype(dtype), LABELS, ("a", "b"))


def paint(*places, value=0):
    def change(images):
        images[list(places)] = np.reshape(value, (-1, 1, 1, 1))

    return change


def copy(source, target):
    def change(images):
        images[target] = images[source]

    return change


COPIES = "1 image occurs earlier in the set, too, {} of them with another label:\n  image"


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        pytest.param(
            Dataset(IMAGES, LABELS, ("a", "b", "c", "d")),
            ["no example of 'c', 'd'"],
            id="classes without an example",
        ),
        pytest.param(
            Dataset(IMAGES, (np.arange(40) < 3).astype(int), ("a", "b")),
            [
                "the largest class, 'a', has 12.3 times as many examples (37) "
                "as the smallest, 'b' (3)"
            ],
            id="a rare class",
        ),
        pytest.param(
            Dataset(IMAGES, [[1, k % 2] for k in range(40)], ("a", "b"), multilabel=True),
            ["every image shows 'a'"],
            id="a label that all have",
        ),
        pytest.param(
            changed(paint(4)),
            ["1 image has the same value in all pixels, 1 of them black; the first is image 4"],
            id="a black image",
        ),
        pytest.param(
            changed(paint(4, 9, value=[7, 9])),
            ["2 images have the same value in all pixels, 0 of them black; the first is image 4"],
            id="images of one value",
        ),
        pytest.param(
            Dataset(np.zeros((1, 4, 6, 3), np.uint8), [0], ("a",)),
            ["every pixel of every image is 0"],
            id="all black",
        ),
        pytest.param(
            Dataset(IMAGES // 128, LABELS, ("a", "b")),
            [
                "pixels are 0 and 1 alone, but uint8 goes up to 255: were floats in [0, 1] cast? "
                "Keep them floats, or multiply by 255 first"
            ],
            id="floats cast to bytes",
        ),
        pytest.param(
            Dataset(IMAGES / 255**2, LABELS, ("a", "b")),
            ["the brightest pixel is 0.00392: were they divided by 255 twice?"],
            id="divided twice",
        ),
        pytest.param(
            changed(copy(3, 11)),
            [COPIES.format(0) + " 11 is image 3 again"],
            id="a repeated image",
        ),
        pytest.param(
            changed(copy(3, 12)),
            [COPIES.format(1) + " 12 is image 3 again"],
            id="a repeated image with another label",
        ),
    ],
)
def test_problems_of_one_set(data, problems):
    assert list(check(data).problems) == [f"train: {problem}" for problem in problems]
    with pytest.raises(DataError, match="the data have these problems:\ntrain: "):
        check(data, strict=True)


def test_images_of_one_pixel_are_no_problem():
    data = Dataset(np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1), [0, 1, 0, 1], ("a", "b"))
    assert check(data).problems == ()


def test_test_images_in_the_training_set():
    images = FRESH.images.copy()
    images[5] = IMAGES[8]
    report = check(GOOD, Dataset(images, LABELS, ("a", "b")))
    assert report.overlap is not None
    assert report.overlap.test_indices.tolist() == [5]
    assert report.problems == (
        "test: 1 of the test images also occur in the training set, 1 of them with another label:"
        "\n  image 5 is image 8 again",
    )


def test_files_are_named():
    paths = [f"my-pets/a {i}.png" for i in range(40)]
    images = IMAGES.copy()
    images[35:] = images[3]
    images[7] = 9
    report = check(
        Dataset(images, LABELS, ("a", "b"), paths=paths),
        Dataset(images[2:4], [0, 1], ("a", "b"), paths=["x.png", "y.png"]),
    )
    constant, repeats, shared = report.problems
    assert constant.endswith("0 of them black; the first is my-pets/a 7.png")
    pairs = [f"\n  my-pets/a {i}.png is my-pets/a 3.png again" for i in (35, 36, 37)]
    assert repeats.endswith(" of them with another label:" + "".join(pairs) + "\n  and 2 more")
    expected = "\n  x.png is my-pets/a 2.png again\n  y.png is my-pets/a 3.png again"
    assert shared.endswith(expected)
    assert str(report).endswith(expected.replace("\n", "\n  "))


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        (
            Dataset(IMAGES[:, :3], LABELS, ("a", "b")),
            "test: expected images of shape (4, 6, 3) as in train, got (3, 6, 3)",
        ),
        (
            Dataset(IMAGES / 255, LABELS, ("a", "b")),
            "test: expected images of dtype uint8 as in train, got float32",
        ),
        (
            Dataset(IMAGES, LABELS, ("b", "a")),
            "test: expected the classes ('a', 'b') as in train, got ('b', 'a')",
        ),
        (
            Dataset(IMAGES, np.eye(2, dtype=int)[LABELS], ("a", "b"), multilabel=True),
            "test: expected the task single as in train, got multilabel",
        ),
    ],
)
def test_sets_of_different_kinds(test, problem):
    report = check(GOOD, test)
    assert report.problems == (problem,)
    assert report.overlap is None


def test_each_image_is_hashed_once():
    with mock.patch("hashlib.blake2b", side_effect=hashlib.blake2b) as hashed:
        check(GOOD, FRESH)
    assert hashed.call_count == len(GOOD) + len(FRESH)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((IMAGES,), "train: expected a data set, got ndarray"),
        ((GOOD, IMAGES), "test: expected a data set, got ndarray"),
        (
            (FileSplits(FILES, FILES), GOOD),
            r"test: expected None, as `train` is a FileSplits and has it, got Dataset",
        ),
        ((GOOD, FileSplits(FILES, FILES)), r"test: expected a data set, got FileSplits"),
        ((Splits(GOOD, FRESH), FRESH), "test: expected None, as `train` is a Splits"),
    ],
)
def test_bad_arguments_are_told(arguments, message):
    with pytest.raises(TypeError, match=message):
        check(*arguments)


NUMBERS = np.linspace(-2, 2, 40)


def test_a_regression_is_described_by_its_numbers():
    labels = np.stack([NUMBERS, NUMBERS + 1], axis=1)
    data = Dataset(IMAGES, labels, ["x", "y"], task="regression")
    report = check(data, strict=True)
    assert report.train.class_counts is None
    assert report.train.imbalance == 1
    assert f"y: -1 to 3, mean 1, standard deviation {NUMBERS.std():.4g}" in str(report)


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (np.full(40, 7), "train: every label 'value' is 7"),
        (NUMBERS + 100, "train: the labels 'value' have mean 100 and standard deviation 1.18"),
        (NUMBERS * 100, "train: the labels 'value' have mean"),
        (NUMBERS / 100, "train: the labels 'value' have mean"),
    ],
)
def test_numbers_that_are_hard_to_learn_are_told(labels, problem):
    (found,) = check(Dataset(IMAGES, labels, task="regression")).problems
    assert found.startswith(problem)


def test_signals_and_tokens_are_looked_through_without_asking_for_pixels():
    tokens = Dataset([[0, 5], [0, 5], [1, 1]], [0, 1, 0], ("a", "b"), kind="tokens")
    report = check(tokens)
    assert len(report.problems) == 1
    assert report.problems[0].startswith("train: 1 sequence occurs earlier in the set, too, 1 of")
    assert "tokens: 0 to 5\n  sequences of one value: 1; repeated sequences: 1" in str(report)
    signals = Dataset(IMAGES[..., 0] - 100.0, LABELS, ("a", "b"), kind="signals")
    mean = (IMAGES[..., 0] - 100.0).mean(axis=(0, 1))
    np.testing.assert_allclose(check(signals).train.mean, mean, rtol=1e-6)
    assert "values: -100 to 155; mean (" in str(check(signals))


def test_a_test_set_of_another_kind_is_told():
    signals = Dataset(IMAGES[..., 0], LABELS, ("a", "b"), kind="signals")
    assert "test: expected inputs of the kind images as in train, got signals" in (
        check(GOOD, signals).problems
    )


@pytest.fixture
def folder(tmp_path):
    """Eleven pictures of several sizes, of which two cannot be decoded."""
    rng = np.random.default_rng(0)
    for n in range(11):
        path = tmp_path / "ab"[n % 2] / f"{n}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (10 + n, 20, 3), np.uint8)).save(path)
    (tmp_path / "a" / "4.png").write_bytes(b"no picture")
    (tmp_path / "b" / "7.png").write_bytes(b"")
    return tmp_path


def test_broken_files_are_a_problem_and_all_files_count(folder):
    files = image_folder(folder, (8, 8), stream=True)
    report = check(files)
    (problem,) = report.problems
    head, *listed = problem.splitlines()
    assert head == "2 of 11 files cannot be decoded:"
    assert sorted(line.split(": ")[0].strip() for line in listed) == [
        str(folder / "a" / "4.png"),
        str(folder / "b" / "7.png"),
    ]
    assert "none found" not in str(report)
    assert len(report.train.dataset) + len(report.test.dataset) == 9
    with pytest.raises(DataError, match="2 of 11 files cannot be decoded"):
        check(files, strict=True)


def test_the_sizes_of_pictures_in_their_files(folder):
    for broken in ("a/4.png", "b/7.png"):
        (folder / broken).unlink()
    report = check(image_folder(folder, (8, 8), stream=True).train)
    assert report.train.smallest[1] == report.train.largest[1] == 20
    assert 10 <= report.train.smallest[0] < report.train.largest[0] <= 20
    size = f"{report.train.smallest[0]}×20 to {report.train.largest[0]}×20"
    assert f"; in the files {size}" in " ".join(str(report).split())
    assert report.to_dict()["train"]["smallest"] == list(report.train.smallest)
    assert check(GOOD).train.smallest is None

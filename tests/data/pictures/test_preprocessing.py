"""Pictures resized and cropped as timm does it, and the way of the preprocessing to a network."""

import dataclasses
import re

import numpy as np
import pytest
from golden.make_timm_preprocessing import CASES, FILE, by_timm, picture
from PIL import Image, ImageOps

from jaxcnn.data import (
    Dataset,
    ImageFiles,
    Preprocessing,
    as_image,
    fingerprint,
    from_sequence,
    image_folder,
    image_table,
    load_image,
    load_images,
)
from jaxcnn.data.pictures._statistics import measure_fit

BICUBIC = Preprocessing("bicubic", crop_pct=0.875)


@pytest.mark.parametrize("case", range(len(CASES)))
def test_pixels_are_those_of_timm(case):
    size, target, fields = CASES[case]
    with np.load(FILE) as golden:
        expected = golden[str(case)].astype(int)
    found = Preprocessing(**fields).apply(picture(size), (*target, 3))
    assert found.dtype == np.uint8
    assert np.abs(found.astype(int) - expected).max() <= 1  # equal with the Pillow of the golden


@pytest.mark.parametrize("crop_mode", ["center", "squash", "border"])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_any_size_equals_timms_to_the_bit(interpolation, crop_mode):
    pytest.importorskip("timm")
    rng = np.random.default_rng(len(interpolation) + len(crop_mode))
    for _ in range(60):
        size = tuple(rng.integers(1, 130, 2).tolist())
        target = tuple(rng.integers(8, 70, 2).tolist())
        target = (target[0], target[0]) if rng.random() < 0.5 else target
        crop_pct = float(rng.choice([0.875, 0.9, 0.95, 0.965, 1.0, rng.uniform(0.5, 1)]))
        fields = {"interpolation": interpolation, "crop_pct": crop_pct, "crop_mode": crop_mode}
        if crop_mode == "border" and max(size) > 20 * min(size):
            continue  # timm resizes these to a side of 0, which Pillow refuses
        for channels in (1, 3):
            pixels = picture(size, channels)
            # timm's data sets convert to color first: a border has a color
            expected = by_timm(np.repeat(pixels, 3 // channels, axis=-1), target, fields)
            found = Preprocessing(**fields).apply(pixels, (*target, 3))
            np.testing.assert_array_equal(found, expected, err_msg=f"{size} {target} {fields}")


def test_presets_of_torchvision():
    torchvision = pytest.importorskip("torchvision")
    presets = torchvision.transforms._presets
    for resize, crop, crop_pct in ((256, 224, 0.875), (232, 224, 0.965), (236, 224, 0.949)):
        preset = presets.ImageClassification(
            crop_size=crop, resize_size=resize, mean=(0, 0, 0), std=(1, 1, 1)
        )
        pixels = picture((301, 233))
        expected = np.moveaxis(preset(Image.fromarray(pixels)).numpy() * 255, 0, -1).round()
        found = Preprocessing(crop_pct=crop_pct).apply(pixels, (crop, crop, 3))
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("size", [(30, 47), (47, 30), (16, 16), (7, 3)])
def test_without_a_preprocessing_nothing_has_changed(size):
    pixels = picture(size)
    whole = ImageOps.fit(Image.fromarray(pixels), (12, 16), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(as_image(pixels, (16, 12, 3)), np.asarray(whole))


def test_color_becomes_gray_as_pillow_converts_it():
    pixels = picture((20, 30))
    gray = np.asarray(Image.fromarray(pixels).convert("L"))[..., None]
    found = BICUBIC.apply(pixels, (14, 14, 1))
    np.testing.assert_array_equal(found, BICUBIC.apply(gray, (14, 14, 1)))
    assert found.shape == (14, 14, 1)


def test_a_thread_of_pixels_needs_little_memory():
    line = np.tile(np.uint8([[[10], [90]]]), (1, 100_000, 1))
    found = Preprocessing("bicubic").apply(line, (512, 512, 1))  # 512 × 102,400,000, if whole
    assert found.shape == (512, 512, 1)
    # Two pixels are 1,024 wide; about the middle, a large part of the change from one to the next.
    part = Preprocessing("bicubic").apply(line[:, 99_900:100_100], (512, 512, 1))
    assert np.abs(found.astype(int) - part).max() <= 1
    assert found.std() > 5


@pytest.mark.parametrize("shape", [(1, 100_000), (100_000, 1)])
def test_sides_do_not_vanish(shape):
    line = np.full((*shape, 3), 9, np.uint8)
    found = Preprocessing(crop_mode="border", fill=(9, 9, 9)).apply(line, (32, 48, 3))
    assert (found == 9).all()


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        (
            {"interpolation": "bicubik"},
            ValueError,
            "interpolation: expected one of .*bicubic.*mean",
        ),
        ({"crop_pct": 0}, ValueError, "crop_pct: expected a finite number of at least 0.01 and"),
        ({"crop_pct": 1.1}, ValueError, "crop_pct: expected .* of at most 1, got 1.1"),
        ({"crop_pct": "1"}, TypeError, "crop_pct: expected a number, got '1'"),
        ({"crop_mode": "middle"}, ValueError, "crop_mode: expected one of center, squash, border"),
        ({"fill": (0, 0, 256)}, ValueError, "fill: expected three numbers in 0..255, got"),
        ({"fill": 128}, TypeError, "fill: expected a tuple of integers, got 128"),
    ],
)
def test_wrong_fields(fields, error, message):
    with pytest.raises(error, match=message):
        Preprocessing(**fields)


def test_plain_data_and_back():
    how = Preprocessing("lanczos", 0.9, "border", [1, 2, 3])
    assert Preprocessing.from_dict(how.to_dict()) == how
    assert hash(how) == hash(dataclasses.replace(how))
    for wrong in (None, [], {}, {**how.to_dict(), "more": 1}):
        with pytest.raises(ValueError, match=r"^preprocessing: expected interpolation, crop_pct"):
            Preprocessing.from_dict(wrong)
    with pytest.raises(ValueError, match=r"^preprocessing: crop_pct: expected .*, got 7$"):
        Preprocessing.from_dict({**how.to_dict(), "crop_pct": 7})


@pytest.fixture
def folder(tmp_path):
    for number, size in enumerate([(30, 47), (47, 30), (16, 12), (90, 91)]):
        (tmp_path / "pets" / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(size)).save(tmp_path / f"pets/{'ab'[number % 2]}/{number}.png")
    return tmp_path / "pets"


def test_a_file_an_image_and_an_array_are_read_alike(folder):
    path, shape = folder / "a/0.png", (16, 12, 3)
    expected = BICUBIC.apply(picture((30, 47)), shape)
    found = [
        load_image(path, shape, preprocessing=BICUBIC),
        *load_images([path], shape, preprocessing=BICUBIC),
        *(as_image(each, shape, preprocessing=BICUBIC) for each in (path, Image.open(path))),
        as_image(picture((30, 47)), shape, preprocessing=BICUBIC),
    ]
    for image in found:
        np.testing.assert_array_equal(image, expected)
    # What a network is given as an array of its own shape is resized already; a file is not.
    own = picture((16, 12))
    np.testing.assert_array_equal(as_image(own, shape, preprocessing=BICUBIC), own)
    zoomed = load_image(folder / "a/2.png", shape, preprocessing=BICUBIC)
    np.testing.assert_array_equal(zoomed, BICUBIC.apply(own, shape))


def test_sets_read_files_by_it_and_keep_it(folder, tmp_path):
    train, test = image_folder(folder, (16, 12), test_fraction=0.5, preprocessing=BICUBIC)
    for part in (train, test):
        assert part.preprocessing == part.subset([0]).preprocessing == BICUBIC
        for path, image in zip(part.paths, part.images, strict=True):
            np.testing.assert_array_equal(
                image, load_image(path, (16, 12, 3), preprocessing=BICUBIC)
            )
    rows = ["path,label", "pets/a/0.png,a", "pets/a/2.png,a", "pets/b/1.png,b", "pets/b/3.png,b"]
    (tmp_path / "a.csv").write_text("\n".join(rows))
    table = image_table(
        tmp_path / "a.csv", (16, 12), test_fraction=0.5, stream=True, preprocessing=BICUBIC
    ).train
    np.testing.assert_array_equal(table.load(cache=False).images, table.read(range(len(table))))
    assert table.load(cache=False).preprocessing == BICUBIC
    rows = [{"image": Image.open(path), "label": 0} for path in train.paths]
    sequence = from_sequence(rows, size=(16, 12), class_names=("a",), preprocessing=BICUBIC)
    np.testing.assert_array_equal(sequence.load().images, train.images)
    assert sequence.load().preprocessing == BICUBIC


def test_the_cache_and_the_fingerprint_tell_them_apart(folder, tmp_path):
    files = ImageFiles(sorted(folder.glob("*/*")), [0, 0, 1, 1], ("a", "b"), (16, 12, 3))
    others = dataclasses.replace(files, preprocessing=BICUBIC)
    both = [each.load(cache=tmp_path / "cache").images for each in (files, others, files)]
    assert not np.array_equal(both[0], both[1])
    np.testing.assert_array_equal(both[0], both[2])
    assert fingerprint(files) != fingerprint(others)
    assert len([*(tmp_path / "cache").glob("*.npy")]) == 2


def test_what_is_no_preprocessing(folder):
    message = re.escape("preprocessing: expected a jaxcnn.data.Preprocessing or None, got str")
    with pytest.raises(TypeError, match=message):
        image_folder(folder, (16, 12), preprocessing="bicubic")
    with pytest.raises(TypeError, match=message):
        Dataset(np.zeros((1, 4, 4, 1), np.uint8), [0], ("a",), preprocessing="bicubic")
    with pytest.raises(ValueError, match=r"size: expected .* to use `preprocessing`, got None"):
        from_sequence([(picture((4, 4)), 0)], preprocessing=BICUBIC)


def test_what_is_cropped_away_is_known():
    shape = (16, 16, 3)
    assert measure_fit((30, 40), shape, Preprocessing("bicubic", 0.8))["cropped"] > 0.5
    assert measure_fit((30, 40), shape, Preprocessing(crop_mode="squash"))["cropped"] == 0
    assert measure_fit((30, 40), shape, Preprocessing(crop_mode="border"))["cropped"] == 0
    center = measure_fit((32, 48), shape, Preprocessing())
    assert center == measure_fit((32, 48), shape) == {"cropped": 1 - 2 / 3, "enlarged": -1}

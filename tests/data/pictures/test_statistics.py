"""What pictures look like, and what is unusual about one."""

import dataclasses
import json

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageStat
from scipy import ndimage, special, stats

import jaxcnn
from jaxcnn.data import (
    Dataset,
    PictureStatistics,
    compare_picture,
    digits,
    image_folder,
    to_grayscale,
    to_rgb,
)
from jaxcnn.data.pictures._statistics import measure

RNG = np.random.default_rng(0)
GRAY = RNG.integers(0, 256, (5, 16, 24, 1), np.uint8)
USUAL = PictureStatistics.of(digits().train)


def test_brightness_and_contrast_are_pillows():
    found = measure(GRAY)
    of_pillow = [ImageStat.Stat(Image.fromarray(each[..., 0])) for each in GRAY]
    np.testing.assert_allclose(found["brightness"] * 255, [s.mean[0] for s in of_pillow], rtol=1e-5)
    np.testing.assert_allclose(found["contrast"] * 255, [s.stddev[0] for s in of_pillow], rtol=1e-4)


def test_sharpness_is_scipys_laplacian_over_the_contrast():
    inside = [ndimage.laplace(each[..., 0] / 255.0)[1:-1, 1:-1] for each in GRAY]
    expected = [np.sqrt(np.mean(x**2)) / np.std(y / 255) for x, y in zip(inside, GRAY, strict=True)]
    np.testing.assert_allclose(2 ** measure(GRAY)["sharpness"], expected, rtol=1e-5)


def test_polarity_and_color_of_drawn_pictures():
    image = np.full((1, 16, 16, 3), 51, np.uint8)
    image[:, 2:-2, 2:-2] = 204
    found = measure(image)
    np.testing.assert_allclose(found["polarity"], -0.6, rtol=1e-5)
    np.testing.assert_allclose(found["color"], 0)
    image[..., 0] += 51
    np.testing.assert_allclose(measure(image)["color"], 0.2, rtol=1e-5)


def test_floats_and_bytes_are_the_same_pictures():
    for name, values in measure(GRAY).items():
        np.testing.assert_allclose(measure(GRAY / 255)[name], values, rtol=1e-4, atol=1e-5)


def test_a_usual_range_is_tukeys():
    brightness = special.logit(digits().train.images.mean(axis=(1, 2, 3)) / 255)
    quartiles = np.quantile(brightness, (0.25, 0.75))
    reach = 3 * stats.iqr(brightness)
    found = PictureStatistics.of(digits().train).ranges["brightness"]
    expected = special.expit(quartiles + np.array((-reach, reach)))
    np.testing.assert_allclose(found[1:], expected, atol=0.02)  # 512 of the digits


def test_dark_and_flat_pictures_are_told_also_where_brightness_varies_much():
    pictures = RNG.integers(0, 256, (60, 4, 4, 1)) * np.linspace(0.2, 1, 60)[:, None, None, None]
    pictures = (pictures + np.linspace(0, 120, 60)[:, None, None, None]).clip(0, 255)
    usual = PictureStatistics.of(Dataset(pictures.astype(np.uint8), np.arange(60) % 2, ("a", "b")))
    assert usual is not None
    assert 0 < usual.ranges["brightness"].low < usual.ranges["brightness"].high < 1
    for level in (0, 255):
        told = compare_picture(np.full((4, 4, 1), level, np.uint8), usual).differences
        assert {"brightness", "contrast"} <= {each.statistic for each in told}


@pytest.mark.thorough
def test_held_out_digits_are_usual_and_inverted_ones_are_told():
    images = digits().test.images
    assert not [each for each in images if compare_picture(each, USUAL).differences]
    advice = [compare_picture(255 - each, USUAL).advice for each in images]
    assert advice.count("invert it") >= 0.9 * len(advice)
    assert all("invert it" in each for each in advice)


@pytest.mark.parametrize(
    ("change", "statistic", "sentence"),
    [
        (
            lambda x: 255 - x,
            "brightness",
            "0.73 bright on average, training pictures 0.31; a border 0.24 brighter than the rest, "
            "training pictures 0.25 darker: try to invert it",
        ),
        (
            lambda x: x // 4 + 50,
            "contrast",
            "contrast 0.09, training pictures 0.38: try to stretch its contrast",
        ),
        (
            lambda x: 255 - x // 2,
            "brightness",
            "0.86 bright on average, training pictures 0.31; contrast 0.18, training pictures "
            "0.38: try to invert it and stretch its contrast",
        ),
        (
            lambda x: ndimage.gaussian_filter(1.0 * x, (1.2, 1.2, 0)).clip(0, 255).astype(np.uint8),
            "sharpness",
            None,
        ),
        (
            lambda x: np.full_like(x, 70),
            "contrast",
            "contrast 0.00, training pictures 0.38: try to crop it to the thing that it shows",
        ),
    ],
)
def test_what_differs_is_said_with_what_to_try(change, statistic, sentence):
    found = compare_picture(change(digits().test.images[0]), USUAL)
    assert statistic in [each.statistic for each in found.differences]
    assert sentence is None or str(found) == sentence
    assert json.loads(found.to_json())["differences"][0]["statistic"] == (
        found.differences[0].statistic
    )


def _stroke(light, pad, width, ring):
    """Draw a seven or a ring of 200×200 pixels, and resize it to 32×32."""
    image = Image.new("L", (200, 200), 0 if light else 230)
    ink, low, high = 255 if light else 30, pad, 200 - pad
    draw = ImageDraw.Draw(image)
    if ring:
        draw.ellipse([low, low, high, high], outline=ink, width=width)
    else:
        draw.line([(low, low), (high, low), (90, high)], fill=ink, width=width)
    return np.asarray(image.resize((32, 32), Image.Resampling.BILINEAR))[..., None]


def test_a_drawing_beside_small_digits_that_were_enlarged():
    small = digits().train.take(256)
    large = [Image.fromarray(each[..., 0]).resize((32, 32)) for each in small.images]
    images = np.stack([np.asarray(each)[..., None] for each in large])
    usual = PictureStatistics.of(dataclasses.replace(small, images=images))
    assert usual is not None
    for pad, width, ring in ((20, 24, False), (40, 24, False), (50, 40, False), (2, 24, True)):
        dark, light = (_stroke(light, pad, width, ring) for light in (False, True))
        assert compare_picture(dark, usual).advice == "invert it and blur it"
        assert compare_picture(light, usual).advice == "blur it"


def test_colors():
    rng = np.random.default_rng(0)
    color = rng.integers(0, 256, (60, 8, 8, 3), np.uint8)
    gray = to_rgb(to_grayscale(color))
    usual = {
        name: PictureStatistics.of(Dataset(images, [0, 1] * 30, ("a", "b")))
        for name, images in (("color", color), ("gray", gray))
    }
    of_color = compare_picture(color[0], usual["gray"])
    assert "colors 0.5" in str(of_color)
    assert of_color.advice == "remove its colors"
    of_gray = compare_picture(gray[0], usual["color"])
    assert str(of_gray).startswith("gray, training pictures colors 0.")
    assert of_gray.advice == "use a picture in color"
    assert str(compare_picture(color[1], usual["color"])) == ""


@pytest.fixture
def folder(tmp_path):
    """Forty photographs of 60×80 pixels, in two classes."""
    for n in range(40):
        path = tmp_path / "pictures" / "ab"[n % 2] / f"{n}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(RNG.integers(0, 256, (60, 80, 3), np.uint8)).save(path)
    return tmp_path / "pictures"


@pytest.mark.parametrize("stream", [False, True])
def test_how_files_are_cropped_and_enlarged(folder, stream):
    train = image_folder(folder, (30, 40), stream=stream, cache=False).train
    usual = PictureStatistics.of(train)
    assert usual.ranges["cropped"].median == 0
    assert usual.ranges["enlarged"].median == -1
    picture = train.read([0])[0]
    assert not compare_picture(picture, usual, (600, 800)).differences
    cropped = compare_picture(picture, usual, (600, 1600))
    assert str(cropped) == (
        "50% cropped away, training pictures 0%: try to crop it to the thing that it shows"
    )
    enlarged = compare_picture(picture, usual, (15, 20))
    assert str(enlarged) == (
        "enlarged 2.0 times, training pictures shrunk 2.0 times: try to use a larger picture"
    )


def test_what_has_no_statistics():
    tokens = Dataset(np.zeros((4, 5), np.int32), [0, 1, 0, 1], ("a", "b"), kind="tokens")
    assert PictureStatistics.of(tokens) is None
    spectral = Dataset(np.zeros((4, 5, 5, 7), np.uint8), [0, 1, 0, 1], ("a", "b"))
    assert PictureStatistics.of(spectral) is None


def test_one_pixel_has_no_polarity_and_no_sharpness():
    data = Dataset(RNG.integers(0, 256, (8, 1, 1, 1), np.uint8), [0, 1] * 4, ("a", "b"))
    usual = PictureStatistics.of(data)
    assert not {"polarity", "sharpness"} & usual.ranges.keys()
    assert not compare_picture(data.images[0], usual).differences


def test_statistics_read_back_the_same():
    assert PictureStatistics.from_dict(json.loads(USUAL.to_json())) == USUAL


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], r"^pictures: expected examples and ranges, got \[\]"),
        ({"examples": 0, "ranges": {}}, "^pictures: examples: expected at least 1, got 0"),
        ({"examples": True, "ranges": {}}, "^pictures: examples: expected at least 1, got True"),
        ({"examples": 1, "ranges": {"x": 1}}, "^pictures: expected ranges of brightness, "),
        ({"examples": 1, "ranges": {"color": 1}}, "^pictures: color: expected a median between"),
        (
            {"examples": 1, "ranges": {"color": {"median": 0.0, "low": 0.1, "high": 0.2}}},
            "^pictures: color: expected a median between the ends of a range, got ",
        ),
    ],
)
def test_damaged_statistics_are_refused(content, message):
    with pytest.raises(ValueError, match=message):
        PictureStatistics.from_dict(content)


@pytest.mark.thorough
def test_a_run_keeps_the_statistics(tmp_path):
    data = digits()
    net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
    run = jaxcnn.fit(net, data.train.take(128), epochs=1, progress=False)
    again = jaxcnn.load(run.save(tmp_path / "run"))
    assert (
        again.network.pictures == run.network.pictures == PictureStatistics.of(data.train.take(128))
    )
    content = json.loads((tmp_path / "run" / "network.json").read_text())
    del content["pictures"]  # as in a run of an older version
    (tmp_path / "run" / "network.json").write_text(json.dumps(content))
    (tmp_path / "run" / "manifest.json").unlink()
    assert jaxcnn.load(tmp_path / "run").network.pictures is None

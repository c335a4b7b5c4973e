import dataclasses
import json

import bright_rows
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import ndimage
from scipy.stats import binomtest

from jaxcnn import explain
from jaxcnn.explain.trust import _robustness
from jaxcnn.explain.trust._robustness import Change, ChangedAccuracy

RNG = np.random.default_rng(3)


@pytest.mark.thorough
def test_answers_known_beforehand():  # guide row A1.9
    result = explain.robustness(
        bright_rows.network(3), bright_rows.dataset(channels=3), shifts=(1,), angles=(0.0, 180.0)
    )
    found = {row.change.words: row.accuracy for row in result.rows}
    # To the sides a bright row stays; up or down it becomes another class's, but for one top row
    # that goes out of sight: a black image counts as the first class. So it does half a turn on.
    assert found == {
        "as they are": 1,
        "shifted by 1 pixel": pytest.approx(7 / 12),
        "turned by 0°": 1,
        "turned by 180°": pytest.approx(1 / 3),
    }  # and no gray copies of gray images
    assert result.examples == 12
    assert result.rows[1].interval == pytest.approx(
        binomtest(7, 12).proportion_ci(method="wilson"), rel=1e-6
    )


@pytest.mark.thorough
def test_only_images_with_colors_get_gray_copies():
    data = bright_rows.dataset(channels=3)
    images = data.images.copy()
    images[-1, 0, 0] = (1, 2, 3)
    for each, expected in ((data, False), (dataclasses.replace(data, images=images), True)):
        found = explain.robustness(bright_rows.network(3), each, shifts=(), angles=())
        assert ("gray" in [row.change.words for row in found.rows]) is expected


def test_moved_images_are_scipys():
    image = RNG.random((9, 9, 1), np.float32)
    places = np.arange(4)
    shifted = _robustness._changed(np.stack([image] * 4), places, 2, 0.0, False)
    for (right, down), found in zip(_robustness.DIRECTIONS, shifted, strict=True):
        expected = ndimage.shift(image[..., 0], (2 * down, 2 * right), order=1, mode="mirror")
        np.testing.assert_allclose(found[..., 0], expected, atol=1e-6)
    turned = _robustness._changed(np.stack([image] * 4), places, 0, 30.0, False)
    for angle, found in zip((-30, 30, -30, 30), turned, strict=True):
        expected = ndimage.rotate(image[..., 0], angle, order=1, mode="mirror", reshape=False)
        np.testing.assert_allclose(found[..., 0], expected, atol=1e-5)


@pytest.mark.thorough
def test_gray_takes_the_color_away():
    images = jnp.asarray(RNG.integers(0, 256, (2, 5, 5, 3)), jnp.uint8)
    gray = np.asarray(_robustness._changed(images, np.arange(2), 0, 0.0, True), int)
    assert np.ptp(gray, axis=-1).max() == 0
    np.testing.assert_allclose(gray[..., 0], images @ np.array([0.299, 0.587, 0.114]), atol=0.51)


@pytest.mark.thorough
def test_many_batches_count_each_image_once(monkeypatch):
    monkeypatch.setattr(_robustness, "BATCH_SIZE", 5)
    result = explain.robustness(bright_rows.network(), bright_rows.dataset(), shifts=(), angles=())
    assert [(row.change.words, row.accuracy) for row in result.rows] == [("as they are", 1)]


@pytest.mark.thorough
def test_as_text_and_json():
    result = explain.robustness(
        bright_rows.network(), bright_rows.dataset(), shifts=(1,), angles=()
    )
    first, second = str(result).splitlines()[1:3]
    assert " ".join(first.split()) == "as they are 100.00% 75.75% to 100.00% 0.00 points"
    assert second.split()[-2:] == ["41.67", "points"]
    assert json.loads(result.to_json())["rows"][1]["shift"] == 1


@pytest.mark.parametrize(
    ("shifts", "error", "message"),
    [
        ((8,), ValueError, r"below the height and width of \(8, 8\), got 8"),
        ((1.5,), TypeError, "shifts: expected whole numbers of pixels, got 1.5"),
    ],
)
def test_errors(shifts, error, message):
    with pytest.raises(error, match=message):
        explain.robustness(bright_rows.network(), bright_rows.dataset(), shifts=shifts)


RESULT = explain.Robustness(
    (
        ChangedAccuracy(Change("as they are"), 0.9, (0.88, 0.92)),
        ChangedAccuracy(Change("gray", gray=True), 0.5, (0.4, 0.6)),
    ),
    500,
)


def test_points_and_intervals():
    figure = explain.plot_robustness(RESULT, title="net")
    (axes,) = figure.axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["as they are", "gray"]
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [[90, 0], [50, 1]])
    ((whisker,),) = axes.containers[0].lines[2:]
    np.testing.assert_allclose(whisker.get_segments(), [[[88, 0], [92, 0]], [[40, 1], [60, 1]]])
    assert [text.get_text() for text in axes.texts] == ["90.0", "50.0"]
    assert figure.get_supxlabel().startswith("n = 500 images per row")

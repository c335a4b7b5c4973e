import numpy as np
import pytest

from jaxcnn.data.sets.guide_images import guide_o, guide_smile, guide_x, naive_matcher


def test_the_guides_x():  # guide row A3.7
    strokes = {(i, i) for i in range(1, 8)} | {(i, 8 - i) for i in range(1, 8)}
    assert guide_x().shape == (9, 9)
    assert set(np.unique(guide_x())) == {-1, 1}
    assert {(int(r), int(c)) for r, c in np.argwhere(guide_x() == 1)} == strokes


def test_the_guides_o():  # guide row A3.14
    o = guide_o()
    assert (o == 1).sum() == 16
    for same in (o.T, o[::-1], o[:, ::-1]):
        np.testing.assert_array_equal(o, same)
    assert np.flatnonzero(o[1] == 1).tolist() == [3, 4, 5]
    assert np.flatnonzero(o[3] == 1).tolist() == [1, 7]


def test_the_guides_smile():  # guide rows A1.10, A8.21
    strokes = {(1, 2), (1, 4), (2, 2), (2, 4), (4, 1), (4, 5), (5, 2), (5, 3), (5, 4)}
    assert guide_smile().shape == (7, 7)
    assert set(np.unique(guide_smile())) == {0, 1}
    assert {(int(r), int(c)) for r, c in np.argwhere(guide_smile())} == strokes


def test_the_matcher_takes_the_nearest_template():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 5, 7, 3), dtype=np.uint8)
    templates = rng.integers(0, 256, (4, 5, 7, 3), dtype=np.uint8)
    expected = [
        min(range(4), key=lambda k: ((image.astype(float) - templates[k]) ** 2).sum())
        for image in images
    ]
    assert naive_matcher(images, templates).tolist() == expected


def test_the_matcher_fails_on_a_moved_o():  # guide row A3.18
    templates = np.stack([guide_x(), guide_o()])[..., None]
    moved = np.roll(templates, 2, axis=2)
    assert naive_matcher(templates, templates).tolist() == [0, 1]
    assert naive_matcher(moved, templates).tolist() != [0, 1]


def test_templates_of_another_shape_are_told():
    with pytest.raises(ValueError, match=r"templates: expected the shape of the images, \(9, 9, 1"):
        naive_matcher(np.zeros((1, 9, 9, 1)), np.zeros((2, 8, 8, 1)))

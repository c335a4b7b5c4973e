import jax
import numpy as np
import pytest

from jaxcnn.data import random_erase


def boxes_of(shape, n=1000, probability=1.0, **options):
    """Top, left, height and width of what was painted, `(painted, 4)`; all must be rectangles."""
    image = np.full((*shape, 1), 2.0, np.float32)  # a value that noise does not have
    keys = jax.random.split(jax.random.key(0), n)
    one = jax.jit(jax.vmap(lambda key: random_erase(key, image, probability, **options)))
    painted = np.asarray(one(keys))[..., 0] != 2
    found = []
    for mask in painted[painted.any(axis=(1, 2))]:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        found.append((rows[0], columns[0], np.ptp(rows) + 1, np.ptp(columns) + 1))
        assert mask.sum() == found[-1][2] * found[-1][3]
    return np.array(found)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(100, 100), (40, 120)])
def test_areas_are_uniform_within_their_range(shape):
    _, _, height, width = boxes_of(shape, area=(0.1, 0.4)).T
    area = height * width / np.prod(shape)
    assert 0.09 < area.min() < 0.11
    assert 0.39 < area.max() < 0.41
    np.testing.assert_allclose([area.mean(), area.std()], [0.25, 0.3 / 12**0.5], rtol=0.05)


@pytest.mark.slow
def test_aspects_are_log_uniform_and_places_uniform():
    top, left, height, width = boxes_of((100, 100), area=(0.05, 0.05)).T
    aspect = np.log(height / width) / np.log(1 / 0.3)
    assert -1.1 < aspect.min() < -0.95
    assert 0.95 < aspect.max() < 1.1
    assert abs(aspect.mean()) < 5 / np.sqrt(3 * len(aspect))
    for start, size in ((top, height), (left, width)):
        assert abs((start / (100 - size)).mean() - 1 / 2) < 5 / np.sqrt(12 * len(start))


@pytest.mark.thorough
def test_it_happens_with_its_probability():
    painted = len(boxes_of((8, 8), n=2000, probability=0.3))
    assert abs(painted - 600) < 5 * np.sqrt(2000 * 0.3 * 0.7)
    assert len(boxes_of((8, 8), n=10, probability=0.0)) == 0


@pytest.mark.thorough
def test_the_noise_is_uniform_over_all_values():
    image = np.full((65, 63, 3), 7, np.uint8)
    noise = jax.jit(lambda key: random_erase(key, image, 1, area=(1, 1)))(jax.random.key(0))
    counts = np.bincount(np.asarray(noise).ravel(), minlength=256)
    expected = image.size / 256
    assert ((counts - expected) ** 2 / expected).sum() < 255 + 5 * np.sqrt(2 * 255)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"probability": 1.5}, ValueError, "erase: .* at most 1, got 1.5"),
        ({"probability": "1"}, TypeError, "erase: expected a number"),
        ({"probability": 1, "area": (0.5, 0.2)}, ValueError, "area: expected 0 < low <= high <= 1"),
        ({"probability": 1, "aspect": (0, 1)}, ValueError, "aspect: expected 0 < low"),
    ],
)
def test_bad_input_is_told(options, error, message):
    with pytest.raises(error, match=message):
        random_erase(jax.random.key(0), np.zeros((4, 4, 1), np.uint8), **options)

"""X or O, from the pixels to the votes: conv, relu and max_pool with every number known."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import functional as F
from jaxcnn.data.sets.guide_images import guide_o, guide_smile, guide_x
from jaxcnn.functional import filters

DIAGONAL = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]], np.float32)
CROSS = np.array([[1, -1, 1], [-1, 1, -1], [1, -1, 1]], np.float32)
FEATURES = np.stack([DIAGONAL, CROSS, DIAGONAL[:, ::-1]], axis=-1)[:, :, None]

NEW_LETTER = np.array([0.9, 0.65, 0.45, 0.87, 0.96, 0.73, 0.23, 0.63, 0.44, 0.89, 0.94, 0.53])


def table(text):
    return np.array([[int(number) for number in row.split()] for row in text.split("/")])


def sums(letter):
    """Ninths: the sums of nine products, before they are divided by 9."""
    return F.conv(letter[..., None], FEATURES, padding="VALID")


def vector(letter):
    maps = F.relu(sums(letter))
    for _ in range(2):
        maps = F.max_pool(maps, (2, 2), ceil_mode=True)
    return np.moveaxis(np.asarray(maps), -1, 0).reshape(-1) / 9


def test_a_match_is_a_mean_of_products():  # guide rows A3.1, A3.2
    stroke = guide_x()[1:4, 1:4]
    products = stroke * DIAGONAL
    assert products.tolist() == [[1] * 3] * 3  # nine ones, not eight
    match = F.conv(stroke[..., None], DIAGONAL[..., None, None], padding="VALID") / DIAGONAL.size
    assert match.item() == products.mean() == 1
    assert (sums(-guide_x()) / 9)[1, 1, 0] == -1


def test_the_match_in_the_middle():  # guide row A3.3
    products = guide_x()[3:6, 3:6] * DIAGONAL
    assert products.tolist() == [[1, 1, -1], [1, 1, 1], [-1, 1, 1]]
    assert sums(guide_x())[3, 3, 0] / 9 == pytest.approx(0.5556, abs=5e-5)


MAPS = {
    0: """ 7 -1  1  3  5 -1  3 / -1  9 -1  3 -1  1 -1 /  1 -1  9 -3  1 -1  5 /  3  3 -3  5 -3  3  3
         / 5 -1  1 -3  9 -1  1 / -1  1 -1  3 -1  9 -1 /  3 -1  5  3  1 -1  7""",  # guide row A3.4
    1: """ 3 -5  1 -1  1 -5  3 / -5  5 -5  3 -5  5 -5 /  1 -5  5 -7  5 -5  1 / -1  3 -7  9 -7  3 -1
         / 1 -5  5 -7  5 -5  1 / -5  5 -5  3 -5  5 -5 /  3 -5  1 -1  1 -5  3""",  # guide row A3.5
    2: """ 3 -1  5  3  1 -1  7 / -1  1 -1  3 -1  9 -1 /  5 -1  1 -3  9 -1  1 /  3  3 -3  5 -3  3  3
         / 1 -1  9 -3  1 -1  5 / -1  9 -1  3 -1  1 -1 /  7 -1  1  3  5 -1  3""",  # guide row A3.6
}


@pytest.mark.parametrize("feature", MAPS)
def test_the_maps_in_ninths(feature):  # guide rows A3.4, A3.5, A3.6
    np.testing.assert_array_equal(sums(guide_x())[..., feature], table(MAPS[feature]))


@pytest.mark.parametrize("letter", [guide_x(), guide_o()])
def test_a_match_is_an_odd_number_of_ninths(letter):  # guide row A3.6: never 0.22
    assert (np.asarray(sums(letter)) % 2 == 1).all()


def test_the_anti_diagonal_is_that_of_the_bank():
    bank = filters.line_bank()[..., 2:]
    np.testing.assert_array_equal(bank, FEATURES[..., [0, 2]])


def test_relu_drops_negative_matches():  # guide row A3.9
    rectified = np.asarray(F.relu(sums(guide_x())))
    expected = [[7, 0, 1, 3, 5, 0, 3], [0, 9, 0, 3, 0, 1, 0]]
    np.testing.assert_array_equal(rectified[:2, :, 0], expected)
    np.testing.assert_array_equal(rectified, np.maximum(np.asarray(sums(guide_x())), 0))


POOLED = {
    0: "9 3 5 3 / 3 9 3 5 / 5 3 9 1 / 3 5 1 7",  # guide row A3.10
    1: "5 3 5 3 / 3 9 5 1 / 5 5 5 1 / 3 1 1 3",  # guide row A3.11
    2: "3 5 9 7 / 5 5 9 3 / 9 9 1 5 / 7 3 5 3",  # guide row A3.11
}


@pytest.mark.parametrize("feature", POOLED)
def test_the_pooled_maps_in_ninths(feature):  # guide rows A3.10, A3.11
    pooled = F.max_pool(F.relu(sums(guide_x())), (2, 2), ceil_mode=True)
    np.testing.assert_array_equal(pooled[..., feature], table(POOLED[feature]))


def test_pooling_quarters_the_pixels():  # guide row A3.12
    before = (2448, 3264)  # 8 megapixels
    after = F.pool_output_shape(before, (2, 2))
    assert round(np.prod(before) / 1e6) == 8
    assert round(np.prod(after) / 1e6) == 2
    assert np.prod(after) * 4 == np.prod(before)


FULL, HALF = 1, 5 / 9


@pytest.mark.parametrize(
    ("letter", "full"),
    [
        (guide_x(), [1, 4, 5, 10, 11]),  # guide row A3.13
        (guide_o(), [2, 3, 9, 12]),  # guide row A3.14
    ],
)
def test_twelve_numbers_for_a_letter(letter, full):
    expected = np.full(12, HALF)
    expected[np.array(full) - 1] = FULL
    np.testing.assert_allclose(vector(letter), expected, rtol=1e-6)


def test_the_votes():  # guide rows A3.15, A3.16, A3.16b, A3.17
    winners = np.stack([vector(letter) == 1 for letter in (guide_x(), guide_o())], axis=1)
    scores = jnp.asarray(NEW_LETTER) @ (winners / winners.sum(axis=0))
    np.testing.assert_allclose(scores, [0.912, 0.5175], rtol=1e-6)
    assert scores.sum() == pytest.approx(1.4295)  # no probabilities
    assert "XO"[scores.argmax()] == "X"


def test_a_smile_and_a_frown_in_five_steps():  # guide rows A1.10, A4.15
    smile = guide_smile()[..., None]
    frown = smile.copy()
    frown[4:6] = smile[5:3:-1]
    kernel = np.stack([np.eye(2), np.eye(2)[::-1]], axis=-1)[:, :, None] * 2 - 1
    weights = np.zeros((3, 3, 2, 2), np.float32)
    weights[2, 0, 0, 0] = weights[2, 2, 1, 0] = 1
    weights[2, 0, 1, 1] = weights[2, 2, 0, 1] = 1

    def scores(face):
        maps = F.relu(F.conv(face, kernel.astype(np.float32), padding="VALID"))
        assert maps.shape == (6, 6, 2)
        pooled = F.max_pool(maps, (2, 2))
        assert pooled.shape == (3, 3, 2)
        return pooled.reshape(-1) @ weights.reshape(18, 2)

    np.testing.assert_array_equal(scores(smile), [4, 2])
    np.testing.assert_array_equal(scores(frown), [2, 4])

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import DropBlock, SpatialDropout
from jaxcnn.layers import DropBlockModule, SpatialDropoutModule, call

KEY = jax.random.key(0)
ONES = jnp.ones((200, 6, 6, 4))


@pytest.mark.thorough
def test_whole_channels_are_dropped_and_the_rest_scaled():
    dropped = np.asarray(call(SpatialDropoutModule(0.2), ONES, train=True, key=KEY))
    np.testing.assert_array_equal(dropped, np.broadcast_to(dropped[:, :1, :1], ONES.shape))
    np.testing.assert_allclose(np.unique(dropped), [0, 1.25])
    # Three standard deviations of a mean of 800 coins.
    assert (dropped[:, 0, 0] == 0).mean() == pytest.approx(0.2, abs=3 * np.sqrt(0.16 / 800))


def blocks_cover(dropped, side):
    """Whether each dropped pixel of a map lies in a block that is dropped as a whole."""
    covered = np.zeros_like(dropped)
    rows, columns = np.array(dropped.shape) - side + 1
    for row in range(rows):
        for column in range(columns):
            block = np.s_[row : row + side, column : column + side]
            if dropped[block].all():
                covered[block] = True
    return (covered == dropped).all()


@pytest.mark.thorough
def test_blocks_are_dropped_and_each_example_keeps_its_sum():
    made = np.asarray(call(DropBlockModule(0.3, 3), ONES, train=True, key=KEY))
    for example in made[:20]:
        for channel in range(4):
            assert blocks_cover(example[..., channel] == 0, 3)
    np.testing.assert_allclose(made.mean((1, 2, 3)), 1, rtol=1e-5)
    # 16 places start a block with this probability; a pixel stays if none of its places does.
    start = 0.3 * 36 / (9 * 16)
    places = np.array([1, 2, 3, 3, 2, 1])
    stays = ((1 - start) ** np.outer(places, places)).mean()
    assert (made != 0).mean() == pytest.approx(stays, abs=0.02)


@pytest.mark.slow
def test_blocks_of_one_pixel_are_dropout_and_large_ones_the_whole_map():
    one = np.asarray(DropBlockModule(0.25, 1)(ONES, rngs=KEY))
    assert (one == 0).mean() == pytest.approx(0.25, abs=0.02)
    whole = np.asarray(DropBlockModule(0.25, 99)(ONES, rngs=KEY)) == 0
    np.testing.assert_array_equal(whole, np.broadcast_to(whole[:, :1, :1], ONES.shape))
    assert whole.mean() == pytest.approx(0.25, abs=0.06)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "module",
    [SpatialDropoutModule(0.5), pytest.param(DropBlockModule(0.5, 2), marks=pytest.mark.slow)],
)
def test_place_key_and_mode(module):
    x = ONES[:12]
    whole, start = (np.asarray(module(x[:n], rngs=KEY)) for n in (12, 5))
    np.testing.assert_array_equal(start == 0, whole[:5] == 0)
    assert not np.array_equal(whole, module(x, rngs=jax.random.key(1)))
    np.testing.assert_array_equal(call(module, x, train=False, key=KEY), x)
    with pytest.raises(ValueError, match="key: expected a random key such as"):
        call(module, x, train=True, key=None)
    gradient = jax.grad(lambda x: module(x, rngs=KEY).sum())(x)
    np.testing.assert_allclose(gradient, whole)


@pytest.mark.parametrize("layer", [SpatialDropout(0.1), DropBlock(0.1)])
def test_they_need_feature_maps(layer):
    with pytest.raises(ValueError, match=r"input_shape: expected \(\*spatial, channels\)"):
        layer.output_shape((10,))

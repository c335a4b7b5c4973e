import jax
import numpy as np
import pytest

from jaxcnn import explain
from jaxcnn.data import RAND_AUGMENT_OPERATIONS, Augmentation

KEY = jax.random.key(0)
IMAGE, *OTHERS = np.random.default_rng(0).integers(0, 256, (4, 8, 9, 3), np.uint8)
OTHERS = np.array(OTHERS)


def shown(figure):
    return np.array([axes.images[0].get_array() for axes in figure.axes])


@pytest.mark.slow
def test_rows_are_the_policy_and_each_of_its_parts():  # guide row A8.26
    augmentation = Augmentation(flip="random", cutout=3)
    figure = explain.plot_augmentation(augmentation, IMAGE, key=KEY, columns=3, title="mine")
    assert figure.get_suptitle() == "mine"
    words = [axes.get_ylabel().replace("\n", " ") for axes in figure.axes[::3]]
    assert words == ["the whole augmentation", "flip: random", "cutout of 3×3 pixels"]
    assert [axes.get_title() for axes in figure.axes[:3]] == ["epoch 0", "epoch 1", "epoch 2"]
    whole, flipped, _ = shown(figure).reshape(3, 3, 8, 9, 3)

    @jax.jit
    def varied(epoch):
        return augmentation.apply(IMAGE[None], key=KEY, epoch=epoch, indices=np.array([0]))[0]

    for epoch in range(3):
        expected = varied(epoch)
        np.testing.assert_allclose(whole[epoch], np.asarray(expected) / 255, atol=1e-6)
        assert any(np.allclose(flipped[epoch] * 255, x) for x in (IMAGE, IMAGE[:, ::-1]))


@pytest.mark.thorough
def test_a_single_part_is_a_single_row():
    figure = explain.plot_augmentation(Augmentation(shift=1), IMAGE, key=KEY, columns=2)
    assert figure.axes[0].get_ylabel() == "shift by up\nto ±1 pixels"
    assert len(figure.axes) == 2


@pytest.mark.slow
def test_rand_augment_shows_all_operations():
    augmentation = Augmentation(rand_augment=(1, 5))
    figure = explain.plot_augmentation(augmentation, IMAGE[..., :1], key=KEY, columns=7)
    titles = [axes.get_title().replace(" ", "_") for axes in figure.axes[7:]]
    assert titles == list(RAND_AUGMENT_OPERATIONS)


@pytest.mark.thorough
def test_mixing_shows_partner_and_share():
    augmentation = Augmentation(mixup=1.0)
    figure = explain.plot_augmentation(augmentation, IMAGE, key=KEY, columns=2, others=OTHERS)
    _, partners, mixed = shown(figure).reshape(3, 2, 8, 9, 3)
    for partner, result, axes in zip(partners, mixed, figure.axes[4:], strict=True):
        assert any(np.allclose(partner * 255, other) for other in OTHERS)
        share = float(axes.get_title().split("%")[0]) / 100
        expected = share * IMAGE / 255 + (1 - share) * partner
        np.testing.assert_allclose(result, expected, atol=0.01)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image": IMAGE[..., :2]}, r"image: expected one image .*, got shape \(8, 9, 2\)"),
        ({"image": OTHERS}, r"image: expected one image .*, got shape \(3, 8, 9, 3\)"),
        ({"columns": 0}, "columns: expected at least 1, got 0"),
        ({}, "others: expected images to mix with"),
        ({"others": OTHERS[:, :4]}, r"others: expected shape \(N, 8, 9, 3\) and dtype uint8"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        explain.plot_augmentation(
            Augmentation(mixup=1.0), **({"image": IMAGE, "key": KEY, "columns": 1} | options)
        )

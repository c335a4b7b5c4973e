import jax
import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.colors import to_hex
from scipy.stats import entropy

from jaxcnn import explain
from jaxcnn.explain.drawing import BLUE, ORANGE, PALE_BLUE, PALE_GRAY, PALE_ORANGE

NAMES = ["cat", "dog", "frog", "ship"]
RNG = np.random.default_rng(0)


def example(n, *, size=8, channels=3, num_classes=4):
    images = RNG.integers(0, 256, (n, size, size, channels), np.uint8)
    labels = RNG.integers(0, num_classes, n)
    return images, labels, RNG.dirichlet(np.ones(num_classes), n)


TWO = (
    np.zeros((2, 8, 8, 1), np.uint8),
    np.array([1, 2]),
    np.array([[0.1, 0.7, 0.15, 0.05], [0.6, 0.05, 0.25, 0.1]]),
)


def test_right_and_wrong_are_told_apart_by_words_and_colors():  # guide row A8.22
    figure = explain.plot_guesses(*TWO, NAMES, title="classic on pets")
    titles = [figure.axes[0]._left_title, figure.axes[2]._left_title]
    assert [t.get_text() for t in titles] == ["✓ right: dog", "✗ wrong, it is: frog"]
    assert [t.get_color() for t in titles] == [BLUE, ORANGE]
    assert figure.get_suptitle() == "classic on pets"
    assert figure.get_supxlabel().startswith("n = 2 images, 1 right.")


def test_bars_are_the_probabilities_of_the_top_classes():
    wrong = explain.plot_guesses(*TWO, NAMES).axes[3]
    assert [text.get_text() for text in wrong.texts] == ["cat", "60%", "frog", "25%", "ship", "10%"]
    assert [bar.get_width() for bar in wrong.patches] == pytest.approx([0.6, 0.25, 0.1])
    colors = [to_hex(bar.get_facecolor()) for bar in wrong.patches]
    assert colors == [c.lower() for c in (PALE_ORANGE, PALE_BLUE, PALE_GRAY)]


@pytest.mark.parametrize(("top", "shown"), [(1, 1), (3, 3), (9, 4)])
def test_top(top, shown):
    figure = explain.plot_guesses(*TWO, NAMES, top=top)
    assert len(figure.axes[1].patches) == shown


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("n", "size", "channels", "num_classes"),
    [(1, 32, 3, 4), (7, 28, 1, 10), (5, 8, 3, 100)],
)
def test_pages(draw, n, size, channels, num_classes):
    names = [f"a_rather_long_name_{k}" for k in range(num_classes)]
    arrays = example(n, size=size, channels=channels, num_classes=num_classes)
    figure = draw(explain.plot_guesses(*arrays, names))
    assert len(figure.axes) == 2 * n


def test_floats_and_jax_arrays_draw_the_same():
    images, labels, probabilities = example(1)
    for kind in (images, images / 255, jnp.asarray(images)):
        figure = explain.plot_guesses(kind, labels, probabilities, NAMES)
        np.testing.assert_allclose(figure.axes[0].images[0].get_array(), images[0] / 255, atol=1e-6)


most_ambiguous = jax.jit(explain.most_ambiguous, static_argnums=1)
FOUR_CLASSES = np.random.default_rng(0).dirichlet(np.ones(4), 30).astype(np.float32)


def test_gaps_and_entropies_against_numpy():  # guide rows A1.11, A8.23
    found = most_ambiguous(FOUR_CLASSES, 7)
    second, first = np.sort(FOUR_CLASSES, axis=1)[:, -2:].T
    order = second.argsort()[::-1][:7]
    assert found.indices.tolist() == order.tolist()
    np.testing.assert_allclose(found.gaps, (first - second)[order], rtol=1e-5)
    np.testing.assert_allclose(found.entropies, entropy(FOUR_CLASSES[order], axis=1), rtol=1e-5)


def test_to_be_of_two_minds_is_not_to_know_nothing():  # guide row A1.11
    unknown, duck_or_rabbit, duck = (
        [0.26, 0.25, 0.25, 0.24],
        [0.48, 0.46, 0.06, 0],
        [0.9, 0.1, 0, 0],
    )
    found = most_ambiguous(np.array([unknown, duck_or_rabbit, duck], np.float32), 3)
    assert found.indices.tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ("probabilities", "count", "message"),
    [
        (jnp.ones((2, 1)), 1, r"expected shape \(N, K\), K at least 2, got \(2, 1\)"),
        (FOUR_CLASSES, 31, "count: expected 1 to the number of examples, 30, got 31"),
    ],
)
def test_errors_of_most_ambiguous(probabilities, count, message):
    with pytest.raises(ValueError, match=message):
        explain.most_ambiguous(probabilities, count)

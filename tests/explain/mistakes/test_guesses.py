from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.colors import to_hex

from jaxcnn import explain
from jaxcnn.explain.drawing._figure import BLUE, ORANGE, PALE_BLUE, PALE_GRAY, PALE_ORANGE

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


def test_right_and_wrong_are_told_apart_by_words_and_colours(draw):  # guide row A8.22
    figure = draw(explain.plot_guesses(*TWO, NAMES, title="classic on pets"))
    titles = [figure.axes[0]._left_title, figure.axes[2]._left_title]
    assert [t.get_text() for t in titles] == ["✓ right: dog", "✗ wrong, it is: frog"]
    assert [t.get_color() for t in titles] == [BLUE, ORANGE]
    assert figure.get_suptitle() == "classic on pets"
    assert figure.get_supxlabel().startswith("n = 2 shown, 1 right.")


def test_bars_are_the_probabilities_of_the_top_classes():
    wrong = explain.plot_guesses(*TWO, NAMES).axes[3]
    assert [text.get_text() for text in wrong.texts] == ["cat", "60%", "frog", "25%", "ship", "10%"]
    assert [bar.get_width() for bar in wrong.patches] == pytest.approx([0.6, 0.25, 0.1])
    colours = [to_hex(bar.get_facecolor()) for bar in wrong.patches]
    assert colours == [c.lower() for c in (PALE_ORANGE, PALE_BLUE, PALE_GRAY)]


@pytest.mark.parametrize(("top", "shown"), [(1, 1), (3, 3), (9, 4)])
def test_top(top, shown):
    figure = explain.plot_guesses(*TWO, NAMES, top=top)
    assert len(figure.axes[1].patches) == shown


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
    images, labels, probabilities = example(3)
    for kind in (images, images / 255, jnp.asarray(images)):
        figure = explain.plot_guesses(kind, labels, probabilities, NAMES)
        np.testing.assert_allclose(figure.axes[0].images[0].get_array(), images[0] / 255, atol=1e-6)


IMAGES, LABELS, PROBABILITIES = example(3)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"images": IMAGES[0]}, ValueError, r"images must have shape .* got \(8, 8, 3\)"),
        ({"images": IMAGES[:0]}, ValueError, r"at least one image; got \(0, 8, 8, 3\)"),
        ({"images": IMAGES.transpose(0, 3, 1, 2)}, ValueError, r"got \(3, 3, 8, 8\)"),
        ({"images": IMAGES.astype(int)}, TypeError, "uint8 or floating point; got int64"),
        ({"images": IMAGES / 50}, ValueError, "between 0 and 1, as they were before normalisation"),
        ({"images": IMAGES * np.nan}, ValueError, "between 0 and 1"),
        ({"labels": LABELS[:2]}, ValueError, r"labels must have shape \(3,\).* got \(2,\)"),
        ({"labels": LABELS * 1.0}, TypeError, "labels must be integer class numbers; got float64"),
        ({"labels": LABELS + 4}, ValueError, "labels must lie between 0 and 3; got"),
        (
            {"probabilities": PROBABILITIES[:2]},
            ValueError,
            r"probabilities must have shape \(3, K\), one row an image; got \(2, 4\)",
        ),
        ({"class_names": NAMES[:2]}, ValueError, "class_names must name each of the 4 .* got 2"),
        ({"top": 0}, ValueError, "top must be at least 1; got 0"),
    ],
)
def test_errors(change, error, message):
    arguments: dict[str, Any] = {
        "images": IMAGES,
        "labels": LABELS,
        "probabilities": PROBABILITIES,
        "class_names": NAMES,
    }
    with pytest.raises(error, match=message):
        explain.plot_guesses(**(arguments | change))

import bright_rows
import numpy as np
import pytest

from jaxcnn import explain

NAMES = ["cat", "dog", "$ign"]
MATRIX = np.array([[800, 150, 50], [1, 999, 0], [0, 0, 0]])  # a class without examples


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_axes_and_caption():
    figure = explain.plot_confusion_matrix(MATRIX, NAMES, title="classic on pets")
    axes, bar = figure.axes
    assert figure.get_suptitle() == "classic on pets"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    assert bar.get_ylabel() == "% of the true class"
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [label.get_text() for label in labels] == ["cat", "dog", r"\$ign"]
    caption = figure.get_supxlabel().replace("\n", " ")
    assert caption.startswith("n = 2,000 examples, 1,799 right (90.0%)")
    assert "The color scale is not linear: it follows the square root of the share" in caption


def test_cells_hold_counts_where_there_are_any():
    axes = explain.plot_confusion_matrix(MATRIX, NAMES).axes[0]
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written == {
        (0, 0): "800",
        (1, 0): "150",
        (2, 0): "50",
        (0, 1): "1",
        (1, 1): "999",
    }  # (column, row)


def test_rows_are_colored_by_their_own_sum():
    image = explain.plot_confusion_matrix(MATRIX, NAMES).axes[0].images[0]
    np.testing.assert_allclose(image.get_array(), [[80, 15, 5], [0.1, 99.9, 0], [0, 0, 0]])


@pytest.mark.thorough
def test_many_classes_get_a_list_instead_of_numbers(draw):
    counts = np.diag(np.full(24, 60))
    counts[3, 7], counts[8, 2] = 40, 12
    figure = draw(explain.plot_confusion_matrix(counts, [f"name{k}" for k in range(24)]))
    matrix, beside, _ = figure.axes
    assert texts(matrix) == []
    (listed,) = texts(beside)
    assert [line.split() for line in listed.splitlines()[-2:]] == [
        ["40", "name3", "→", "name7"],
        ["12", "name8", "→", "name2"],
    ]
    assert len(matrix.get_yticklabels()) == 24


@pytest.mark.thorough
def test_a_thousand_classes_fit_on_a_page():
    figure = explain.plot_confusion_matrix(np.eye(1000), [f"name{k}" for k in range(1000)])
    matrix, *_ = figure.axes
    assert len(matrix.get_yticklabels()) < 30
    assert figure.get_size_inches().max() < 25


def test_a_matrix_of_zeros(draw):
    figure = draw(explain.plot_confusion_matrix(np.zeros((2, 2), int), NAMES[:2]))
    assert "n = 0 examples, 0 right" in figure.get_supxlabel()


DATA = bright_rows.dataset(9)
LOGITS = 3 * np.eye(3)[DATA.labels]
LOGITS[[1, 4], 0] += (5, 7)  # next → top, the second more surely
LOGITS[8, 1] += 5  # third → next


@pytest.fixture(scope="module")
def report():
    return explain.ClassificationReport.of(LOGITS, DATA.labels, DATA.class_names)


def test_a_row_a_pair_with_the_surest_first(report):
    words, pictures, _, others = explain.plot_confused_pairs(report, DATA).axes
    assert [text.get_text() for text in words.texts] == ["next → top", "2 of 3 (66.7%)"]
    shown = np.asarray(pictures.images[0].get_array())
    np.testing.assert_allclose(shown[:, :8, 0], DATA.images[4, ..., 0] / 255, atol=1e-6)
    np.testing.assert_allclose(shown[:, 10:18, 0], DATA.images[1, ..., 0] / 255, atol=1e-6)
    assert (others.images[0].get_array()[:, 8:] == 1).all()  # of the other pair there is but one

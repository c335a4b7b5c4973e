import numpy as np
import pytest

from jaxcnn import explain

NAMES = ["cat", "dog", "$ign"]
MATRIX = np.array([[800, 150, 50], [1, 999, 0], [0, 0, 0]])  # a class without examples


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_axes_and_caption(draw):
    figure = draw(explain.plot_confusion_matrix(MATRIX, NAMES, title="classic on pets"))
    axes, bar = figure.axes
    assert figure.get_suptitle() == "classic on pets"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    assert bar.get_ylabel() == "% of the true class"
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [label.get_text() for label in labels] == ["cat", "dog", r"\$ign"]
    caption = figure.get_supxlabel().replace("\n", " ")
    assert caption.startswith("n = 2,000 examples, 1,799 right (90.0%)")


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


def test_rows_are_coloured_by_their_own_sum():
    image = explain.plot_confusion_matrix(MATRIX, NAMES).axes[0].images[0]
    np.testing.assert_allclose(image.get_array(), [[80, 15, 5], [0.1, 99.9, 0], [0, 0, 0]])


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


def test_a_thousand_classes_fit_on_a_page():
    figure = explain.plot_confusion_matrix(np.eye(1000), [f"name{k}" for k in range(1000)])
    matrix, *_ = figure.axes
    assert len(matrix.get_yticklabels()) < 30
    assert figure.get_size_inches().max() < 25


def test_a_matrix_of_zeros(draw):
    figure = draw(explain.plot_confusion_matrix(np.zeros((2, 2), int), NAMES[:2]))
    assert "n = 0 examples, 0 right" in figure.get_supxlabel()


def test_errors():
    with pytest.raises(ValueError, match=r"matrix must have shape \(K, K\); got \(2, 3\)"):
        explain.plot_confusion_matrix(np.zeros((2, 3)), NAMES)
    with pytest.raises(ValueError, match="class_names must name each of the 3 classes; got 2"):
        explain.plot_confusion_matrix(MATRIX, NAMES[:2])

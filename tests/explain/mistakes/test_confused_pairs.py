import bright_rows
import numpy as np
import pytest

from jaxcnn import explain

DATA = bright_rows.dataset(9)
LOGITS = 3 * np.eye(3)[DATA.labels]
LOGITS[[1, 4], 0] += (5, 7)  # next → top, the second more surely
LOGITS[8, 1] += 5  # third → next


@pytest.fixture(scope="module")
def report():
    return explain.ClassificationReport.of(LOGITS, DATA.labels, DATA.class_names)


def test_a_row_a_pair_with_the_surest_first(draw, report):
    words, pictures, _, others = draw(explain.plot_confused_pairs(report, DATA)).axes
    assert [text.get_text() for text in words.texts] == ["next → top", "2 of 3 (66.7%)"]
    shown = np.asarray(pictures.images[0].get_array())
    np.testing.assert_allclose(shown[:, :8, 0], DATA.images[4, ..., 0] / 255, atol=1e-6)
    np.testing.assert_allclose(shown[:, 10:18, 0], DATA.images[1, ..., 0] / 255, atol=1e-6)
    assert (others.images[0].get_array()[:, 8:] == 1).all()  # of the other pair there is but one


def test_errors(report):
    with pytest.raises(ValueError, match="dataset must be the set that the report is of"):
        explain.plot_confused_pairs(report, bright_rows.dataset(6))
    with pytest.raises(ValueError, match="pairs and per_pair must be at least 1; got 0 and 8"):
        explain.plot_confused_pairs(report, DATA, pairs=0)
    right = explain.ClassificationReport.of(np.eye(3)[DATA.labels], DATA.labels, DATA.class_names)
    with pytest.raises(ValueError, match="report must hold mistakes; all is right"):
        explain.plot_confused_pairs(right, DATA)

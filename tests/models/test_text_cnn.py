import built
import pytest

from jaxcnn.models import text_cnn


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"num_classes": 5, "num_words": 50, "embedding": 6, "widths": (2, 7), "features": 3},
        {"num_words": 50, "channels": 2},
    ],
)
def test_parameters_by_the_closed_form(options):
    given = {"num_classes": 2, "num_words": 18_766, "embedding": 300, "widths": (3, 4, 5)}
    n, v, k, widths, m, channels = (given | {"features": 100, "channels": 1} | options).values()
    expected = channels * v * k + sum(m * (h * channels * k + 1) for h in widths)
    expected += (len(widths) * m + 1) * n
    net = text_cnn(**options)
    assert net.costs((64,)).parameters == built.variables(net, (64,)) == expected
    if not options:
        assert expected == 5_990_702


def test_shapes():
    net = text_cnn()
    assert net.layer_shapes((20,)) == [(20,), (20, 300), (300,), (300,), (2,)]
    with pytest.raises(ValueError, match="Conv 5 VALID: expected at least 5, got 4"):
        net.output_shape((4,))

import built
import numpy as np
import pytest

from jaxcnn.architecture import walk
from jaxcnn.layers import Conv, Dense, Residual, Sequential
from jaxcnn.models import resnet20, resnet56, resnet110

IMAGE = (32, 32, 3)


@pytest.mark.parametrize(("model", "n"), [(resnet20, 3), (resnet56, 9), (resnet110, 18)])
def test_depth_and_shapes(model, n):  # He et al. 2016, section 4.2
    visits = [*walk(model(), IMAGE)]
    assert sum(isinstance(visit.layer, Conv | Dense) for visit in visits) == 6 * n + 2
    sums = [visit.output_shape for visit in visits if isinstance(visit.layer, Residual)]
    assert sums == [(32, 32, 16)] * n + [(16, 16, 32)] * n + [(8, 8, 64)] * n


@pytest.mark.parametrize(("f", "classes"), [(16, 10), (5, 100)])
@pytest.mark.parametrize(("model", "n"), [(resnet20, 3), (resnet110, 18)])
def test_the_closed_form_of_its_documentation(model, n, f, classes):
    weights = 27 * f + 9 * f**2 * (42 * n - 10) + 2 * f * (1 + 14 * n) + (4 * f + 1) * classes
    assert model(classes, width=f).costs(IMAGE).parameters == weights


def test_shortcuts_keep_every_second_pixel_and_add_zeros():
    visits = walk(resnet20(), IMAGE)
    sums = [visit.layer for visit in visits if isinstance(visit.layer, Residual)]
    shortcuts = [layer.shortcut for layer in sums]
    assert [bool(shortcut) for shortcut in shortcuts] == [i in (3, 6) for i in range(9)]
    pictures = np.random.default_rng(0).normal(size=(2, 6, 5, 4)).astype(np.float32)
    outputs = built.module(Sequential(shortcuts[3]), (6, 5, 4))(pictures)
    every_second = pictures[:, ::2, ::2]
    np.testing.assert_array_equal(outputs[..., :4], every_second)
    np.testing.assert_array_equal(outputs[..., 4:], np.zeros_like(every_second))


@pytest.mark.parametrize("side", [32, 31, 29])
def test_odd_sizes_fit(side):
    assert resnet20(width=2).output_shape((side, side - 2, 1)) == (10,)


def test_features_that_are_none():
    with pytest.raises(ValueError, match=r"^width: expected at least 1, got 0"):
        resnet20(width=0)

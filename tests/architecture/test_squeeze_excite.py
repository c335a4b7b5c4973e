import built
import numpy as np
import pytest

from jaxcnn import SqueezeExcite
from jaxcnn.architecture import Window


@pytest.mark.parametrize("input_shape", [(5, 4), (3, 5, 4), (2, 3, 5, 4)])
def test_prediction_is_what_is_built(input_shape):
    layer = SqueezeExcite(3)
    assert layer.output_shape(input_shape) == built.output_shape(layer, input_shape) == input_shape
    assert layer.costs(input_shape).parameters == built.variables(layer, input_shape) == 31
    assert layer.window(input_shape) == Window.of_one_pixel(len(input_shape) - 1)


def test_costs():
    # Hu et al. 2018: two layers of C * C / r weights, then a product for each value.
    assert SqueezeExcite(2).costs((7, 7, 32)) == (
        2 * 32 * 2 + 2 + 32,
        2 * 32 * 2 + 7 * 7 * 32,
        4 * (2 * 32 * 2 + 2 + 32),
    )


def test_both_dense_layers_start_as_told():
    module = built.module(SqueezeExcite(3, kernel_init=("constant", 2.0)), (5, 4))
    for dense in (module.fc1, module.fc2):
        assert (np.asarray(dense.kernel[...]) == 2).all()
    with pytest.raises(ValueError, match=r"^kernel_init: expected one of"):
        SqueezeExcite(3, kernel_init="he")


def test_it_needs_a_picture():
    for use in (SqueezeExcite(3).output_shape, lambda s: built.module(SqueezeExcite(3), s)):
        with pytest.raises(ValueError, match=r"input_shape must be \(\*spatial, channels\)"):
            use((4,))

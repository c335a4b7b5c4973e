import numpy as np
from golden.make_captum import TARGETS, UNIT

from jaxcnn import explain


def test_is_what_captum_says(model, images, captum):
    captum("guided_backprop", explain.guided_backprop(model, images, TARGETS))
    unit = explain.Unit(*UNIT)
    captum("unit/guided_backprop", explain.guided_backprop(model, images, unit))


def test_of_a_unit_of_a_relu_layer_is_that_before_it_where_it_fired(model, images):
    after = explain.guided_backprop(model, images, explain.Unit("relu2", 2, (0, 1)))
    before = explain.guided_backprop(model, images, explain.Unit("conv2", 2, (0, 1)))
    fired = explain.feature_maps(model, images, "relu2")[:, 0, 1, 2] > 0
    assert fired.any()
    np.testing.assert_allclose(after, before * fired[:, None, None, None], rtol=1e-5, atol=1e-7)

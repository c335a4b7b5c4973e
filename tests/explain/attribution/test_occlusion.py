from functools import partial

import built
import jax
import numpy as np
import pytest
from golden.make_captum import BASELINE, STRIDE, TARGETS, WINDOW

import jaxcnn
from jaxcnn import explain

OPTIONS = {"window": WINDOW, "stride": STRIDE, "baseline": BASELINE}


@pytest.mark.thorough
def test_is_what_captum_says(model, images, assert_is_captums, compiled):  # guide row A7.3
    assert_is_captums(
        "occlusion", compiled(explain.occlusion, model, images, [*TARGETS], **OPTIONS)
    )


@pytest.mark.thorough
def test_of_every_class_is_that_of_each(model, images, assert_is_captums, compiled):
    found = compiled(explain.occlusion_for_every_class, model, images, **OPTIONS)
    assert found.shape == (3, 2, 6, 7)
    assert_is_captums("occlusion", found[TARGETS, np.arange(2)])


@pytest.mark.parametrize(
    ("window", "batch_size", "expected"),
    [(2, 2, [3, 3, 12, 12, 16]), (3, 100, [7, 7, (7 + 28) / 2, 28, 28])],
)
def test_of_a_sum_is_each_windows_sum_on_any_axes(window, batch_size, expected, compiled):
    net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(1, use_bias=False)])
    model = built.filled(net, (5, 1), 1, 1)
    signal = np.array([1, 2, 4, 8, 16], np.float32).reshape(1, 5, 1)
    options = {"window": window, "stride": 2, "batch_size": batch_size}
    found = compiled(explain.occlusion, model, signal, **options)
    np.testing.assert_allclose(found, [expected])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": 7}, r"window: expected at most the images' \(6, 7\), got 7"),
        ({"window": 2, "stride": 3}, "stride: expected at most window"),
        ({"window": (2, 2, 2)}, "window: expected an integer, or one per axis .2., got"),
        ({"batch_size": 0}, "batch_size: expected at least 1"),
    ],
)
def test_bad_options(model, images, options, message):
    with pytest.raises(ValueError, match=message):
        jax.eval_shape(partial(explain.occlusion, model, **options), images)

from functools import partial

import jax
import numpy as np
import pytest
from golden.make_captum import TARGETS

from jaxcnn import explain

METHODS = {
    "deconvnet": explain.deconvnet,
    "grad_cam": explain.grad_cam,
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", METHODS)
def test_is_the_method_class_by_class_under_jit(name, model, images, assert_is_captums):
    every = partial(explain.for_every_class, METHODS[name], num_classes=3, batch_size=4)
    found = jax.jit(every)(model, images)
    assert found.shape[:2] == (3, 2)
    assert_is_captums(name, found[TARGETS, np.arange(2)])


@pytest.mark.parametrize("argument", ["num_classes", "batch_size"])
def test_bad_sizes(model, images, argument):
    sizes = {"num_classes": 3, "batch_size": 4, argument: 0}
    with pytest.raises(ValueError, match=f"{argument}: expected at least 1, got 0"):
        explain.for_every_class(explain.saliency, model, images, **sizes)


def test_more_classes_than_there_are(model, images):
    with pytest.raises(ValueError, match="num_classes: expected at most the model's 3, got 4"):
        explain.for_every_class(explain.saliency, model, images, num_classes=4)

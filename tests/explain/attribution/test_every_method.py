"""What all methods have in common: any number of axes, any dtype, one image or many."""

from functools import partial

import arrays
import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import jaxcnn
from jaxcnn import explain

KEY = jax.random.key(0)
BY_PIXEL_AND_CHANNEL = {
    "saliency": explain.saliency,
    "smooth_grad": partial(explain.smooth_grad, key=KEY, samples=2),
    "integrated_gradients": partial(explain.integrated_gradients, steps=2),
    "guided_backprop": explain.guided_backprop,
    "deconvnet": explain.deconvnet,
}
BY_PIXEL = {
    "grad_cam": explain.grad_cam,
    "grad_cam_plus_plus": explain.grad_cam_plus_plus,
    "occlusion": explain.occlusion,
}
NET = jaxcnn.Sequential(
    [
        jaxcnn.Conv(2, 3, name="conv"),
        jaxcnn.Activation("relu"),
        jaxcnn.MaxPool(2),
        jaxcnn.GlobalAvgPool(),
        jaxcnn.Dense(3),
    ]
)


@pytest.mark.parametrize("method", [*BY_PIXEL_AND_CHANNEL, *BY_PIXEL])
@pytest.mark.parametrize(
    ("shape", "dtype", "target"),
    [
        ((1, 9, 2), jnp.bfloat16, None),
        ((2, 5, 4, 6, 1), jnp.float32, explain.Unit("conv", 1, (0, 1, 2))),
    ],
)
def test_shapes_and_dtypes(method, shape, dtype, target):
    model = nnx.eval_shape(lambda: jaxcnn.build(NET, shape[1:], rngs=nnx.Rngs(0)))
    model = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, dtype), model)
    explained = (BY_PIXEL_AND_CHANNEL | BY_PIXEL)[method]
    if isinstance(target, explain.Unit) and "cam" in method:
        target = 1  # nothing comes before the first layer's units
    found = jax.eval_shape(
        lambda model, images: explained(model, images, target),
        model,
        jax.ShapeDtypeStruct(shape, dtype),
    )
    assert found.shape == (shape[:-1] if method in BY_PIXEL else shape)
    assert found.dtype == dtype


@pytest.mark.parametrize("method", [explain.saliency, explain.occlusion, explain.guided_backprop])
def test_a_network_that_looks_integers_up(method):
    net = jaxcnn.Sequential([jaxcnn.Embedding(9, 2), jaxcnn.GlobalMaxPool()])
    with pytest.raises(TypeError, match="images: expected floating point, which attributions need"):
        method(built.filled(net, (5,)), np.array([[1, 2, 3, 0, 0]]), 0)


@pytest.mark.thorough
def test_many_units_under_jit_and_vmap():
    model, images = built.filled(NET, (4, 4, 1)), arrays.normal(1, 4, 4, 1)

    @jax.jit
    def slopes(units):
        return jax.vmap(lambda unit: explain.saliency(model, images, unit)[0, ..., 0])(units)

    units = explain.Unit("conv", np.array([0, 1, 1]), (np.array([0, 1, 3]), np.array([3, 2, 0])))
    kernel = np.pad(model["conv"].kernel[:, :, 0], ((2, 2), (2, 2), (0, 0)))
    for index, slope in enumerate(slopes(units)):
        channel, row, column = (int(each[index]) for each in (units.channel, *units.position))
        expected = kernel[3 - row : 7 - row, 3 - column : 7 - column, channel]
        np.testing.assert_allclose(slope, expected, rtol=1e-6)

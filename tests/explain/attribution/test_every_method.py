"""What all methods have in common: any number of axes, any dtype, one image or many."""

from functools import partial

import jax
import jax.numpy as jnp
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

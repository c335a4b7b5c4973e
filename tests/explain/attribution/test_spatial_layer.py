import jax.numpy as jnp
import pytest
from flax import nnx

import jaxcnn
from jaxcnn.explain import Unit
from jaxcnn.explain._inputs import subject_of
from jaxcnn.explain.attribution._grad_cam import spatial_layer

NET = jaxcnn.Sequential(
    [
        jaxcnn.Conv(2, 3, name="stem"),
        jaxcnn.Residual([jaxcnn.Conv(2, 3, name="inner")], name="block"),
        jaxcnn.Dropout(0.5, name="drop"),
        jaxcnn.GlobalAvgPool(name="mean"),
        jaxcnn.Dense(2, name="out"),
    ]
)


@pytest.fixture(scope="module")
def subject():
    return subject_of(jaxcnn.build(NET, (4, 4, 1), rngs=nnx.Rngs(0)))


@pytest.mark.parametrize(
    ("target", "layer", "path"),
    [
        (0, None, "layers.drop"),
        (None, "block", "layers.block"),
        (Unit("mean", 0), None, "layers.drop"),
        (Unit("drop", 0), None, "layers.block"),
        (Unit("block", 0), None, "layers.block.layers"),
        (Unit("block.inner", 0), None, "layers.stem"),
    ],
)
def test_is_the_last_before_the_target(subject, target, layer, path):
    inputs = jnp.zeros((1, 4, 4, 1))
    found = spatial_layer(subject, inputs, target, layer)
    assert found.startswith(path)


@pytest.mark.parametrize(
    ("target", "layer", "message"),
    [
        (Unit("stem", 0), None, "must have a layer whose output has spatial axes"),
        (Unit("block.inner", 0), "drop", "layer must come before what is explained, got 'drop'"),
        (0, "mean", "such as 'drop', got 'mean'"),
        (0, "nothing", "there is no layer 'nothing'"),
    ],
)
def test_layers_that_will_not_do(subject, target, layer, message):
    with pytest.raises(ValueError, match=message):
        spatial_layer(subject, jnp.zeros((1, 4, 4, 1)), target, layer)

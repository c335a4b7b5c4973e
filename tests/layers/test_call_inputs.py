import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxcnn.layers import call

RNGS = nnx.Rngs(0)
CONV, CONV_1D = nnx.Conv(3, 4, (3, 3), rngs=RNGS), nnx.Conv(3, 4, 3, rngs=RNGS)
LINEAR, NORM = nnx.Linear(6, 4, rngs=RNGS), nnx.BatchNorm(6, rngs=RNGS)
GROUP_NORM = nnx.GroupNorm(6, 2, rngs=RNGS)
LAYER_NORM = nnx.LayerNorm(6, use_scale=False, use_bias=False, rngs=RNGS)
EMBED = nnx.Embed(10, 4, rngs=RNGS)
GROUPED = nnx.Conv(6, 4, (3, 3), feature_group_count=2, rngs=RNGS)


@pytest.mark.parametrize(
    ("module", "shape"),
    [
        (CONV, (2, 5, 4, 3)),
        (CONV_1D, (2, 5, 3)),
        (GROUPED, (2, 5, 4, 6)),
        (LINEAR, (2, 6)),
        (LINEAR, (2, 5, 6)),
        (NORM, (2, 5, 4, 6)),
        (GROUP_NORM, (2, 5, 4, 6)),
        (LAYER_NORM, (2, 6)),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_what_fits_is_taken(module, shape, dtype):
    inputs = jax.ShapeDtypeStruct(shape, dtype)
    outputs = jax.eval_shape(lambda x: call(module, x, train=False, key=None), inputs)
    assert outputs.shape[:-1] == shape[:-1]


@pytest.mark.parametrize(
    ("module", "shape", "message"),
    [
        (CONV, (2, 3, 5, 4), r"Conv: expected 3 values in the last axis, .* \(2, 3, 5, 4\)"),
        (
            CONV,
            (5, 4, 3),
            r"Conv: expected inputs of shape \(N, H, W, C\), got \(5, 4, 3\) .*images\[:1\]",
        ),
        (CONV_1D, (5, 3), r"Conv: expected inputs of shape \(N, W, C\), got \(5, 3\)"),
        (GROUPED, (2, 5, 4, 3), "Conv: expected 6 values in the last axis"),
        (LINEAR, (2, 7), r"Linear: expected 6 values in the last axis, .* \(2, 7\)"),
        (LINEAR, (), r"Linear: expected 6 values in the last axis, .* \(\)"),
        (NORM, (2, 6, 5, 4), "BatchNorm: expected 6 values in the last axis"),
        (GROUP_NORM, (2, 6, 5, 4), "GroupNorm: expected 6 values in the last axis"),
        (LAYER_NORM, (2, 6, 5, 1), "LayerNorm: expected 6 values in the last axis"),
    ],
)
def test_other_shapes_are_told(module, shape, message):  # guide row A1.7
    with pytest.raises(ValueError, match=message):
        call(module, jnp.asarray(np.ones(shape)), train=False, key=None)


@pytest.mark.parametrize("module", [CONV, LINEAR, NORM, GROUP_NORM, LAYER_NORM])
@pytest.mark.parametrize("dtype", ["uint8", "int32", "bool"])
def test_integers_are_told(module, dtype):
    inputs = jnp.asarray(np.ones((2, 5, 4, 3 if module is CONV else 6), dtype))
    with pytest.raises(TypeError, match=f"expected floating-point inputs, got {dtype} .scale pix"):
        call(module, inputs, train=False, key=None)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "bool"])
def test_an_embedding_needs_integers(dtype):
    text = f"Embed: expected integers of 0 to 9, got {dtype} .an Embedding looks its inputs up"
    with pytest.raises(TypeError, match=text):
        call(EMBED, jnp.ones((2, 5), dtype), train=False, key=None)


@pytest.mark.parametrize("dtype", ["uint8", "int32"])
def test_an_embedding_takes_integers(dtype):
    words = np.array([[9, 0, 9]])
    outputs = call(EMBED, jnp.asarray(words.astype(dtype)), train=False, key=None)
    np.testing.assert_array_equal(outputs, np.asarray(EMBED.embedding[...])[words])

import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxcnn import Conv, ConvTranspose
from jaxcnn import functional as F
from jaxcnn.architecture import from_json, to_json
from jaxcnn.layers import ConvTransposeModule, call


@pytest.mark.parametrize(
    ("layer", "input_shape", "expected"),
    [
        (ConvTranspose(3, 4, strides=2), (7, 2), (14, 3)),
        # (7 - 1) * 2 + 4 - 2 * 1, as torch.nn.ConvTranspose2d says.
        (ConvTranspose(3, 4, strides=2, padding=1), (7, 9, 2), (14, 18, 3)),
        (ConvTranspose(3, (2, 5), padding="VALID", use_bias=False), (7, 9, 2), (8, 13, 3)),
        (ConvTranspose(3, 3, (1, 2, 3), ((1, 0), 1, 2)), (4, 3, 2, 2), (5, 5, 2, 3)),
        (ConvTranspose(3, 3, 2, "CIRCULAR"), (4, 3, 2), (8, 6, 3)),
    ],
)
def test_prediction_is_what_is_built(layer, input_shape, expected):
    assert layer.output_shape(input_shape) == built.output_shape(layer, input_shape) == expected
    costs = layer.costs(input_shape)
    assert costs.parameters == built.variables(layer, input_shape)
    assert costs.bytes == 4 * costs.parameters


@pytest.mark.parametrize("strides", [1, 2, (3, 1)])
def test_costs_are_those_of_the_forward_convolution(strides):
    layer = ConvTranspose(8, 4, strides=strides, padding=1, use_bias=False)
    larger = layer.output_shape((7, 9, 2))
    forward = Conv(2, 4, strides=strides, padding=1, use_bias=False)
    assert forward.output_shape(larger) == (7, 9, 2)
    assert layer.costs((7, 9, 2)) == forward.costs(larger)


def test_window_is_everything():
    layer = ConvTranspose(2, 3, strides=2)
    assert layer.receptive_field((4, 5, 2)) == ((4, 5), (0, 0), (0, 0))


def test_label():
    assert ConvTranspose(3, 4).label((7, 9, 2)) == "ConvTranspose 4×4"


@pytest.mark.parametrize(
    ("input_shape", "text"),
    [
        ((8,), r"input_shape: expected \(\*spatial, channels\)"),
        ((8, 4), r"kernel_size: expected an integer, or one per axis .1."),
        ((2, 2, 4), "padding: expected less, got 2, which leaves no output"),
    ],
)
def test_input_that_does_not_fit(input_shape, text):
    layer = ConvTranspose(3, (2, 2), padding=2)
    for use in (
        layer.output_shape,
        layer.costs,
        layer.receptive_field,
        lambda s: built.module(layer, s),
    ):
        with pytest.raises(ValueError, match=text):
            use(input_shape)


OPTIONS = {
    "kernel_init": nnx.initializers.normal(1.0),
    "bias_init": nnx.initializers.normal(1.0),
    "rngs": nnx.Rngs(0),
}


@pytest.mark.thorough
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 1), (2, 3)])
def test_same_as_flax(padding, strides):
    ours = ConvTransposeModule(
        3, 4, (3, 2), strides=strides, padding=padding, use_bias=True, **OPTIONS
    )  # fmt: skip
    theirs = nnx.ConvTranspose(3, 4, (3, 2), strides, padding=padding, rngs=nnx.Rngs(0))
    nnx.update(theirs, nnx.state(ours))
    x = jax.random.normal(jax.random.key(0), (2, 5, 6, 3))
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-5)


def test_values_of_pytorch():
    # torch.nn.functional.conv_transpose1d(x, w, stride=2, padding=1), whose kernels are flipped.
    module = ConvTransposeModule(1, 1, (3,), strides=2, padding=1, use_bias=False, **OPTIONS)
    module.kernel[...] = jnp.array([3.0, 2.0, 1.0]).reshape(3, 1, 1)
    x = jnp.array([1.0, 10.0, 100.0]).reshape(1, 3, 1)
    assert module(x).ravel().tolist() == [2, 13, 20, 130, 200]


@pytest.mark.thorough
def test_dtypes_are_promoted_as_by_flaxs_layers():
    module = ConvTransposeModule(3, 4, (3,), strides=1, padding="SAME", use_bias=True, **OPTIONS)
    assert module(jnp.ones((1, 5, 3), jnp.bfloat16)).dtype == jnp.float32
    bfloat16 = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), nnx.state(module))
    nnx.update(module, bfloat16)
    assert module(jnp.ones((1, 5, 3), jnp.bfloat16)).dtype == jnp.bfloat16


@pytest.mark.thorough
def test_inputs_that_do_not_fit():
    module = ConvTransposeModule(3, 4, (3,), strides=1, padding="SAME", use_bias=True, **OPTIONS)
    with pytest.raises(TypeError, match="ConvTranspose: expected floating-point inputs, got uint8"):
        call(module, jnp.ones((1, 5, 3), jnp.uint8), train=False, key=None)
    with pytest.raises(ValueError, match="ConvTranspose: expected 3 values in the last axis"):
        call(module, jnp.ones((1, 5, 2)), train=False, key=None)
    with pytest.raises(ValueError, match=r"ConvTranspose: expected inputs of shape \(N, W, C\)"):
        call(module, jnp.ones((1, 5, 5, 3)), train=False, key=None)


def test_groups_and_output_padding():
    layer = ConvTranspose(6, 3, strides=2, padding=1, feature_group_count=2, output_padding=1)
    module = built.filled(layer, (4, 5, 4))
    inputs = np.random.default_rng(0).random((2, 4, 5, 4), np.float32)
    assert module.kernel.shape == (3, 3, 2, 6)
    assert layer.output_shape((4, 5, 4)) == (8, 10, 6)
    assert layer.costs((4, 5, 4)) == (3 * 3 * 2 * 6 + 6, 4 * 5 * 3 * 3 * 2 * 6, 4 * 114)
    expected = F.conv_transpose(
        inputs,
        module.kernel[...],
        module.bias[...],
        strides=2,
        padding=1,
        output_padding=1,
        feature_group_count=2,
    )
    np.testing.assert_array_equal(module(jnp.asarray(inputs)), expected)
    assert from_json(to_json(layer)) == layer


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"output_padding": 2}, "output_padding: expected less than the strides"),
        (
            {"output_padding": 1, "padding": "SAME"},
            "output_padding: expected 0 with padding",
        ),
        ({"output_padding": (1, 1, 0), "strides": (2, 2)}, "expected equally many axes"),
        (
            {"feature_group_count": 4},
            "feature_group_count: expected a divisor of features 6",
        ),
    ],
)
def test_groups_and_output_padding_that_do_not_fit(options, message):
    with pytest.raises(ValueError, match=message):
        ConvTranspose(6, 3, **{"strides": 2, "padding": 1} | options)


def test_groups_must_divide_the_inputs_channels():
    layer = ConvTranspose(6, 3, feature_group_count=3)
    with pytest.raises(ValueError, match="count: expected a divisor of the input's 4"):
        layer.output_shape((4, 4, 4))

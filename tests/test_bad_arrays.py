"""Bad and unusual arrays, through the public functions: a plain error, or the right result.

Here is what the tests beside each source file do not say of their own file.
"""

import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as oracle
import small
from arrays import normal

import jaxcnn
from jaxcnn import functional as F
from jaxcnn.data import Dataset
from jaxcnn.inference import Network, Normalization, functionalize

SHAPE = (6, 8, 3)
CONV_NET = jaxcnn.Sequential([jaxcnn.Conv(4, (3, 2)), jaxcnn.Flatten(), jaxcnn.Dense(3)])
DENSE_NET = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(3)])
NORM_NET = jaxcnn.Sequential([jaxcnn.BatchNorm(), jaxcnn.Flatten(), jaxcnn.Dense(3)])
NETS = {"conv": CONV_NET, "dense": DENSE_NET, "batch norm": NORM_NET}
MODELS = {name: built.filled(net, SHAPE) for name, net in NETS.items()}


@pytest.mark.parametrize("compiled", [False, True], ids=["plain", "jit"])
@pytest.mark.parametrize(
    ("model", "images", "error", "message"),
    [
        pytest.param(
            "conv",
            np.zeros((2, 3, 6, 8), np.float32),
            ValueError,
            r"Conv: expected 3 values .* shape \(2, 3, 6, 8\) .images are \(N, H, W, C\)",
            id="NCHW passed for NHWC",
        ),
        pytest.param(
            "conv",
            np.zeros((2, *SHAPE), np.uint8),
            TypeError,
            "Conv: expected floating-point inputs, got uint8 .scale pixels of 0 to 255",
            id="uint8 to a model wanting floats, conv",
        ),
        pytest.param(
            "dense",
            np.zeros((2, *SHAPE), np.uint8),
            TypeError,
            "Linear: expected floating-point inputs, got uint8",
            id="uint8 to a model wanting floats, dense",
        ),
        pytest.param(
            "batch norm",
            np.zeros((2, *SHAPE), np.uint8),
            TypeError,
            "BatchNorm: expected floating-point inputs, got uint8",
            id="uint8 to a model wanting floats, batch norm",
        ),
        pytest.param(
            "conv",
            np.zeros(SHAPE, np.float32),
            ValueError,
            r"Conv: expected inputs of shape \(N, H, W, C\), got \(6, 8, 3\)",
            id="no batch axis",
        ),
        pytest.param(
            "conv",
            np.zeros((2, 8, 6, 1), np.float32),
            ValueError,
            r"Conv: expected 3 values in the last axis, got inputs of shape \(2, 8, 6, 1\)",
            id="gray for color",
        ),
        pytest.param(
            "conv",
            np.zeros((2, 9, 8, 3), np.float32),
            ValueError,
            r"Linear: expected 192 values in the last axis, got inputs of shape \(2, 288\)",
            id="images of another size",
        ),
    ],
)
def test_a_built_model_is_told_what_does_not_fit(model, images, error, message, compiled):
    call = jax.jit(MODELS[model]) if compiled else MODELS[model]
    with pytest.raises(error, match=message):
        call(images)


def test_uint8_to_a_model_that_begins_with_a_rescale():
    net = jaxcnn.Sequential([jaxcnn.Rescale(1 / 255), *DENSE_NET.layers])
    model = built.filled(net, SHAPE)
    images = np.random.default_rng(0).integers(0, 256, (2, *SHAPE), np.uint8)
    np.testing.assert_allclose(model(images), model(images.astype(np.float32)), rtol=1e-6)


@pytest.mark.parametrize("name", NETS)
def test_empty_set_through_a_built_model(name):
    assert MODELS[name](jnp.zeros((0, *SHAPE))).shape == (0, 3)


@pytest.mark.parametrize("labels", [np.zeros((0, 2), int), []], ids=["labels", "no labels"])
def test_empty_set_of_several_labels(labels):
    with pytest.raises(ValueError, match="expected at least one image and one pixel"):
        Dataset(np.zeros((0, 4, 4, 1), np.uint8), labels, ("a", "b"), multilabel=True)


def network():
    apply, variables = functionalize(MODELS["conv"])
    return Network(apply, variables, Normalization((0.5,) * 3, (0.2,) * 3), SHAPE, ("a", "b", "c"))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        pytest.param(
            lambda x: x.transpose(0, 3, 1, 2),
            ValueError,
            r"expected shape \(N, 6, 8, 3\), got \(4, 3, 6, 8\) .move the channels last",
            id="NCHW passed for NHWC",
        ),
        pytest.param(
            lambda x: 255 * x, ValueError, "from 0 to 255: divide", id="float 0-255 passed for 0-1"
        ),
        pytest.param(lambda x: x + np.inf, ValueError, "finite values, got inf", id="inf pixels"),
        pytest.param(lambda x: x * np.nan, ValueError, "finite values, got nan", id="NaN pixels"),
    ],
)
def test_a_network_is_told_what_is_no_image(change, error, message):
    images = np.random.default_rng(0).random((4, *SHAPE))
    with pytest.raises(error, match=message):
        network().predict(change(images))


@pytest.mark.thorough
@pytest.mark.parametrize("examples", [1, 5], ids=["one example", "last partial batch"])
def test_batches_of_four(examples):
    images = np.random.default_rng(0).random((examples, *SHAPE))
    data = Dataset(images, [2] * examples, ("a", "b", "c"))  # all labels equal
    trained = network()
    in_one = trained.logits(images, batch_size=500)  # batch larger than set
    np.testing.assert_allclose(trained.logits(images, batch_size=4), in_one, rtol=1e-4, atol=1e-5)
    evaluation = trained.evaluate(data, batch_size=4)
    assert evaluation.examples == examples
    assert evaluation.accuracy == (in_one.argmax(-1) == 2).mean()


@pytest.mark.parametrize(
    ("convolve", "message"),
    [
        (lambda conv, x, k: conv(x, k[:0]), r"one element in its window.*\(0, 2, 1, 3\)"),
        (lambda conv, x, k: conv(x, k, strides=0), "strides: expected at least 1, got 0"),
        (lambda conv, x, k: conv(x, k, padding=-1), "padding .* at least 0, got -1"),
        (
            lambda conv, x, k: conv(x, jnp.ones((7, 9, *k.shape[2:])), padding="VALID"),
            r"kernel: expected at most .* spatial shape \(6, 8\) .*, got shape \(7, 9\)",
        ),
        (
            lambda conv, x, k: conv(x[..., :2], k),
            "expected a divisor .* 2 channels and .* 3 filters, got 2",
        ),
        (lambda conv, x, k: conv(x, k[..., :0]), r"and one filter, got shape \(3, 2, 1, 0\)"),
    ],
    ids=[
        "empty kernel",
        "stride 0",
        "negative padding",
        "kernel larger than image",
        "groups not dividing channels",
        "zero filters",
    ],
)
def test_depthwise(convolve, message):
    with pytest.raises(ValueError, match=message):
        convolve(F.depthwise_conv, jnp.ones((2, *SHAPE)), jnp.ones((3, 2, 1, 3)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: jaxcnn.AvgPool(2, strides=0), "strides: expected at least 1, got 0"),
        (lambda: jaxcnn.AvgPool(2, padding=-1), "padding: expected at least 0, got -1"),
        (lambda: jaxcnn.AvgPool(0), "window_shape: expected at least 1, got 0"),
        (lambda: jaxcnn.Dense(0), "features: expected at least 1, got 0"),
    ],
    ids=["stride 0", "negative padding", "pool window of nothing", "zero filters"],
)
def test_layers(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_non_square_everything():
    """An even kernel with SAME, dilation with SAME, then a pooling, against plain loops."""
    images = normal(2, 7, 10, 2)
    kernel, dilated = normal(2, 4, 2, 3, seed=1), normal(3, 2, 3, 2, seed=2)
    outputs = F.conv(images, kernel, strides=(1, 2), padding="SAME")
    outputs = F.conv(outputs, dilated, kernel_dilation=(2, 3), padding="SAME")
    outputs = F.max_pool(outputs, (3, 2), strides=(2, 1))

    pads = oracle.same_pads((7, 10), (2, 4), (1, 2))
    expected = oracle.conv_nd(images, kernel, (1, 2), pads)
    pads = oracle.same_pads((7, 5), (5, 4), (1, 1))  # what the dilated kernel spans
    expected = oracle.conv_nd(expected, dilated, (1, 1), pads, kernel_dilation=(2, 3))
    expected = oracle.pool_nd(expected, (3, 2), (2, 1), ((0, 0), (0, 0)), lambda x, _: x.max())
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-4)


def test_non_square_everything_as_layers():
    net = jaxcnn.Sequential(
        [
            jaxcnn.Conv(3, (2, 4), strides=(1, 2)),
            jaxcnn.Conv(2, (3, 2), kernel_dilation=(2, 3)),
            jaxcnn.MaxPool((3, 2), strides=(2, 1)),
        ]
    )
    assert net.output_shape((7, 10, 2)) == (3, 4, 2)
    assert built.output_shape(net, (7, 10, 2)) == (3, 4, 2)


def test_batch_larger_than_set_of_several_labels():
    data = Dataset(
        np.zeros((3, 8, 8, 1), np.uint8), np.eye(3, dtype=bool), ("a", "b", "c"), multilabel=True
    )
    with pytest.raises(ValueError, match="batch_size: expected at most the 3 training examples"):
        jaxcnn.fit(small.NETWORK, data, batch_size=4)


@pytest.mark.parametrize("name", ["conv", "dense"])
def test_the_callers_byte_order_changes_nothing(name):
    images = np.random.default_rng(0).random((2, *SHAPE), np.float32)
    expected = MODELS[name](images)
    np.testing.assert_array_equal(MODELS[name](images.astype(">f4")), expected)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "compute",
    [
        lambda x: F.conv(x, x[:1, :2, :2, :, None].repeat(2, -1)[0]),
        lambda x: F.max_pool(x, (2, 2)),
        F.exact_gelu,
        lambda x: F.r2_score(x[:, 0, 0], x[:, 1, 0]),
        lambda x: jaxcnn.data.apply_view(x, jaxcnn.data.View(flip=True)),
        lambda x: jaxcnn.data.channel_moments(x)[1],
    ],
)
def test_functions_take_images_of_any_byte_order(compute):
    images = np.random.default_rng(0).random((2, *SHAPE), np.float32)
    np.testing.assert_array_equal(compute(images.astype(">f4")), compute(images))


@pytest.mark.parametrize("metric", [F.accuracy, F.softmax_cross_entropy_with_integer_labels])
def test_functions_take_labels_of_any_byte_order(metric):
    logits, labels = np.random.default_rng(0).random((2, 3), np.float32), np.array([0, 2])
    found = metric(logits.astype(">f4"), labels.astype(">i8"))
    np.testing.assert_array_equal(found, metric(logits, labels))

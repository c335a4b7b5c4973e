"""`Network.compile`: the same predictions from a program for batches of one size."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import jaxcnn
from jaxcnn.data import Multilabel, Regression, SingleLabel
from jaxcnn.inference import (
    CompiledNetwork,
    Network,
    Normalization,
    compile_predictions,
    functionalize,
)

CLASSES = "abc"
RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (5, 8, 8, 1), dtype=np.uint8)
HALF = Normalization((0.5,), (0.25,))
POOLED = jaxcnn.Sequential([jaxcnn.GlobalAvgPool(), jaxcnn.Dense(3)])
CONV = [jaxcnn.Conv(4, 3), jaxcnn.BatchNorm(), jaxcnn.Activation("relu")]
FLAT = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(3)])


def network(architecture=POOLED, **options):
    module = varied(architecture.build((8, 8, 1), rngs=nnx.Rngs(0)))
    apply, variables = functionalize(module)
    return Network(apply, variables, HALF, (8, 8, 1), CLASSES, architecture, **options)


OTHER_KINDS = {
    "tokens": ((6,), np.int32, [jaxcnn.Embedding(9, 4), *POOLED.layers]),
    "signals": ((6, 2), np.float32, POOLED.layers),
    "volumes": ((4, 3, 2, 2), np.float32, POOLED.layers),
}


def of_kind(kind, layers=None):
    """Returns a network of one kind, and five inputs for it."""
    shape, dtype, pooled = OTHER_KINDS[kind]
    architecture = jaxcnn.Sequential(layers or pooled)
    apply, variables = functionalize(varied(architecture.build(shape, rngs=nnx.Rngs(0))))
    raw = Normalization((), ()) if kind == "tokens" else Normalization((0.0,), (1.0,))
    plain = Network(apply, variables, raw, shape, CLASSES, architecture, kind=kind)
    return plain, RNG.integers(0, 9, (5, *shape)).astype(dtype)


def varied(module):
    """Give batch norms statistics as after a training."""
    for _, norm in nnx.iter_modules(module):
        if isinstance(norm, nnx.BatchNorm):
            shape = norm.mean[...].shape
            norm.mean[...] = jnp.asarray(RNG.normal(size=shape), jnp.float32)
            norm.var[...] = jnp.asarray(RNG.uniform(0.5, 2, shape), jnp.float32)
    return module


@pytest.mark.thorough
@pytest.mark.parametrize("batch_size", [2, 8], ids=["in batches", "padded"])
def test_any_number_of_images_has_the_networks_logits(batch_size):
    plain = network()
    fast = plain.compile(batch_size=batch_size)
    np.testing.assert_allclose(fast.logits(PIXELS), plain.logits(PIXELS), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(fast.predict(PIXELS), plain.predict(PIXELS))
    scaled = PIXELS / np.float32(255)
    np.testing.assert_allclose(
        fast.predict_proba(scaled), plain.predict_proba(PIXELS), rtol=1e-5, atol=1e-6
    )


@pytest.mark.thorough
def test_batch_norm_is_part_of_the_convolution():
    plain = network(jaxcnn.Sequential([*CONV, *POOLED.layers]))
    np.testing.assert_allclose(
        plain.compile(batch_size=5).logits(PIXELS), plain.logits(PIXELS), rtol=1e-4, atol=1e-5
    )


def test_thresholds_are_those_of_the_network():
    fast = network(task=Multilabel()).compile(batch_size=5)
    assert fast.predict(PIXELS, thresholds=0.0).all()


@pytest.mark.parametrize("task", [SingleLabel(), Multilabel(), Regression()])
def test_one_program_computes_the_predictions(task):
    plain = network(task=task)
    found = compile_predictions(plain, 5, np.uint8)(PIXELS)
    expected = task.predictions(plain.logits(PIXELS))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_another_size_has_the_same_weights():
    plain = network()
    fast = plain.compile(batch_size=5, image_size=(8, 4))
    assert fast.input_shape == (8, 4, 1)
    expected = dataclasses.replace(plain, input_shape=(8, 4, 1)).logits(PIXELS[:, :, :4])
    np.testing.assert_allclose(fast.logits(PIXELS[:, :, :4]), expected, rtol=1e-5, atol=1e-6)


def test_another_size_is_named_with_the_way_to_predict_for_it():
    compiled = CompiledNetwork(network(), 1, (8, 4, 1))
    expected = r"images: expected shape \(N, 8, 4, 1\), got \(5, 8, 8, 1\) .*compile\(image_size="
    with pytest.raises(ValueError, match=expected + r"\(8, 8\)\)"):
        compiled.logits(PIXELS)
    with pytest.raises(ValueError, match=r"got \(5, 8, 4, 1\) .*compile\(image_size=\(8, 4\)\)"):
        network().predict(PIXELS[:, :, :4])
    with pytest.raises(ValueError, match=r"got \(5, 8, 8, 3\)$"):  # not only another size
        network().predict(np.repeat(PIXELS, 3, axis=-1))
    plain, inputs = of_kind("tokens")
    with pytest.raises(ValueError, match=r"got \(5, 4\) .*compile\(image_size=4\)"):
        plain.predict(inputs[:, :4])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size: expected at least 1, got 0"),
        (
            {"image_size": 4},
            r"image_size: expected a size that the network takes, such as \(8, 8\)",
        ),
        ({"image_size": (4, 4, 1)}, r"image_size: expected an integer, or one per axis \(2\)"),
    ],
)
def test_what_does_not_fit_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        network(FLAT).compile(**options)


def test_sizes_without_names_are_refused():
    """Two numbers could be a batch size and a side, or two sides."""
    expected = (
        r"batch_size: expected arguments by name, compile\(batch_size=.*, got compile\(8, 8\)"
    )
    with pytest.raises(TypeError, match=expected):
        network().compile(8, 8)  # pyright: ignore[reportCallIssue]


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_other_inputs_than_images_are_taken(kind):
    plain, inputs = of_kind(kind)
    fast = plain.compile(batch_size=2)
    np.testing.assert_allclose(fast.logits(inputs), plain.logits(inputs), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(fast.predict(inputs), plain.predict(inputs))


@pytest.mark.parametrize(
    ("kind", "size", "shape"),
    [("tokens", 4, (4,)), ("signals", 4, (4, 2)), ("volumes", (4, 3, 1), (4, 3, 1, 2))],
)
def test_other_inputs_than_images_have_another_size(kind, size, shape):
    plain, inputs = of_kind(kind)
    fast = plain.compile(batch_size=5, image_size=size)
    cut = inputs[(slice(None), *map(slice, shape))]
    assert fast.input_shape == shape
    expected = Network(
        plain.apply, plain.variables, plain.normalization, shape, CLASSES, kind=kind
    ).logits(cut)
    np.testing.assert_allclose(fast.logits(cut), expected, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match=rf"{kind}: expected shape \(N, {shape[0]}.*, got"):
        fast.logits(inputs)


def test_a_token_beyond_the_vocabulary_is_named():
    fast = of_kind("tokens")[0].compile()
    with pytest.raises(ValueError, match=r"tokens: expected tokens from 0 to 8, .* got 9 at \(0,"):
        fast.logits(np.full((1, 6), 9))


def test_a_length_that_a_network_of_tokens_does_not_take_is_named():
    flat = [jaxcnn.Embedding(9, 4), *FLAT.layers]
    expected = r"image_size: expected a size that the network takes, such as \(6,\), got 5"
    with pytest.raises(ValueError, match=expected):
        of_kind("tokens", flat)[0].compile(image_size=5)
    with pytest.raises(ValueError, match=r"image_size: expected an integer, or one per axis \(1\)"):
        of_kind("tokens")[0].compile(image_size=(5, 4))


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_convolutions_of_other_inputs_are_fused(kind):
    first = OTHER_KINDS[kind][2][:-2]
    plain, inputs = of_kind(kind, [*first, *CONV, *POOLED.layers])
    np.testing.assert_allclose(
        plain.compile(batch_size=5).logits(inputs), plain.logits(inputs), rtol=1e-4, atol=1e-5
    )


def test_a_regression_has_no_probabilities():
    fast = network(task=jaxcnn.data.Regression()).compile(batch_size=5)
    with pytest.raises(ValueError, match="predict_proba: expected a network with classes"):
        fast.predict_proba(PIXELS)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "efficientnet_b0", "convnext_tiny"])
@pytest.mark.parametrize("batch_size", [1, 4])
def test_networks_of_the_zoo_have_the_same_logits(name, batch_size):
    architecture = getattr(jaxcnn.models, name)(3)
    module = varied(architecture.build((64, 64, 3), rngs=nnx.Rngs(0)))
    plain = Network(*functionalize(module), jaxcnn.inference.IMAGENET, (64, 64, 3), CLASSES)
    images = RNG.integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
    expected = plain.logits(images)
    found = plain.compile(batch_size=batch_size).logits(images)
    np.testing.assert_allclose(found, expected, atol=2e-5 * np.abs(expected).max())

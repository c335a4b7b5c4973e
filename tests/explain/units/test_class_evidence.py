import dataclasses

import arrays
import built
import jax
import numpy as np
import pytest
import small

import jaxcnn as J
from jaxcnn import explain
from jaxcnn.explain import class_evidence
from jaxcnn.inference import Network, Normalization, functionalize
from jaxcnn.layers import call

SHAPE = (4, 5, 2)
FLAT = J.Sequential(
    [J.Conv(3, 3), J.Activation("relu"), J.Flatten(), J.Dropout(0.5), J.Dense(4, name="head")]
)
POOLED = J.Sequential([J.Conv(3, 3), J.GlobalAvgPool(), J.Dense(4, use_bias=False), J.Rescale(2)])
HIDDEN = J.Sequential([J.Flatten(), J.Dense(5), J.Activation("relu"), J.Dense(4)])
SOUND = J.Sequential([J.Conv(3, 3), J.Flatten(), J.Dense(4)])


def evidence_of(model, image, target=None, top=10):
    evidence = jax.jit(lambda image: class_evidence(model, image, target, top=top))(image)
    return jax.device_get(evidence)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("net", "axes"), [(FLAT, ("row", "column", "channel")), (HIDDEN, ("feature",))]
)
def test_the_terms_and_the_bias_make_the_logit(net, axes):  # row A6.0
    model, image = built.filled(net, SHAPE), arrays.normal(*SHAPE)

    @jax.jit
    def explained(classes):
        every = class_evidence(model, image, 2, top=None)
        of_each = jax.vmap(lambda k: class_evidence(model, image, k, top=3))(classes)
        return model(image[None])[0], every, of_each

    logits, everything, evidence = jax.device_get(explained(np.arange(4)))
    assert evidence.axes == axes
    total = evidence.products.sum(1) + evidence.rest + evidence.bias
    np.testing.assert_allclose(total, logits, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(evidence.logit, logits, rtol=1e-5)
    np.testing.assert_allclose(everything.products.sum() + everything.bias, logits[2], rtol=1e-5)
    assert (np.diff(abs(everything.products)) <= 0).all()
    np.testing.assert_allclose(everything.products[:3], evidence.products[2], rtol=1e-5)


@pytest.mark.thorough
def test_a_constant_factor_after_the_dense_layer_is_part_of_the_terms():
    layers = [J.Flatten(), J.Dense(4)]
    plain = built.filled(J.Sequential(layers), SHAPE)
    scaled = built.filled(J.Sequential([*layers, J.Rescale(1 / 9), J.Rescale(-2)]), SHAPE)
    image = arrays.normal(*SHAPE)
    found, unscaled = (evidence_of(model, image, 1, top=3) for model in (scaled, plain))
    assert found.logit == pytest.approx(float(scaled(image[None])[0, 1]), rel=1e-5)
    assert found.products.sum() + found.rest + found.bias == pytest.approx(found.logit, rel=1e-5)
    np.testing.assert_array_equal(found.features, unscaled.features)
    np.testing.assert_allclose(found.weights, unscaled.weights * -2 / 9, rtol=1e-5)
    squashed = built.filled(J.Sequential([*layers, J.Activation("tanh"), J.Rescale(5)]), SHAPE)
    assert evidence_of(squashed, image, 1).logit == pytest.approx(unscaled.logit, rel=1e-5)


@pytest.mark.thorough
def test_what_changes_nothing_does_not_hide_the_factor():
    between = [J.Dropout(0.5), J.Flatten(), J.DropPath(0.1)]
    net = J.Sequential([J.Flatten(), J.Dense(4), *between, J.Rescale(3)])
    model, image = built.filled(net, SHAPE), arrays.normal(*SHAPE)
    found = class_evidence(model, image, 1, top=None)
    expected = call(model, image[None], train=False, key=None)[0, 1]
    assert found.logit == pytest.approx(float(expected), rel=1e-5)
    assert found.products.sum() + found.bias == pytest.approx(float(expected), rel=1e-5)


def test_the_class_of_a_trained_network_has_its_name():
    data = small.dataset(n=2)
    apply, variables = functionalize(built.filled(small.LINEAR, data.input_shape))
    normalization = Normalization.of(data)
    network = Network(apply, variables, normalization, data.input_shape, ("cat", "dog", "bird"))
    evidence = evidence_of(network, data.images[0], 1)
    assert str(evidence).startswith("dog (class 1): ")
    assert ">dog (class 1): " in evidence._repr_html_()
    caption = explain.plot_evidence(evidence).get_supxlabel()
    assert caption.startswith("The score (logit) of dog (class 1) is ")


def test_a_name_that_is_the_number_stands_once():
    evidence = evidence_of(built.filled(FLAT, SHAPE), arrays.normal(*SHAPE), 1)
    digits = dataclasses.replace(evidence, class_names=tuple("0123"))
    assert digits.target_in_words == evidence.target_in_words == "class 1"


@pytest.mark.thorough
def test_where_the_terms_lie():
    image = arrays.normal(*SHAPE)
    model = built.filled(FLAT, SHAPE)
    evidence = evidence_of(model, image)
    logits, outputs = jax.jit(lambda images: (model(images), model[0](images)))(image[None])
    assert evidence.target == np.argmax(logits)
    assert (evidence.layer, evidence.axes) == ("head", ("row", "column", "channel"))
    maps = np.maximum(outputs, 0)[0]
    np.testing.assert_allclose(maps[*evidence.places.T], evidence.activations, rtol=1e-5, atol=1e-6)
    pooled = evidence_of(built.filled(POOLED, SHAPE), image, 1)
    assert (pooled.axes, pooled.bias) == (("channel",), 0)
    assert sorted(pooled.places[:, 0].tolist()) == [0, 1, 2]
    sound = evidence_of(built.filled(SOUND, (6, 2)), arrays.normal(6, 2), 1)
    assert sound.axes == ("step", "channel")


def test_as_text_and_as_plain_data():
    model = built.filled(J.Sequential([J.Flatten(), J.Dense(2)]), (1, 2, 1))
    model[1].kernel[...] = jax.numpy.array([[0.0, 0.5], [0.0, -2.0]])
    model[1].bias[...] = jax.numpy.array([0.0, 0.25])
    evidence = evidence_of(model, np.float32([[[3], [2]]]), 1, top=1)
    lines = [" ".join(line.split()) for line in str(evidence).splitlines()]
    assert lines == [
        "class 1: -2.25 =",
        "-4.0000 (2·-2) row 0, column 1, channel 0",
        "+1.5000 all other terms",
        "+0.2500 bias",
    ]
    plain = evidence.to_dict()
    assert (plain["products"], plain["places"], plain["rest"]) == ([-4.0], [[0, 1, 0]], 1.5)


@pytest.mark.parametrize(
    ("net", "target", "message"),
    [
        (
            J.Sequential([J.Conv(3, 3), J.GlobalAvgPool()]),
            0,
            "got 0 as the last layer with weights",
        ),
        (J.Sequential([J.GlobalAvgPool()]), 0, "got None as the last layer with weights"),
        (
            J.Sequential([J.Dense(3), J.GlobalAvgPool()]),
            0,
            "expected logits from the last dense layer, 0, got",
        ),
        (POOLED, 4, "target: expected classes 0 to 3, got 4"),
    ],
    ids=str,
)
def test_networks_that_end_otherwise(net, target, message):
    with pytest.raises(ValueError, match=message):
        class_evidence(built.filled(net, SHAPE), np.ones(SHAPE, np.float32), target)


def test_no_terms_at_all():
    with pytest.raises(ValueError, match="top: expected at least 1, got 0"):
        class_evidence(built.filled(FLAT, SHAPE), np.ones(SHAPE, np.float32), 0, top=0)


EVIDENCE = explain.ClassEvidence(
    layer="classifier",
    target=np.array(3),
    logit=np.array(2.25),
    bias=np.array(-0.5),
    features=np.array([7, 2]),
    places=np.array([[0, 1, 3], [0, 0, 2]]),
    axes=("row", "column", "channel"),
    activations=np.array([2.0, 4.0]),
    weights=np.array([1.5, -0.25]),
    rest=np.array(0.75),
)


def test_bars_are_the_terms_and_their_sum():
    figure = explain.plot_evidence(EVIDENCE, title="Evidence for cat")
    (axes,) = figure.axes
    assert figure.get_suptitle() == "Evidence for cat"
    assert [bar.get_width() for bar in axes.patches] == [3, -1, 0.75, -0.5, 2.25]
    assert sum(bar.get_width() for bar in axes.patches[:-1]) == axes.patches[-1].get_width()
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [
        "row 0, column 1, channel 3 (2·1.5)",
        "row 0, column 0, channel 2 (4·−0.25)",
        "all other terms",
        "bias",
        "logit, the sum",
    ]
    assert [text.get_text() for text in axes.texts] == ["+3", "−1", "+0.75", "−0.5", "+2.25"]
    assert figure.get_supxlabel().startswith("The score (logit) of class 3 is 2.25")


def test_for_and_against_differ_in_gray_print():
    axes = explain.plot_evidence(EVIDENCE).axes[0]
    plus, minus = (
        np.dot(bar.get_facecolor()[:3], [0.299, 0.587, 0.114]) for bar in axes.patches[:2]
    )
    assert plus > minus + 0.3

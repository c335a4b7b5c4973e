import built
import jax
import numpy as np
import pytest
from flax import nnx

from jaxcnn import (
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    LocalResponseNorm,
    MaxPool,
    Parallel,
    Repeat,
    Rescale,
    Residual,
    Sequential,
    backbone,
    head,
    with_classes,
)

FLAT = Sequential([Conv(4, 3), MaxPool(2), Flatten(), Dense(6), Dense(3)])
NAMED = Sequential(
    [
        Sequential([Conv(4, 3, name="conv")], name="features"),
        Sequential([Conv(2, 1), GlobalAvgPool(name="pool"), Dense(5)], name="classifier"),
        Rescale(0.5),
    ]
)
NETWORKS = [
    FLAT,
    NAMED,
    Sequential([Dense(4), Dense(2)]),
    Sequential([Residual([Dense(3)]), Dense(2)]),
    Sequential([Conv(4, 3), Repeat(Sequential([MaxPool(2), Dense(4, name="fc")], name="x"), 2)]),
]


@pytest.mark.parametrize("net", NETWORKS)
def test_the_halves_behind_one_another_are_the_network(net):  # guide row A4.16
    shape = (8, 6, 3)
    middle = backbone(net).output_shape(shape)
    assert head(net).output_shape(middle) == net.output_shape(shape)
    assert backbone(net).costs(shape) + head(net).costs(middle) == net.costs(shape)


def test_where_it_is_cut():
    assert backbone(FLAT) == Sequential(FLAT.layers[:2])
    assert head(FLAT) == Sequential(FLAT.layers[2:])
    assert backbone(NAMED).layers[1] == Sequential([Conv(2, 1)], name="classifier")
    assert head(NAMED).layers[0] == Sequential(
        [GlobalAvgPool(name="pool"), Dense(5)], name="classifier"
    )


@pytest.mark.parametrize("net", NETWORKS)
def test_a_module_is_cut_where_its_description_is(net):
    shape = (8, 6, 3)
    model = nnx.eval_shape(lambda: built.module(net, shape))
    described = nnx.eval_shape(lambda: built.module(backbone(net), shape))
    cut, made = (
        {".".join(map(str, path)): leaf.shape for path, leaf in nnx.to_flat_state(nnx.state(half))}
        for half in (backbone(model), described)
    )
    assert cut == made


@pytest.mark.parametrize("net", [FLAT, NAMED])
def test_halves_of_a_module_have_its_weights(net):
    images = np.random.default_rng(0).normal(size=(2, 8, 6, 3)).astype(np.float32)
    model = built.filled(net, images.shape[1:])

    @jax.jit
    def computed(images):
        middle = backbone(model)(images)
        return middle, head(model)(middle), model(images)

    middle, outputs, expected = computed(images)
    np.testing.assert_allclose(outputs, expected, rtol=1e-6)
    kernel = jax.tree.leaves(nnx.state(backbone(model)))[0]
    assert any(kernel is leaf for leaf in jax.tree.leaves(nnx.state(model)))
    assert middle.shape[1:] == backbone(net).output_shape((8, 6, 3))


@pytest.mark.parametrize(
    ("network", "error", "text"),
    [
        (Sequential([Conv(3, 3)]), ValueError, "network: expected a flattening, global pooling"),
        (Conv(3, 3), TypeError, "network: expected a Sequential, as data or built, got Conv"),
        (Residual([Flatten()]), TypeError, "got Residual"),
        (nnx.Linear(2, 3, rngs=nnx.Rngs(0)), TypeError, "got Linear"),
    ],
)
def test_what_has_no_halves(network, error, text):
    with pytest.raises(error, match=text):
        backbone(network)


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        (FLAT, Sequential([*FLAT.layers[:4], Dense(7)])),
        (Dense(3, use_bias=False, name="fc"), Dense(7, use_bias=False, name="fc")),
        (
            Sequential([Sequential([Conv(3, 1), Dropout(0.5)], name="x"), GlobalAvgPool()]),
            Sequential([Sequential([Conv(7, 1), Dropout(0.5)], name="x"), GlobalAvgPool()]),
        ),
        (
            Sequential([Dense(3), Sequential([Dropout(0.5), Sequential([])]), LocalResponseNorm()]),
            Sequential([Dense(7), Sequential([Dropout(0.5), Sequential([])]), LocalResponseNorm()]),
        ),
    ],
)
def test_with_classes(net, expected):
    assert with_classes(net, 7) == expected


def test_with_classes_changes_no_other_layer():
    changed = with_classes(NAMED, 7)
    assert changed.output_shape((8, 6, 3)) == (7,)
    assert backbone(changed) == backbone(NAMED)


@pytest.mark.parametrize(
    ("net", "n", "error", "text"),
    [
        (
            Sequential([Dense(3), Residual([Dense(3)])]),
            2,
            ValueError,
            "expected a Dense layer or a Conv as the last",
        ),
        (
            Sequential([Dense(3), Parallel([Dense(3)])]),
            2,
            ValueError,
            "expected a Dense layer or a Conv as the last",
        ),
        (Sequential([]), 2, ValueError, "architecture: expected a Dense layer or a Conv"),
        (FLAT, 0, ValueError, "num_classes: expected at least 1, got 0"),
        (FLAT, 2.0, TypeError, "num_classes: expected an integer, got 2.0"),
        ("resnet18", 2, TypeError, "architecture: expected a layer"),
    ],
)
def test_classes_that_cannot_be_had(net, n, error, text):
    with pytest.raises(error, match=text):
        with_classes(net, n)

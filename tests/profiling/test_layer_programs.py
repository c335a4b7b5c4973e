import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcnn
from jaxcnn.architecture import walk
from jaxcnn.layers import Embedding, GlobalAvgPool, Parallel, Residual
from jaxcnn.profiling._layer_programs import LayerPrograms

NET = jaxcnn.Sequential(
    [
        Residual([jaxcnn.Dense(4, name="a"), jaxcnn.Dropout(0.5)]),
        jaxcnn.Dense(4, name="b"),
        Parallel([jaxcnn.Dense(3, use_bias=False), jaxcnn.Sequential([])], "concat"),
    ]
)


def outputs(train: bool) -> list:
    programs = LayerPrograms(2, jnp.bfloat16, train=train)
    visits = enumerate(walk(NET, (6, 5, 4)))
    return [programs.of_visit(visit, first=index == 0).run() for index, visit in visits]


def test_each_layer_runs_by_itself():
    dense, dropped, added, again, other, stacked = outputs(train=False)
    shapes = [array.shape for array in (dense, dropped, added, again, other, stacked)]
    assert shapes == [(2, 6, 5, 4)] * 4 + [(2, 6, 5, 3), (2, 6, 5, 7)]
    assert dense.dtype == jnp.bfloat16
    # Joins add and stack their own random inputs, and layers that are equal but for their
    # names are one program.
    np.testing.assert_array_equal(added, 2 * dropped)
    np.testing.assert_array_equal(stacked[..., 3:], dropped)
    np.testing.assert_array_equal(dense, again)


@pytest.mark.thorough
def test_training_gives_gradients_by_weights_and_by_all_but_the_networks_input():
    dense, dropped, added, again, *_ = outputs(train=True)

    def shapes(gradients):
        return [leaf.shape for leaf in jax.tree.leaves(gradients)]

    weights = [(4,), (4, 4)]
    assert shapes(dense[1]) == weights
    assert shapes(again[1]) == [*weights, (2, 6, 5, 4)]
    assert shapes(added[1]) == [(2, 6, 5, 4)] * 2
    values, (_, by_input), _ = dropped
    share = np.mean(np.asarray(values) == 0)
    assert 0.3 < share < 0.7
    np.testing.assert_array_equal(np.asarray(values) == 0, np.asarray(by_input) == 0)


@pytest.mark.parametrize("train", [False, True])
def test_networks_that_read_integers(train):
    text = jaxcnn.Sequential([Embedding(9, 4), GlobalAvgPool(), jaxcnn.Dense(2)])
    program = LayerPrograms(3, "float32", train=train).of_layer(text, (7,), True)
    logits = jax.tree.leaves(program.run())[0]
    assert logits.shape == (3, 2)
    assert np.isfinite(logits).all()
    assert program.compile_seconds > 0

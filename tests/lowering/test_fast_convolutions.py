import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from arrays import normal
from flax import linen, nnx
from jax import lax
from jax.extend.core.primitives import select_and_scatter_add_p
from jax.interpreters import mlir
from taken import every_convolution

import jaxcnn
from jaxcnn.lowering import _fast_convolutions, dispatch

CONV = "conv_general_dilated"


def rules():
    """All rules for the platforms of the primitives that can be taken over."""
    return {
        (platform, primitive): table.get(primitive)
        for platform, table in [*mlir._platform_specific_lowerings.items(), (None, mlir._lowerings)]
        for primitive in (lax.conv_general_dilated_p, select_and_scatter_add_p)
    }


@pytest.fixture(autouse=True)
def rules_are_restored():
    before = rules()
    yield
    assert rules() == before


@pytest.fixture
def zeros(monkeypatch):
    """A method from whose results one sees that it is in force."""

    def method(convolution, lhs, _):
        axes = convolution.dimension_numbers.out_spec
        sizes = convolution.batch, convolution.features * convolution.groups, *convolution.outputs
        return jnp.zeros([sizes[axes.index(axis)] for axis in range(len(axes))], lhs.dtype)

    def choose(convolution, **_):
        return method if convolution.dtypes[0] == np.float32 else None

    monkeypatch.setattr(dispatch, "choose", choose)


def is_taken_over(convolve):
    return not np.any(convolve(jnp.ones((1, 1, 4)), jnp.ones((1, 1, 3))))


def convolver():
    return jax.jit(lambda lhs, rhs: lax.conv_general_dilated(lhs, rhs, (1,), "SAME"))


def linen_model():
    class Model(linen.Module):
        @linen.compact
        def __call__(self, images):
            hidden = linen.relu(linen.Conv(4, (3, 3))(images))
            hidden = linen.max_pool(hidden, (2, 2), (2, 2))
            return linen.ConvTranspose(2, (2, 2), strides=(2, 2))(hidden)

    model = Model()
    return model.apply, jax.jit(model.init)(jax.random.key(0), np.ones((1, 8, 8, 3)))


def nnx_model():
    class Model(nnx.Module):
        def __init__(self, rngs):
            self.first = nnx.Conv(3, 4, (3, 3), rngs=rngs)
            self.second = nnx.ConvTranspose(4, 2, (2, 2), strides=(2, 2), rngs=rngs)

        def __call__(self, images):
            hidden = nnx.max_pool(nnx.relu(self.first(images)), (2, 2), (2, 2))
            return self.second(hidden)

    graph, parameters = nnx.split(Model(nnx.Rngs(0)))
    return lambda parameters, images: nnx.merge(graph, parameters)(images), parameters


@pytest.mark.thorough
@pytest.mark.parametrize(
    "model",
    [pytest.param(linen_model, marks=pytest.mark.slow), nnx_model],
    ids=lambda make: make.__name__,
)
def test_unchanged_models(model):
    apply, parameters = model()
    images = normal(2, 8, 8, 3)

    @jax.jit
    def outputs_and_gradients(parameters, images):
        def loss(parameters):
            outputs = apply(parameters, images)
            return jnp.sum(outputs**2), outputs

        return jax.grad(loss, has_aux=True)(parameters)

    expected = outputs_and_gradients(parameters, images)
    with every_convolution() as taken:
        outputs_and_gradients(parameters, images)
        assert not taken
        with jaxcnn.fast_convolutions() as counts:
            ours = outputs_and_gradients(parameters, images)
        assert len(taken) == counts.taken[CONV] == 5
        assert not counts.left[CONV]
        again = outputs_and_gradients(parameters, images)
        assert len(taken) == 5
    for mine, theirs in zip(*map(jax.tree.leaves, (ours, expected)), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-4)
    jax.tree.map(np.testing.assert_array_equal, again, expected)


@pytest.mark.usefixtures("zeros")
def test_what_was_compiled_before_is_compiled_anew_inside_and_outside():
    convolve = convolver()
    assert not is_taken_over(convolve)
    with jaxcnn.fast_convolutions():
        assert is_taken_over(convolve)
    assert not is_taken_over(convolve)


@pytest.mark.usefixtures("zeros")
def test_counts_of_what_is_left_to_xla():
    convolve = convolver()
    with jaxcnn.fast_convolutions() as counts:
        convolve(np.ones((1, 1, 4), np.int32), np.ones((1, 1, 3), np.int32))
        convolve(np.ones((1, 1, 4), np.float32), np.ones((1, 1, 3), np.float32))
        convolve(np.ones((1, 1, 4), np.float32), np.ones((1, 1, 3), np.float32))
    assert counts.left == {CONV: 1}
    assert counts.taken == {CONV: 1}


@pytest.mark.usefixtures("zeros")
def test_our_own_convolutions_are_not_counted():
    lhs, rhs = np.ones((1, 1, 4), np.int32), np.ones((1, 1, 3), np.int32)
    with jaxcnn.fast_convolutions() as counts:
        jaxcnn.functional.conv_general_dilated(lhs, rhs, (1,), "SAME")
    assert not counts.left


@pytest.mark.usefixtures("zeros")
def test_contexts_nest():
    convolve = convolver()
    with jaxcnn.fast_convolutions() as outer:
        with jaxcnn.fast_convolutions() as inner:
            assert is_taken_over(convolve)
        assert is_taken_over(convolve)
    assert (outer.taken[CONV], inner.taken[CONV]) == (2, 1)
    assert not is_taken_over(convolve)


@pytest.mark.usefixtures("zeros")
def test_an_error_inside_restores():
    with pytest.raises(KeyError), jaxcnn.fast_convolutions():
        raise KeyError
    assert not is_taken_over(convolver())


@pytest.mark.usefixtures("zeros")
def test_install_and_uninstall():
    convolve = convolver()
    counts = jaxcnn.install_fast_convolutions()
    try:
        assert jaxcnn.install_fast_convolutions() is counts
        with jaxcnn.fast_convolutions():
            pass
        assert is_taken_over(convolve)
        assert counts.taken == {CONV: 1}
    finally:
        jaxcnn.uninstall_fast_convolutions()
    assert not is_taken_over(convolve)
    jaxcnn.uninstall_fast_convolutions()


@pytest.mark.usefixtures("zeros")
def test_overlapping_contexts_of_two_threads():
    entered, left = threading.Event(), threading.Event()

    def other():
        with jaxcnn.fast_convolutions():
            entered.set()
            left.wait(60)

    thread = threading.Thread(target=other)
    with jaxcnn.fast_convolutions():
        thread.start()
        assert entered.wait(60)
    assert is_taken_over(convolver())
    left.set()
    thread.join()
    assert not is_taken_over(convolver())


@pytest.mark.usefixtures("zeros")
def test_rules_that_others_registered_are_used_and_restored(monkeypatch):
    used = []
    jax_rule = mlir._platform_specific_lowerings["cpu"][lax.conv_general_dilated_p].rule

    def rule(*arguments, **params):
        used.append(params)
        return jax_rule(*arguments, **params)

    table = mlir._platform_specific_lowerings["cpu"]
    monkeypatch.setitem(table, lax.conv_general_dilated_p, table[lax.conv_general_dilated_p])
    mlir.register_lowering(lax.conv_general_dilated_p, rule, platform="cpu")
    registered = table[lax.conv_general_dilated_p]
    with jaxcnn.fast_convolutions():
        convolver()(np.ones((1, 1, 4), np.int32), np.ones((1, 1, 3), np.int32))
        assert len(used) == 1
    assert table[lax.conv_general_dilated_p] is registered


def test_a_primitive_that_has_one_rule_for_all_platforms(monkeypatch):
    def zeros(*_, **__):
        return jnp.zeros_like

    monkeypatch.setitem(_fast_convolutions.CHOOSERS, lax.population_count_p, zeros)
    assert lax.population_count_p not in mlir._platform_specific_lowerings["cpu"]
    with jaxcnn.fast_convolutions() as counts:
        assert lax.population_count(jnp.array(3)) == 0
    assert counts.taken == {"population_count": 1}
    assert lax.population_count_p not in mlir._platform_specific_lowerings["cpu"]
    assert lax.population_count(jnp.array(3)) == 2

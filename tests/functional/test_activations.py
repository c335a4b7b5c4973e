import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as ref
from gradients import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxcnn import functional as F

LOGITS = [-0.5, 1.2, -0.1, 2.4]  # bus, car, truck, train

DEFINITIONS = {
    "heaviside": lambda x: 1.0 if x > 0 else 0.0,
    "thresholded_relu": lambda x: x if x > 0 else 0.0,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "relu": lambda x: max(x, 0.0),
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "elu": lambda x: x if x > 0 else np.exp(x) - 1,
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (np.exp(x) - 1)),
    "gelu": lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "exact_gelu": lambda x: x / 2 * (1 + math.erf(x / math.sqrt(2))),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "mish": lambda x: x * np.tanh(np.log(1 + np.exp(x))),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "hard_tanh": lambda x: min(max(x, -1.0), 1.0),
    "hard_sigmoid": lambda x: min(max(x + 3, 0.0), 6.0) / 6,
    "hard_silu": lambda x: x * min(max(x + 3, 0.0), 6.0) / 6,
    "hard_swish": lambda x: x * min(max(x + 3, 0.0), 6.0) / 6,
    "relu6": lambda x: min(max(x, 0.0), 6.0),
}
JUMPS = ("heaviside",)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_agrees_with_its_definition(name):  # guide rows A4.2, A8.1
    x = np.array([-7.0, -2.5, -1.0, -0.3, 0.0, 0.3, 1.0, 2.5, 7.0], np.float32)
    expected = [DEFINITIONS[name](float(v)) for v in x]
    activation = getattr(F, name)
    together, apart = jax.jit(lambda x: (activation(x), jax.vmap(activation)(x)))(x)
    np.testing.assert_allclose(together, expected, rtol=2e-6, atol=2e-6)
    np.testing.assert_array_equal(apart, together)


@pytest.mark.thorough
def test_gradients_away_from_kinks():
    def all_of_them(x):  # one program in place of one for each
        return {name: getattr(F, name)(x) for name in DEFINITIONS if name not in JUMPS}

    check_gradients(all_of_them, [-4.2, -1.7, -0.4, 0.4, 1.7, 4.2, 8.3])


@pytest.mark.thorough
@pytest.mark.parametrize("name", [*DEFINITIONS, "softmax", "log_softmax"])
def test_keeps_dtype_and_shape_also_under_jit(name):
    x = jnp.asarray(np.linspace(-2, 2, 12).astype(jnp.bfloat16).reshape(3, 4))
    out = getattr(F, name)(x)
    assert (out.dtype, out.shape) == (x.dtype, x.shape)
    np.testing.assert_allclose(
        np.asarray(jax.jit(getattr(F, name))(x), float),
        np.asarray(out, float),
        rtol=2 * float(jnp.finfo(x.dtype).eps),
    )


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32"])
def test_step_and_threshold_relu_keep_integers(dtype):
    x = jnp.array([0, 1, 5], dtype)
    np.testing.assert_array_equal(F.heaviside(x), np.array([0, 1, 1], dtype), strict=True)
    np.testing.assert_array_equal(
        F.thresholded_relu(x, threshold=1), np.array([0, 0, 5], dtype), strict=True
    )


def test_threshold_relu_drops_what_is_not_above_the_threshold():  # guide row A4.1
    x = jnp.array([-2.0, 0.0, 0.5, 1.0, 3.0])
    np.testing.assert_array_equal(F.thresholded_relu(x, threshold=0.5), [0, 0, 0, 1, 3])
    np.testing.assert_array_equal(F.thresholded_relu(x, threshold=-3.0), x)
    np.testing.assert_array_equal(F.thresholded_relu(x), F.relu(x))


def test_step_is_the_derivative_of_relu():  # also at 0
    x = jnp.array([-1.0, 0.0, 2.0])
    np.testing.assert_array_equal(F.heaviside(x), jax.vmap(jax.grad(F.relu))(x))
    np.testing.assert_array_equal(jax.vmap(jax.grad(F.heaviside))(x), [0, 0, 0])


def test_nan_stays_visible():
    assert jnp.isnan(F.heaviside(jnp.array(jnp.nan)))
    assert jnp.isnan(F.thresholded_relu(jnp.array(jnp.nan)))


def test_relu_of_the_guides_table():  # guide row A3.8
    np.testing.assert_array_equal(F.relu(jnp.array([-2, -6, 2, 6])), [0, 0, 2, 6])


def test_relu_keeps_nothing_from_getting_stuck_or_large():  # guide row A4.1b
    values, gradients = jax.vmap(jax.value_and_grad(F.relu))(jnp.array([-3.0, -1e-6, 1e-6, 1e30]))
    np.testing.assert_array_equal(gradients, [0, 0, 1, 1])
    assert values.max() == jnp.float32(1e30)


def test_relu_is_no_normalization():  # guide row A4.13: what is larger goes in and comes out larger
    x = jnp.array([-2.0, 1.0, 3.0])
    np.testing.assert_array_equal(F.relu(10 * x), 10 * F.relu(x))


def test_sigmoid_of_the_guides_logits():  # guide row A4.3
    probabilities = F.sigmoid(jnp.array(LOGITS))
    np.testing.assert_allclose(probabilities, [0.377541, 0.768525, 0.475021, 0.916827], atol=5e-7)
    assert float(probabilities.sum()) == pytest.approx(2.5379, abs=5e-5)


def test_softmax_of_the_guides_logits():  # guide row A4.4
    probabilities = F.softmax(jnp.array(LOGITS))
    np.testing.assert_allclose(probabilities, [0.038256, 0.209410, 0.057071, 0.695264], atol=5e-7)
    np.testing.assert_allclose(probabilities, ref.softmax(LOGITS), rtol=1e-6)


def test_sigmoid_answers_many_labels_and_softmax_one():  # guide row A4.6
    names = np.array(["bus", "car", "truck", "train"])
    assert set(names[np.asarray(F.sigmoid(jnp.array(LOGITS)) > 0.5)]) == {"car", "train"}
    assert names[int(jnp.argmax(F.softmax(jnp.array(LOGITS))))] == "train"


@given(
    logits=st.tuples(*[st.floats(-30, 30, width=32)] * 4),
    raised=st.integers(0, 3),
    by=st.floats(0.5, 20, width=32),
)
@settings(max_examples=25, deadline=None)
def test_raising_one_logit_lowers_all_others_together(logits, raised, by):  # guide row A4.5
    before = np.array(logits, np.float32)
    after = before.copy()
    after[raised] += by
    softmax_after = np.asarray(F.softmax(after))
    np.testing.assert_allclose(softmax_after.sum(), 1, rtol=1e-5)
    change = softmax_after - np.asarray(F.softmax(before))
    assert np.delete(change, raised).max() <= 0 <= change[raised]
    sigmoid_change = np.asarray(F.sigmoid(after)) - np.asarray(F.sigmoid(before))
    assert not np.delete(sigmoid_change, raised).any()


def test_softmax_at_extreme_and_masked_logits():  # guide row A4.5
    np.testing.assert_array_equal(F.softmax(jnp.array([1e4, -1e4, -jnp.inf])), [1, 0, 0])
    np.testing.assert_array_equal(F.log_softmax(jnp.array([1e4, -1e4])), [0, -2e4])


def test_tanh_is_offered():  # guide row A4.7
    np.testing.assert_allclose(F.tanh(jnp.array([-1.0, 0.0, 1.0])), np.tanh([-1, 0, 1]), rtol=1e-6)


def test_one_hot_of_the_guides_digit():  # guide row A6.5
    np.testing.assert_array_equal(F.one_hot(3, 10), [0, 0, 0, 1, 0, 0, 0, 0, 0, 0])


def test_flattening_is_row_major():  # guide row A4.14
    image = jnp.array([[1, 1, 0], [4, 2, 1], [0, 2, 1]])
    np.testing.assert_array_equal(image.reshape(-1), [1, 1, 0, 4, 2, 1, 0, 2, 1])

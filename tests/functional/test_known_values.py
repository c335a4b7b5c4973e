"""Labels and probabilities out of range: refused if they are known, not if they are traced."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import functional as F
from jaxcnn.functional._class_checks import check_log_probabilities, check_probabilities

PROBABILITIES = np.full((2, 3), 1 / 3, np.float32)
LOGITS = np.zeros((2, 3), np.float32)
ONES = np.ones((2, 3), np.float32)
CLASSES = np.zeros(2, np.int32)
ANSWERS = np.ones((2, 3), np.int32)

RANGE = "expected values from 0 to 1, got 5.0"
LOGARITHMS = (
    "expected logarithms of probabilities, at most 0, as F.log_softmax returns them, got 5.0"
)
SIGNS = "expected -1 or +1, got 5.0 (2 * labels - 1 makes them of 0 and 1)"
OF_CLASSES = "expected classes from 0 to 2, got 5"
YES_OR_NO = "expected 0 or 1, got 5"

# Function, good arguments, place of the bad one, and what its error says.
CASES = [
    (F.binary_cross_entropy, (PROBABILITIES, ONES), 0, f"probabilities: {RANGE}"),
    (F.binary_cross_entropy, (PROBABILITIES, ONES), 1, f"labels: {RANGE}"),
    (F.sigmoid_binary_cross_entropy, (LOGITS, ONES), 1, f"labels: {RANGE}"),
    (F.sigmoid_focal_loss, (LOGITS, ONES), 1, f"labels: {RANGE}"),
    (F.multilabel_cross_entropy, (LOGITS, ONES), 1, f"labels: {RANGE}"),
    (F.softmax_cross_entropy, (LOGITS, PROBABILITIES), 1, f"labels: {RANGE}"),
    (F.entropy, (PROBABILITIES,), 0, f"probabilities: {RANGE}"),
    (F.kl_divergence, (LOGITS, PROBABILITIES), 0, f"log_predictions: {LOGARITHMS}"),
    (F.kl_divergence, (LOGITS, PROBABILITIES), 1, f"targets: {RANGE}"),
    (F.hinge_loss, (LOGITS, ONES), 1, f"labels: {SIGNS}"),
    (F.expected_calibration_error, (PROBABILITIES, CLASSES), 0, f"probabilities: {RANGE}"),
    (F.expected_calibration_error, (PROBABILITIES, CLASSES), 1, f"labels: {OF_CLASSES}"),
    (F.softmax_cross_entropy_with_integer_labels, (LOGITS, CLASSES), 1, f"labels: {OF_CLASSES}"),
    (F.multiclass_hinge_loss, (LOGITS, CLASSES), 1, f"labels: {OF_CLASSES}"),
    (F.accuracy, (LOGITS, CLASSES), 1, f"labels: {OF_CLASSES}"),
    (lambda z, y: F.top_k_accuracy(z, y, 2), (LOGITS, CLASSES), 1, f"labels: {OF_CLASSES}"),
    (F.exact_match_ratio, (ANSWERS, ANSWERS), 0, f"predictions: {YES_OR_NO}"),
    (F.hamming_loss, (ANSWERS, ANSWERS), 1, f"targets: {YES_OR_NO}"),
    (F.multilabel_confusion_matrix, (ANSWERS, ANSWERS), 1, f"targets: {YES_OR_NO}"),
    (F.average_precision, (LOGITS, ANSWERS), 1, f"targets: {YES_OR_NO}"),
    (F.mean_average_precision, (LOGITS, ANSWERS), 1, f"targets: {YES_OR_NO}"),
]
each = pytest.mark.parametrize(("function", "arguments", "place", "message"), CASES)


def with_a_bad_value(arguments, place):
    bad = [np.array(argument) for argument in arguments]
    bad[place][-1] = 5
    return bad


@each
def test_a_value_out_of_range_is_refused(function, arguments, place, message):
    bad = with_a_bad_value(arguments, place)
    for given in (bad, [jnp.asarray(argument) for argument in bad]):
        with pytest.raises(ValueError, match=re.escape(message)):
            function(*given)


@each
def test_traced_values_pass(function, arguments, place, message):
    assert message
    bad = with_a_bad_value(arguments, place)
    jax.eval_shape(function, *bad)
    jax.eval_shape(jax.vmap(function), *(argument[None] for argument in bad))


@pytest.mark.slow  # operation by operation
@pytest.mark.parametrize(
    ("function", "arguments", "place"),
    [
        (F.softmax_cross_entropy, (LOGITS, PROBABILITIES), 1),
        (F.entropy, (PROBABILITIES,), 0),
        (F.kl_divergence, (LOGITS, PROBABILITIES), 0),
        (F.softmax_cross_entropy_with_integer_labels, (LOGITS, CLASSES), 1),
        (F.expected_calibration_error, (PROBABILITIES, CLASSES), 0),
        (F.accuracy, (LOGITS, CLASSES), 1),
        (F.hamming_loss, (ANSWERS, ANSWERS), 1),
    ],
)
def test_examples_that_are_left_out_may_have_any_value(function, arguments, place):
    bad = with_a_bad_value(arguments, place)
    function(*bad, where=np.array([True, False]))
    with pytest.raises(ValueError, match="expected "):
        function(*bad, where=np.array([True, True]))


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ([[0.5, 0.5], [7, 7]], [True, False]),
        ([[0.5, 7], [0.5, 0.5]], [[True, False], [True, True]]),
        ([0.5, 7], [[True, False], [False, False]]),
    ],
)
def test_what_is_left_out_is_not_checked(values, where):
    values, where = jnp.array(values, jnp.float32), np.array(where)
    check_probabilities("p", values, jnp.array(where))
    jax.eval_shape(lambda where: check_probabilities("p", values, where), where)
    for counted in (None, jnp.array(~where), jnp.ones(where.shape, bool)):
        with pytest.raises(ValueError, match=r"p: expected values from 0 to 1, got 7\.0"):
            check_probabilities("p", values, counted)


@pytest.mark.slow
def test_single_values_may_be_left_out():
    labels = np.array([[0.5, 0.5, 7.0]], np.float32)
    where = np.array([[True, True, False]])
    expected = pytest.approx(np.log(2))
    assert F.softmax_cross_entropy(LOGITS[:1], labels, where=where)[0] == expected
    with pytest.raises(ValueError, match=re.escape("labels: expected values from 0 to 1, got 7.0")):
        F.softmax_cross_entropy(LOGITS[:1], labels, where=~where)


def test_negative_classes_are_refused():
    with pytest.raises(ValueError, match="labels: expected classes from 0 to 2, got -1"):
        F.softmax_cross_entropy_with_integer_labels(LOGITS, np.array([0, -1]))


def test_what_exceeds_by_rounding_passes_and_nan_is_shown():
    almost = np.array([-1e-7, 1 + 1e-7], np.float32)
    check_probabilities("p", jnp.array(almost))
    check_log_probabilities("p", jnp.array(almost - 1))
    assert jnp.isnan(F.binary_cross_entropy(np.float32("nan"), 1.0))
    with pytest.raises(ValueError, match=r"expected values from 0 to 1, got 1\.001"):
        F.binary_cross_entropy(np.float32(1.001), 1.0)


def test_signs_are_not_zeros_and_ones():
    with pytest.raises(ValueError, match=r"labels: expected -1 or \+1, got 0\.0"):
        F.hinge_loss(jnp.zeros(2), jnp.array([0, 1]))

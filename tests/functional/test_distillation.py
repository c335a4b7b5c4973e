import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import functional as F

STUDENT = jnp.array([[1.0, 2.0, 0.0], [0.5, -1.0, 3.0]])
TEACHER = jnp.array([[2.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
LABELS = jnp.array([0, 2])


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("temperature", "alpha", "expected"),
    # torch 2.14.1: alpha T² kl_div(log_softmax(s / T), softmax(t / T)) + (1 - alpha) cross_entropy
    [(2.0, 0.5, [0.9030875, 0.4929197]), (4.0, 0.9, [0.4745999, 0.8246394])],
)
def test_it_has_torchs_numbers(temperature, alpha, expected):
    found = F.distillation_loss(STUDENT, TEACHER, LABELS, temperature=temperature, alpha=alpha)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.thorough
def test_without_a_share_of_the_teacher_it_is_the_cross_entropy():
    found = F.distillation_loss(STUDENT, TEACHER, LABELS, alpha=0)
    expected = F.softmax_cross_entropy_with_integer_labels(STUDENT, LABELS)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    same = F.distillation_loss(TEACHER, TEACHER, LABELS, alpha=1)
    np.testing.assert_allclose(same, 0, atol=1e-6)


@pytest.mark.thorough
def test_the_teacher_gets_no_gradient():
    loss = jax.grad(lambda s, t: F.distillation_loss(s, t, LABELS).sum(), (0, 1))
    student, teacher = loss(STUDENT, TEACHER)
    assert np.abs(student).max() > 0.1
    np.testing.assert_array_equal(teacher, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": 0}, "temperature: expected a finite number above 0, got 0"),
        ({"temperature": -1.0}, "temperature: expected a finite number above 0, got -1.0"),
        ({"alpha": 1.5}, "alpha: expected a finite number of at least 0 and of at most 1, got 1.5"),
        ({"teacher_logits": TEACHER[:1]}, r"teacher_logits: expected the shape of student_logits"),
    ],
)
def test_wrong_arguments(options, message):
    arguments = {"student_logits": STUDENT, "teacher_logits": TEACHER, "labels": LABELS}
    with pytest.raises(ValueError, match=message):
        F.distillation_loss(**arguments | options)

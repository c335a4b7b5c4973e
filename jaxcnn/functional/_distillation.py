"""Knowledge distillation: learn from another network's logits besides the labels."""

import jax
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_number
from jaxcnn.functional._class_checks import as_floating
from jaxcnn.functional._cross_entropy import (
    kl_divergence,
    softmax_cross_entropy_with_integer_labels,
)


def distillation_loss(
    student_logits: ArrayLike,
    teacher_logits: ArrayLike,
    labels: ArrayLike,
    *,
    temperature: float = 4.0,
    alpha: float = 0.9,
) -> Array:
    """Compute the loss of knowledge distillation, which teaches a network by another one's logits.

    The softened probabilities of a teacher say which wrong classes an image resembles, which the
    label does not. For a temperature T and a share α of the soft targets:

        loss = α T² KL(softmax(teacher / T) ‖ softmax(student / T))
               + (1 - α) cross_entropy(student, label)

    T² keeps the gradient of the first term independent of T. The gradient does not reach the
    teacher. `jaxcnn.training.distillation_from` makes a loss for `fit` of a trained teacher. Some
    libraries call the share of the other term alpha.

    Args:
        student_logits: Logits of the network that learns, `(..., K)`, floating point.
        teacher_logits: Logits of the teacher for the same images, `(..., K)`.
        labels: Integer classes `(...)` in 0 … K - 1.
        temperature: The temperature T, above 0. The higher, the more the small probabilities count.
        alpha: The share α, from 0 to 1. With 1, the labels do not count.

    Returns:
        Loss of each example, `(...)`.

    Raises:
        TypeError: If logits are not floating point, or labels are not integers.
        ValueError: If shapes differ, or a number is out of range.

    Example:
        >>> import jax.numpy as jnp
        >>> from jaxcnn import functional as F
        >>> student, teacher = jnp.array([1.0, 2.0, 0.0]), jnp.array([2.0, 1.0, 0.0])
        >>> print(f"{F.distillation_loss(student, teacher, 0, temperature=2.0, alpha=0.5):.4f}")
        0.9031

    Source: Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015. The
    defaults are those of Zagoruyko and Komodakis, "Paying more attention to attention", 2017.
    """
    check_number("temperature", temperature, above=0)
    check_number("alpha", alpha, minimum=0, maximum=1)
    student = as_floating("student_logits", student_logits)
    teacher = lax.stop_gradient(as_floating("teacher_logits", teacher_logits))
    if student.shape != teacher.shape:
        raise ValueError(
            f"teacher_logits: expected the shape of student_logits, {student.shape}, got "
            f"{teacher.shape}"
        )
    soft = kl_divergence(
        jax.nn.log_softmax(student / temperature), jax.nn.softmax(teacher / temperature)
    )
    hard = softmax_cross_entropy_with_integer_labels(student, labels)
    return alpha * temperature**2 * soft + (1 - alpha) * hard

"""Knowledge distillation: a loss with a trained teacher in it."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from jax import Array

from jaxcnn import functional as F
from jaxcnn.data import Loss, SingleLabel
from jaxcnn.inference import Network
from jaxcnn.runs import Run


def distillation_from(
    teacher: Run | Network, *, temperature: float = 4.0, alpha: float = 0.9
) -> Callable[..., Array]:
    """Make a loss for `fit` that teaches a network by the logits of a trained one.

    In each training step, the teacher sees the same augmented images as the student. Its weights do
    not change. In evaluations, the loss is the cross-entropy, so that validation losses of students
    and other networks can be compared. See `functional.distillation_loss` for the formula.

    The teacher gets images as the student's normalization makes them. If the teacher was not
    trained on the same training set, pass ``fit(normalization=teacher.normalization)``.

    Args:
        teacher: A trained run or network, with a class per output, in the order of the student's.
        temperature: The temperature that softens both predictions, above 0.
        alpha: The share of the teacher in the loss, from 0 to 1; the rest is that of the labels.

    Returns:
        A function ``loss(outputs, labels, images=None)``.

    Raises:
        TypeError: If `teacher` is neither a `Run` nor a `Network`.
        ValueError: If the teacher's labels are not single ones, or a number is out of range.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> train = jaxcnn.data.digits().train
        >>> teacher = jaxcnn.fit(net, train, epochs=2, progress=False)
        >>> loss = jaxcnn.training.distillation_from(teacher)
        >>> student = jaxcnn.fit(net, train, loss=loss, epochs=1, progress=False)
        >>> student.evaluate(train).accuracy > 0.5
        True

    Source: Hinton, Vinyals and Dean 2015, *Distilling the Knowledge in a Neural Network*.
    """
    network = teacher.network if isinstance(teacher, Run) else teacher
    if not isinstance(network, Network):
        raise TypeError(f"teacher: expected a Run or a Network, got {teacher!r:.80}")
    if not isinstance(network.task, SingleLabel):
        raise ValueError(f"teacher: expected one of single labels, got one of {network.task}")
    example = np.zeros(2, np.float32)
    F.distillation_loss(example, example, 0, temperature=temperature, alpha=alpha)  # raises

    def distillation(outputs: Array, labels: Array, images: Array | None = None) -> Array:
        if images is None:
            return F.softmax_cross_entropy_with_integer_labels(outputs, labels)
        known, _ = network.apply(network.variables, images, train=False)
        return F.distillation_loss(
            outputs, known.astype(outputs.dtype), labels, temperature=temperature, alpha=alpha
        )

    return distillation


def takes_images(loss: Loss) -> bool:
    """Return whether a loss has an argument `images`."""
    try:
        parameters: Any = inspect.signature(loss).parameters
    except (TypeError, ValueError):  # some functions of C do not tell their arguments
        return False
    return "images" in parameters

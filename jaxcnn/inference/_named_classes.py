"""From probabilities to names."""

import numpy as np


def named_classes(
    probabilities: np.ndarray,
    class_names: tuple[str, ...] | list[str],
    *,
    top: int | None = None,
    lowest: np.ndarray | float = 0.0,
) -> list[tuple[str, float]]:
    """The classes that an image shows, the most probable first; of equal ones the lower.

    Args:
        probabilities: ``(classes,)``.
        class_names: one a class.
        top: no more than so many; None: all.
        lowest: only those at least as probable, one number for all or ``(classes,)``.

    Returns:
        Names and probabilities; it may be empty.

    Example:
        >>> named_classes(np.array([0.15, 0.8, 0.05]), ["dog", "cat", "bird"], top=2)
        [('cat', 0.8), ('dog', 0.15)]
    """
    order = np.argsort(-probabilities, kind="stable")
    shown = order[(probabilities >= lowest)[order]][:top]
    return [(class_names[label], float(probabilities[label])) for label in shown]

"""A training that goes on with more epochs than it was begun with: what changes, in words."""

from jaxcnn._support.warn import warn
from jaxcnn.training._terminal import Progress
from jaxcnn.training.checkpoints._saver import Extension

EXTENDED = "extended"
"""The setting of a run that says when its number of epochs was raised."""


def announce_extension(
    extension: Extension | None, *, epochs: int, step: int, bar: Progress
) -> list[dict[str, int]]:
    """Say what changes by more epochs.

    Args:
        extension: The change; None: there is none.
        epochs: The number of epochs now.
        step: The number of updates so far.
        bar: The progress display.

    Returns:
        What a run records of it; empty if the bits are those of a training begun with `epochs`.
    """
    if extension is None:
        return []
    before = extension.epochs
    if extension.is_same_step:
        bar.message(
            f"extended from {before} to {epochs} epochs; the training step does not depend on "
            f"their number, so the bits are those of a training begun with {epochs}"
        )
        return []
    warn(
        f"extend: from step {step} on, the optimizer follows the schedule of {epochs} epochs "
        f"instead of {before}; the bits are not those of a training begun with {epochs}",
    )
    return [{"epochs": before, "step": step}]

"""Select the test images that sections show one by one, and the outputs that they explain."""

from typing import NamedTuple

import numpy as np

from jaxcnn.reports._run_folder import RunFolder

PER_KIND = 3
RULE = (
    "The images are chosen by a rule: the first right prediction of each of three classes, and the "
    "most confident mistake of each of up to three classes."
)
FIRST_RULE = "The images are the first ones of the test set."


def right_positions(run: RunFolder) -> np.ndarray:
    """Return the positions of saved test images predicted right, the first of each class first."""
    labels, guesses, _ = _labels_and_guesses(run)
    positions = np.flatnonzero(guesses == labels)
    return positions[np.lexsort((labels[positions], _occurrences(labels[positions])))]


def wrong_positions(run: RunFolder) -> np.ndarray:
    """Return the positions of saved test images predicted wrong; the most confident first."""
    labels, guesses, confidence = _labels_and_guesses(run)
    positions = np.flatnonzero(guesses != labels)
    return positions[np.argsort(-confidence[positions], kind="stable")]


def chosen_positions(run: RunFolder) -> np.ndarray:
    """Return the positions of the images to show: right ones, then mistakes.

    If an image does not have exactly one class, they are the first images.
    """
    if not run.is_single_label:
        return np.arange(min(2 * PER_KIND, len(run.images)))
    wrong = wrong_positions(run)
    turns = _occurrences(_labels_and_guesses(run)[0][wrong])
    wrong = wrong[np.argsort(turns, kind="stable")]
    return np.concatenate([right_positions(run)[:PER_KIND], wrong[:PER_KIND]])


def selection_rule(run: RunFolder) -> str:
    """Explain how `chosen_positions` selects images."""
    return RULE if run.is_single_label else FIRST_RULE


def describe_prediction(run: RunFolder, position: int) -> str:
    """Name the predicted class of a saved test image, and the true class if it differs.

    For a regression, give the predicted number with the largest error, and the true one.
    """
    names = run.interface.class_names
    example = run.test_set.shown[position]
    if not run.interface.task.has_classes:
        worst = int(relative_errors(run)[example].argmax())
        truth = run.test_set.labels[example].reshape(-1)[worst]
        return f"{names[worst]} {run.probabilities[example, worst]:.3g} (is {truth:.3g})"
    guess = names[run.probabilities[example].argmax()]
    if run.is_multilabel:
        return guess
    truth = names[run.test_set.labels[example]]
    return truth if truth == guess else f"{guess} (is {truth})"


class Explained(NamedTuple):
    """An output of the network that a section explains for a saved test image.

    Attributes:
        position: The position of the image.
        output: The index of the output.
        kind: What the output is: ``"predicted class"``, ``"runner-up"``, ``"true class"``,
            ``"most probable label"``, or ``""`` for a predicted number.
        words: The output in words, for the row of a figure.
    """

    position: int
    output: int
    kind: str
    words: str


def explained_outputs(run: RunFolder, position: int) -> tuple[Explained, ...]:
    """Return the outputs to explain for a saved test image: first that of `describe_prediction`.

    If each example has one class, the second one is the class to compare with: the true class of a
    mistake, otherwise the runner-up.
    """
    example, words = run.test_set.shown[position], describe_prediction(run, position)
    if not run.interface.task.has_classes:
        worst = int(relative_errors(run)[example].argmax())
        return (Explained(position, worst, "", words),)
    order = np.argsort(-run.probabilities[example], kind="stable").tolist()
    if not run.is_single_label:
        return (Explained(position, order[0], "most probable label", words),)
    guess = Explained(position, order[0], "predicted class", words)
    truth = int(run.test_set.labels[example])
    kind, rivals = ("runner-up", order[1:2]) if truth == order[0] else ("true class", [truth])
    names = run.interface.class_names
    return guess, *(Explained(position, k, kind, f"{kind}: {names[k]}") for k in rivals)


RIVALS = "the runner-up or, if the prediction is wrong, the true class"
"""What the second of `explained_outputs` is, in words."""


def relative_errors(run: RunFolder) -> np.ndarray:
    """Return the errors of the numbers predicted for each test example, ``(N, K)``.

    They are multiples of each number's standard deviation, which compare across units.
    """
    truths = run.test_set.labels.reshape(run.test_set.logits.shape)
    spread = truths.std(axis=0)
    return np.abs(run.test_set.logits - truths) / np.where(spread > 0, spread, 1)


def _occurrences(labels: np.ndarray) -> np.ndarray:
    """Count for each label how many equal labels are before it."""
    return np.array([int((labels[:i] == label).sum()) for i, label in enumerate(labels)], int)


def _labels_and_guesses(run: RunFolder) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels, predicted classes and their probabilities of the saved test images."""
    shown = run.test_set.shown
    likely = run.probabilities[shown]
    return run.test_set.labels[shown], likely.argmax(axis=-1), likely.max(axis=-1)

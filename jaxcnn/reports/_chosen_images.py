"""Which test images are looked at closely."""

import numpy as np

from jaxcnn.reports._run_folder import RunFolder

OF_EACH_KIND = 3
IN_WORDS = (
    "The images are chosen by a rule: the first right one of each of three classes, and the "
    "mistakes of which the network was surest, of three classes."
)
IN_WORDS_OF_SEVERAL = "The images are the first of the test set."


def right_places(run: RunFolder) -> np.ndarray:
    """Places among the kept images that were classified right: the first of each class first."""
    labels, guesses, _ = _seen(run)
    places = np.flatnonzero(guesses == labels)
    return places[np.lexsort((labels[places], _turns(labels[places])))]


def wrong_places(run: RunFolder) -> np.ndarray:
    """Places among the kept images that were classified wrong: the surest first."""
    labels, guesses, sureness = _seen(run)
    places = np.flatnonzero(guesses != labels)
    return places[np.argsort(-sureness[places], kind="stable")]


def chosen_places(run: RunFolder) -> np.ndarray:
    """The first of both; of images with several labels, the first."""
    if run.is_multilabel:
        return np.arange(min(2 * OF_EACH_KIND, len(run.pictures)))
    wrong = wrong_places(run)
    turns = _turns(_seen(run)[0][wrong])
    wrong = wrong[np.argsort(turns, kind="stable")]
    return np.concatenate([right_places(run)[:OF_EACH_KIND], wrong[:OF_EACH_KIND]])


def how_chosen(run: RunFolder) -> str:
    """Why it is these that `chosen_places` gives."""
    return IN_WORDS_OF_SEVERAL if run.is_multilabel else IN_WORDS


def described(run: RunFolder, place: int) -> str:
    """What a kept image was taken for, and what it is where that is something else."""
    names = run.interface.class_names
    example = run.kept.shown[place]
    guess = names[run.probabilities[example].argmax()]
    if run.is_multilabel:
        return guess
    truth = names[run.kept.labels[example]]
    return truth if truth == guess else f"{guess} (is {truth})"


def _turns(labels: np.ndarray) -> np.ndarray:
    """Of each label, how many such stand before it."""
    return np.array([int((labels[:i] == label).sum()) for i, label in enumerate(labels)], int)


def _seen(run: RunFolder) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, guesses and how sure of them the network was, of the kept images."""
    shown = run.kept.shown
    likely = run.probabilities[shown]
    return run.kept.labels[shown], likely.argmax(axis=-1), likely.max(axis=-1)

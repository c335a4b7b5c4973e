"""Report what a classifier gets right and wrong, and draw the scores of each class."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn._support.names import as_names
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn.data import ClassificationScores, LabeledImages
from jaxcnn.explain._inputs import check_has_classes, check_one_label, check_scores
from jaxcnn.explain.drawing._drawable import check_names
from jaxcnn.explain.drawing._figure import (
    BLUE,
    GRAY,
    ORANGE,
    PALE_GRAY,
    as_written,
    new_figure,
    quiet_rows,
)
from jaxcnn.explain.mistakes._confused_pairs import ConfusedPair, confused_pairs
from jaxcnn.explain.mistakes._report_text import blocks_of, content_of, rows_of
from jaxcnn.explain.trust._calibration import (
    Reliability,
    fit_temperature,
    reliability,
    temperature_in_words,
)
from jaxcnn.inference import Network, logits_of
from jaxcnn.runs import Run, network_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ClassificationReport(TableResult):
    """Scores and mistakes of a classifier of K classes on N examples; `str()` is a page of text.

    `to_dict` omits the labels and the probabilities, and has only the hundred most confident
    mistakes.

    Attributes:
        class_names: The K names.
        labels: The true classes, ``(N,)``.
        probabilities: The predicted distributions, ``(N, K)`` float32.
        confusion: Counts ``(K, K)``: row = true class, column = predicted class.
        precision: Share of the examples predicted as a class that belong to this class, ``(K,)``.
        recall: Share of the examples of a class that were predicted as this class, ``(K,)``.
        f1: The harmonic mean of precision and recall, ``(K,)``.
        support: Examples per class, ``(K,)``.
        accuracy: Share of all examples whose most probable class is right.
        interval: The 95% Wilson interval of the accuracy.
        scores: Balanced accuracy, macro F1, MCC, Cohen's kappa, AUC and Brier score.
        confused: The pairs of classes that were confused, the most frequent confusion first.
        mistakes: The indices of the wrong examples, in descending order of confidence.
        calibration: Confidence against accuracy of the unchanged network.
        temperature: The temperature, a divisor of the logits, that was fitted to all examples.
        scaled: Confidence against accuracy after temperature scaling. The examples with even
            indices are one half, the examples with odd indices the other. Each half is scaled with
            the temperature that was fitted to the other half.
        paths: The files of the N examples; None if the examples do not come from files.
    """

    class_names: tuple[str, ...]
    labels: np.ndarray
    probabilities: np.ndarray
    confusion: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray
    accuracy: float
    interval: tuple[float, float]
    scores: ClassificationScores
    confused: tuple[ConfusedPair, ...]
    mistakes: np.ndarray
    calibration: Reliability
    temperature: float
    scaled: Reliability
    paths: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls,
        logits: ArrayLike,
        labels: ArrayLike,
        class_names: Sequence[str],
        *,
        bins: int = 15,
        paths: Sequence[str] | None = None,
    ) -> Self:
        """Make a report from logits and labels, without the network.

        Args:
            logits: Scores before the softmax, ``(N, K)``, of at least two examples.
            labels: True classes, integers ``(N,)``.
            class_names: The K names.
            bins: Number of equal bins of confidence, for the calibration.
            paths: The files of the N examples, for the table of mistakes. None means that the
                examples do not come from files.

        Returns:
            The `ClassificationReport`.

        Raises:
            TypeError: If the logits are not floating point or the labels are not integers.
            ValueError: If shapes do not fit together, there are several labels per example, labels
                are out of range, or logits are not finite. Also if there is not one name per class,
                or not one path per example.

        Example:
            >>> report = ClassificationReport.of(
            ...     [[2.0, 0.0], [0.0, 1.0], [3.0, 0.0]], [0, 1, 1], ("cat", "dog")
            ... )
            >>> report.confusion.tolist(), report.mistakes.tolist()
            ([[1, 0], [1, 1]], [2])
        """
        scores, truths = check_scores("logits", logits, labels)
        examples, classes = scores.shape
        names = as_names("class_names", class_names)
        if len(names) != classes:
            raise ValueError(
                f"class_names: expected one for each of the {classes} classes, got {len(names)}"
            )
        if paths is not None:
            check_names("paths", paths, examples, "examples")
        if examples < 2:
            raise ValueError("logits: expected at least two examples, got one")
        likely = _softmax(scores)
        guesses = likely.argmax(axis=1)
        wrong = np.flatnonzero(guesses != truths)
        confusion = np.asarray(F.confusion_matrix(guesses, truths, classes))
        precision, recall, f1 = map(np.asarray, F.precision_recall_f1(confusion))
        right = examples - len(wrong)
        return cls(
            class_names=names,
            labels=truths,
            probabilities=likely.astype(np.float32),
            confusion=confusion,
            precision=precision,
            recall=recall,
            f1=f1,
            support=confusion.sum(axis=1),
            accuracy=right / examples,
            interval=F.wilson_interval(right, examples),
            scores=ClassificationScores.of(likely, truths),
            confused=confused_pairs(confusion),
            mistakes=wrong[np.argsort(-likely[wrong].max(axis=1), kind="stable")],
            calibration=reliability(likely, truths, bins=bins),
            temperature=fit_temperature(scores, truths),
            scaled=reliability(_softmax(_scaled(scores, truths)), truths, bins=bins),
            paths=None if paths is None else tuple(paths),
        )

    @property
    def temperature_in_words(self) -> str:
        """The temperature with three digits, or "at least 100" if the search reached 100."""
        return temperature_in_words(self.temperature)

    def __repr__(self) -> str:
        return (
            f"ClassificationReport({self.accuracy:.2%} of {len(self.labels):,} examples right, "
            f"{len(self.class_names)} classes)"
        )

    def _content(self) -> Mapping[str, Any]:
        return content_of(self)

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return rows_of(self)

    def _blocks(self) -> Iterable[Block]:
        return blocks_of(self)


def classification_report(
    network: Network | Run, dataset: LabeledImages, *, bins: int = 15
) -> ClassificationReport:
    """Evaluate a trained network on a labeled set, and report its mistakes.

    Use it after training, to see which classes are confused and whether the confidence can be
    trusted.

    Args:
        network: A trained network or a run.
        dataset: Images that the network was not trained on, with one label each.
        bins: Number of equal bins of confidence, for the calibration.

    Returns:
        A `ClassificationReport`, to print: scores per class, confused classes, the worst mistakes,
        and the calibration.

    Raises:
        TypeError: If `network` or `dataset` is of the wrong kind.
        ValueError: If the images do not fit the network's input, or the images do not have one
            label each.
    """
    trained = network_of(network)
    trained.check_takes(dataset)
    check_has_classes("classification_report", trained.task)
    check_one_label(dataset.labels)
    logits = logits_of(trained, dataset)
    names, paths = trained.class_names, dataset.paths
    return ClassificationReport.of(logits, dataset.labels, names, bins=bins, paths=paths)


def _scaled(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Divide each half of the logits by the temperature that was fitted to the other half."""
    scaled = scores.copy()
    for one, other in ((0, 1), (1, 0)):
        scaled[one::2] /= fit_temperature(scores[other::2], labels[other::2])
    return scaled


def _softmax(scores: np.ndarray) -> np.ndarray:
    from scipy.special import softmax  # reads files when imported

    return softmax(scores, axis=1)


ROW = 0.3  # inches
MAX_ROWS = 60


def plot_class_scores(report: ClassificationReport, *, title: str = "Classes") -> "Figure":
    """Plot precision, recall and F1 score per class, in descending order of F1.

    Args:
        report: From `classification_report`. If the report has more than 60 classes, the 60 classes
            with the lowest F1 scores are shown.
        title: The figure's title, such as the network and the data.

    Returns:
        The figure: ``figure.savefig("classes.png")`` writes it.

    Raises:
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> report = ClassificationReport.of(
        ...     [[2.0, 0.0], [0.0, 1.0], [3.0, 0.0]], [0, 1, 1], ("cat", "dog")
        ... )
        >>> axes = explain.plot_class_scores(report).axes[0]
        >>> [tick.get_text() for tick in axes.get_yticklabels()]
        ['cat (1)', 'dog (2)']
    """
    order = np.argsort(-report.f1, kind="stable")[-MAX_ROWS:]
    figure = new_figure(
        7, ROW * len(order) + 2.1, title=title, caption=_caption(report, len(order))
    )
    axes = figure.subplots()
    rows = np.arange(len(order))
    precision, recall, f1 = (
        100 * scores[order] for scores in (report.precision, report.recall, report.f1)
    )
    axes.hlines(rows, np.minimum(precision, recall), np.maximum(precision, recall), color=PALE_GRAY)
    axes.plot(
        precision,
        rows,
        ">",
        color=ORANGE,
        markersize=7,
        label="precision: share of predictions that are right",
    )
    axes.plot(
        recall,
        rows,
        "s",
        color=BLUE,
        markersize=10,
        markerfacecolor="none",
        markeredgewidth=1.5,
        label="recall: share of the class that is found",
    )
    axes.plot(f1, rows, "o", color="black", markersize=3.5, label="F1: harmonic mean of both")
    names = [f"{as_written(report.class_names[k], 20)} ({report.support[k]:,})" for k in order]
    axes.set_yticks(rows, names)
    axes.set(xlabel="precision, recall and F1 score (%)", xlim=(-2, 102))
    axes.set(xticks=range(0, 101, 20), ylim=(len(order) - 0.5, -0.5))
    quiet_rows(axes)
    axes.axvline(100 * report.accuracy, color=GRAY, linestyle=":", label="accuracy, all classes")
    axes.legend(loc="lower center", bbox_to_anchor=(0.45, 1), ncols=2, frameon=False, fontsize=9)
    return figure


def _caption(report: ClassificationReport, shown: int) -> str:
    classes = len(report.class_names)
    which = "" if shown == classes else f" The {shown} of {classes} classes with the lowest scores."
    return (
        f"n = {len(report.labels):,} examples; in parentheses, those of each class. Classes are in "
        f"descending order of F1 score.{which}"
    )

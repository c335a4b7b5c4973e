"""Check a data set before training: what it contains, and what is suspicious about it."""

import dataclasses
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.texts import without_controls
from jaxcnn.data._dataset import Dataset, Splits
from jaxcnn.data._errors import DataError
from jaxcnn.data.checking._files import broken_problem, decode_files
from jaxcnn.data.checking._overlap import (
    Overlap,
    format_pairs,
    image_digests,
    image_name,
    overlap_from_digests,
)
from jaxcnn.data.checking._set_hints import set_hint
from jaxcnn.data.checking._set_report import SetReport, describe
from jaxcnn.data.pictures._file_splits import FileSplits
from jaxcnn.data.pictures._image_files import ImageFiles
from jaxcnn.data.pictures._labeled_sequence import LabeledImages, LabeledSequence

MAX_IMBALANCE = 10
MAX_SCALE = 10  # of a regression's labels: of |mean|, standard deviation and its inverse


@dataclasses.dataclass(frozen=True, eq=False)
class Report(TableResult):
    """The findings of `check`: the statistics of both sets, and the problems found in them.

    Attributes:
        train: The set to train on.
        test: The set to test on, or None.
        overlap: The test images that also occur in the training set; None without a test set, or if
            the two sets cannot be compared.
        problems: One text per problem: a sentence, then one line for each of the first images that
            have the problem. Empty if there are no problems.
    """

    train: SetReport
    test: SetReport | None
    overlap: Overlap | None
    problems: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"train: {self.train}"]
        parts += [f"test: {self.test}"] * (self.test is not None)
        parts += [f"both: {self.overlap}"] * (self.overlap is not None)
        return "\n".join([*parts, self._problems()])

    def _problems(self) -> str:
        found = [_wrap(problem) for problem in self.problems]
        text = "\n".join(["problems:", *found] if found else ["problems: none found"])
        return without_controls(text)

    def _sets(self) -> dict[str, SetReport]:
        return {"train": self.train} | ({} if self.test is None else {"test": self.test})

    def _rows(self) -> Iterator[Mapping[str, Any]]:
        for name, report in self._sets().items():
            yield from ({"set": name, **row} for row in report._rows())

    def _blocks(self) -> Iterable[Block]:
        for name, report in self._sets().items():
            head, table = report._blocks()
            yield from (f"{name}: {head}", table)
        if self.overlap is not None:
            yield f"both: {self.overlap}"
        yield self._problems()


def _wrap(problem: str) -> str:
    """Wrap a sentence; lines that it lists stay whole, so that paths can be copied."""
    sentence, *listed = problem.split("\n")
    lines = textwrap.wrap(f"- {sentence}", 100, subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join([*lines, *(f"  {line}" for line in listed)])


def check(
    train: LabeledImages | Splits | FileSplits,
    test: LabeledImages | None = None,
    *,
    strict: bool = False,
) -> Report:
    """Check a data set for problems that would spoil training.

    The report lists classes without examples, and classes with ten times fewer examples than
    others. It lists images whose pixels are all equal, pixels that look wrongly scaled, and images
    that occur more than once, with equal or with different labels. It lists test images that are
    also in the training set, and says if the two sets differ in kind. For a regression, it says if
    all labels are equal, or far from the scale of 1. The checks of pixels are only for images.

    A set in memory takes seconds. Image files are decoded, which takes longer; files that cannot be
    decoded are a problem that names them. The report also has the sizes of the pictures in their
    files.

    Args:
        train: The set to train on, or both sets: in memory, or as image files.
        test: The set to test on.
        strict: Whether to raise an error if there is a problem.

    Returns:
        A `Report`, to print. Its `problems` can also be read one by one.

    Raises:
        DataError: If `strict` is true and there is a problem. The message lists all problems.
        TypeError: If an argument is not a data set.

    Example:
        >>> import numpy as np
        >>> images = np.arange(16, dtype=np.uint8).reshape(4, 2, 2, 1)
        >>> check(Dataset(images[[0, 1, 2, 1]], [0, 1, 1, 0], ("a", "b"))).problems
        ('train: 1 image occurs earlier in the set, too, 1 of them with another label:...',)
    """
    if isinstance(train, Splits | FileSplits):
        if test is not None:
            given = type(test).__name__
            kind = type(train).__name__
            raise TypeError(f"test: expected None, as `train` is a {kind} and has it, got {given}")
        train, test = train
    for name, data in (("train", train), ("test", test)):
        if not isinstance(data, LabeledImages) and not (name == "test" and data is None):
            given = type(data).__name__
            raise TypeError(f"{name}: expected a data set, got {given}{set_hint(data)}")
    files = sum(len(part) for part in (train, test) if isinstance(part, ImageFiles))
    first, broken = _in_memory(train)
    second, broken_too = (None, []) if test is None else _in_memory(test)
    digests = image_digests(first.images)
    of_train, of_test, shared = describe(first, digests), None, None
    problems = broken_problem(broken + broken_too, files) + _problems_of("train", of_train)
    if second is not None:
        test_digests = image_digests(second.images)
        of_test = describe(second, test_digests)
        kinds = _problems_between(first, second)
        if not kinds:
            shared = overlap_from_digests(first, second, digests, test_digests)
            kinds = [f"test: {shared}:{format_pairs(shared, first, second)}"] * (shared.count > 0)
        problems += _problems_of("test", of_test) + kinds
    report = Report(of_train, of_test, shared, tuple(problems))
    if strict and problems:
        raise DataError("\n".join(["the data have these problems:", *problems]))
    return report


def _in_memory(data: LabeledImages) -> tuple[Dataset, list[str]]:
    """Return a set with its examples decoded, and what was wrong with files left out."""
    if isinstance(data, ImageFiles):
        return decode_files(data)
    return (data.load() if isinstance(data, LabeledSequence) else data), []


def _problems_of(name: str, report: SetReport) -> list[str]:
    """List the problems of one set, whose name is `name` in the sentences."""
    found = _number_problems(report) if report.class_counts is None else _class_problems(report)
    if report.dataset.kind == "images":
        found += _pixel_problems(report)
    repeats = report.repeats
    if repeats.count:
        found.append(
            f"{_examples(report, repeats.count, 'occurs', 'occur')} earlier in the set, too, "
            f"{repeats.conflicts} of them with another label:"
            f"{format_pairs(repeats, report.dataset, report.dataset)}"
        )
    return [f"{name}: {problem}" for problem in found]


def _problems_between(train: Dataset, test: Dataset) -> list[str]:
    """List how a test set differs in kind from its training set."""
    pairs = [
        ("inputs of the kind", train.kind, test.kind),
        ("images of shape", train.input_shape, test.input_shape),
        ("images of dtype", str(train.images.dtype), str(test.images.dtype)),
        ("the classes", train.class_names, test.class_names),
        ("the task", train.task.name, test.task.name),
    ]
    return [
        f"test: expected {what} {wanted} as in train, got {given}"
        for what, wanted, given in pairs
        if wanted != given
    ]


def _class_problems(report: SetReport) -> list[str]:
    counts, names = report.class_counts, report.dataset.class_names
    assert counts is not None
    found = []
    if not counts.all():
        found.append(f"no example of {_list_names(names, counts == 0)}")
    if report.dataset.multilabel and (counts == len(report.dataset)).any():
        found.append(f"every image shows {_list_names(names, counts == len(report.dataset))}")
    if report.imbalance > MAX_IMBALANCE:
        rare = np.where(counts > 0, counts, counts.max()).argmin()
        found.append(
            f"the largest class, {names[counts.argmax()]!r}, has {report.imbalance:.1f} times as "
            f"many examples ({counts.max():,}) as the smallest, {names[rare]!r} ({counts[rare]:,})"
        )
    return found


def _number_problems(report: SetReport) -> list[str]:
    labels = report.dataset.labels.reshape(len(report.dataset), -1)
    found = []
    for name, numbers in zip(report.dataset.class_names, labels.T, strict=True):
        mean, std = numbers.mean(dtype=np.float64), numbers.std(dtype=np.float64)
        if numbers.min() == numbers.max():
            found.append(f"every label {name!r} is {numbers[0]:g}")
        elif max(abs(mean), std, 1 / std) > MAX_SCALE:
            found.append(
                f"the labels {name!r} have mean {mean:.3g} and standard deviation {std:.3g}: "
                "subtract the mean and divide by the standard deviation, for networks learn "
                "numbers around 0 and 1"
            )
    return found


def _pixel_problems(report: SetReport) -> list[str]:
    images, (low, high) = report.dataset.images, report.pixel_range
    if low == high:
        return [f"every pixel of every image is {low:g}"]
    found = []
    if len(report.constant):
        first = image_name(report.dataset, report.constant[0])
        black = int((images[report.constant, 0, 0, 0] == 0).sum())
        found.append(
            f"{_examples(report, len(report.constant), 'has', 'have')} the same value in all "
            f"pixels, {black} of them black; the first is {first}"
        )
    if images.dtype == np.uint8 and high <= 1:
        found.append(
            "pixels are 0 and 1 alone, but uint8 goes up to 255: were floats in [0, 1] cast? "
            "Keep them floats, or multiply by 255 first"
        )
    if images.dtype != np.uint8 and high < 2 / 255:
        found.append(f"the brightest pixel is {high:.3g}: were they divided by 255 twice?")
    return found


def _examples(report: SetReport, count: int, verb: str, plural_verb: str) -> str:
    what = "sequences" if report.dataset.kind == "tokens" else report.dataset.kind
    return f"1 {what[:-1]} {verb}" if count == 1 else f"{count:,} {what} {plural_verb}"


def _list_names(names: tuple[str, ...], mask: np.ndarray) -> str:
    chosen = [repr(names[k]) for k in np.flatnonzero(mask)]
    more = f" and {len(chosen) - 5} more classes" if len(chosen) > 5 else ""
    return ", ".join(chosen[:5]) + more

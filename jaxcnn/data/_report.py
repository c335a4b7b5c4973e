"""What a data set holds, and what is suspicious about it, before anything is trained on it."""

import dataclasses
import textwrap

from jaxcnn.data._dataset import Dataset, Splits
from jaxcnn.data._errors import DataError
from jaxcnn.data._file_splits import FileSplits
from jaxcnn.data._image_files import ImageFiles
from jaxcnn.data._overlap import Overlap, image_digests, overlap_of, pairs_shown
from jaxcnn.data._problems import problems_between, problems_of
from jaxcnn.data._set_report import SetReport, describe


@dataclasses.dataclass(frozen=True, eq=False)
class Report:
    """What the data hold; `str()` makes a text of it.

    Attributes:
        train: The set to train on.
        test: The set to test on, if there is one.
        overlap: The test images that also occur in the training set; None where there is no
            test set, or none that could be compared.
        problems: What is suspicious, a sentence each, with a line for each of the first images
            that are meant; empty where nothing is.
    """

    train: SetReport
    test: SetReport | None
    overlap: Overlap | None
    problems: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"train: {self.train}"]
        parts += [f"test: {self.test}"] * (self.test is not None)
        parts += [f"both: {self.overlap}"] * (self.overlap is not None)
        found = [_wrapped(problem) for problem in self.problems]
        parts += ["problems:", *found] if found else ["problems: none found"]
        return "\n".join(parts)


def _wrapped(problem: str) -> str:
    """A sentence in lines; what it lists stays as it is, for paths are to be copied."""
    sentence, *listed = problem.split("\n")
    lines = textwrap.wrap(f"- {sentence}", 100, subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join([*lines, *(f"  {line}" for line in listed)])


def check(train: Dataset | Splits, test: Dataset | None = None, *, strict: bool = False) -> Report:
    """Look through a data set for what spoils training: a matter of seconds.

    Problems are: classes without an example, or ten times rarer than others; images of one value
    throughout; pixels that look scaled wrongly; images that occur more than once, with the same
    label or another; test images that are in the training set; and test sets of another kind.

    Args:
        train: The set to train on, or both.
        test: The set to test on.
        strict: Whether a problem is an error.

    Returns:
        The report: `print` it.

    Raises:
        DataError: If `strict` and there is a problem; it lists all of them.
        TypeError: If something else than a data set is given.

    Example:
        >>> import numpy as np
        >>> images = np.arange(16, dtype=np.uint8).reshape(4, 2, 2, 1)
        >>> check(Dataset(images[[0, 1, 2, 1]], [0, 1, 1, 0], ("a", "b"))).problems
        ('train: 1 image occurs earlier in the set, too, 1 of them with another label:...',)
    """
    if isinstance(train, Splits):
        if test is not None:
            raise TypeError("test: expected none, for `train` is a Splits and has one")
        train, test = train
    for name, data in (("train", train), ("test", test)):
        if not isinstance(data, Dataset) and not (name == "test" and data is None):
            raise TypeError(f"{name}: expected a Dataset, got {type(data).__name__}{_hint(data)}")
    digests = image_digests(train.images)
    of_train, of_test, shared = describe(train, digests), None, None
    problems = problems_of("train", of_train)
    if test is not None:
        test_digests = image_digests(test.images)
        of_test = describe(test, test_digests)
        kinds = problems_between(train, test)
        if not kinds:
            shared = overlap_of(train, test, digests, test_digests)
            kinds = [f"test: {shared}:{pairs_shown(shared, train, test)}"] * (shared.count > 0)
        problems += problems_of("test", of_test) + kinds
    report = Report(of_train, of_test, shared, tuple(problems))
    if strict and problems:
        raise DataError("\n".join(["the data have these problems:", *problems]))
    return report


def _hint(data: object) -> str:
    if isinstance(data, FileSplits):
        return "; decode its parts: check(files.train.load(), files.test.load())"
    return "; decode it: check(files.load())" if isinstance(data, ImageFiles) else ""

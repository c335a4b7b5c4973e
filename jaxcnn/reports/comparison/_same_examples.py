"""Find the test examples that all runs were evaluated on."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from jaxcnn.reports._run_folder import RunFolder
from jaxcnn.runs import SavedTestSet


class SameExamples(NamedTuple):
    """The test examples that runs have in common with the first one.

    Attributes:
        examples: ``(c,)``, their indices in the test set.
        positions: For each run ``(c,)``, their positions among its saved examples; None if the run
            has another test set.
        reasons: For each run why it has no such examples; None if it has.
    """

    examples: np.ndarray
    positions: tuple[np.ndarray | None, ...]
    reasons: tuple[str | None, ...]


def same_examples(runs: Sequence[RunFolder]) -> SameExamples:
    """Find the test examples that the first run and those with the same test set have saved.

    Args:
        runs: The runs, which have the same classes.
    """
    first, *others = runs
    reasons = (_missing(first), *(_missing(run) or _other_set(first, run) for run in others))
    compared = [run for run, reason in zip(runs, reasons, strict=True) if reason is None]
    if reasons[0] is not None:
        reasons = tuple(reason or f"the first run cannot be: {reasons[0]}" for reason in reasons)
        return SameExamples(np.zeros(0, np.int64), (None,) * len(runs), reasons)
    examples = first.test_set.examples
    for run in compared:
        examples = np.intersect1d(examples, run.test_set.examples)
    positions = tuple(
        np.searchsorted(run.test_set.examples, examples) if reason is None else None
        for run, reason in zip(runs, reasons, strict=True)
    )
    return SameExamples(examples, positions, reasons)


def _missing(run: RunFolder) -> str | None:
    if run.test is None:
        return f"{run.folder} has no saved test set (run.save(folder, test=...) saves it)"
    if (np.diff(run.test.examples) <= 0).any():
        return f"the test examples in {run.folder} are not in ascending order"
    return None


def _other_set(first: RunFolder, run: RunFolder) -> str | None:
    """Say how the test set of a run differs from that of the first run; None if it does not."""
    if first.test is None or run.test is None:
        return None
    sizes = [each.result.get("n_test") for each in (first, run)]
    if None not in sizes and sizes[0] != sizes[1]:
        return f"its test set has {sizes[1]:,} {run.noun}s, and not {sizes[0]:,}"
    common, mine, its = np.intersect1d(first.test.examples, run.test.examples, return_indices=True)
    if not len(common):
        return "no test example is saved in both folders"
    if not np.array_equal(first.test.labels[mine], run.test.labels[its]):
        return "its test set has other labels"
    if _files(first.test, mine) != _files(run.test, its) and first.test.paths and run.test.paths:
        return "its test set has other files"
    if not _have_same_images(first.test, run.test):
        return f"its test set has other {run.noun}s"
    has_shapes = first.interface.input_shape == run.interface.input_shape
    if not has_shapes and first.test.paths is None and first.data != run.data:
        return f"its test set is {run.data}, and not {first.data}"
    return None


def _files(test: SavedTestSet, positions: np.ndarray) -> list[str] | None:
    """Return the names of files with the folder that they are in, which is often the class."""
    if test.paths is None:
        return None
    return ["/".join(PurePosixPath(test.paths[i]).parts[-2:]) for i in positions]


def _have_same_images(first: SavedTestSet, other: SavedTestSet) -> bool:
    """Compare the images that are saved in both, unless they have other sizes."""
    if first.images.shape[1:] != other.images.shape[1:]:
        return True
    common = shown_in_both((first, other))
    places = [common.positions[0], common.positions[1]]
    return bool(np.array_equal(first.images[places[0]], other.images[places[1]]))


class ShownInBoth(NamedTuple):
    """The images that several test sets have saved.

    Attributes:
        examples: Their indices in the test set.
        positions: For each set their positions among its saved images.
    """

    examples: np.ndarray
    positions: tuple[np.ndarray, ...]


def shown_in_both(sets: Sequence[SavedTestSet]) -> ShownInBoth:
    """Find the images that all test sets have saved."""
    numbers = [test.examples[test.shown] for test in sets]
    common = numbers[0]
    for each in numbers[1:]:
        common = np.intersect1d(common, each)
    return ShownInBoth(common, tuple(np.searchsorted(each, common) for each in numbers))

"""`compare_runs`: read two or more runs, and compare their numbers."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxcnn import functional as F
from jaxcnn._support.texts import listed
from jaxcnn.layers import Layer
from jaxcnn.reports._html import MissingError
from jaxcnn.reports._run_folder import RunFolder, number_in, read_run_folder
from jaxcnn.reports.comparison._results import ComparedRun, PairedDifference, RunComparison
from jaxcnn.reports.comparison._same_examples import SameExamples, same_examples

MAX_RUNS = 8
"""More runs have more lines than colors that one can tell apart in a figure."""

FEW_DISAGREEMENTS = 25
"""A common rule: if the runs disagree about fewer examples, the exact test is needed."""

Folder = str | os.PathLike[str]


class Compared(NamedTuple):
    """The content of the runs, for the sections of the page.

    Attributes:
        names: What the page calls the runs.
        folders: The content of their folders.
        same: The test examples that they share.
        numbers: The comparison of their numbers.
    """

    names: tuple[str, ...]
    folders: tuple[RunFolder, ...]
    same: SameExamples
    numbers: RunComparison

    @property
    def noun(self) -> str:
        """The word for one example."""
        return self.numbers.noun

    @property
    def tested_alike(self) -> dict[int, np.ndarray]:
        """The runs that have test examples in common, for sections about these.

        It maps the places of the runs to the positions of the examples among their saved ones.

        Raises:
            MissingError: If there are not two such runs.
        """
        found = {k: at for k, at in enumerate(self.same.positions) if at is not None}
        if len(found) < 2:
            raise MissingError("the runs have no test set in common.")
        if not len(self.same.examples):
            raise MissingError(f"no test {self.noun} is saved in the folders of all these runs.")
        return found


def compare_runs(
    folders: Sequence[Folder], *, layers: tuple[type[Layer], ...] = ()
) -> RunComparison:
    """Compare saved runs: accuracies with a paired interval, sizes and times.

    Each run is compared with the first one. Runs that were evaluated on the same test examples are
    compared example by example, which finds much smaller differences than two separate intervals.
    For runs with other test sets, the reason is given, and all other numbers are compared.

    Args:
        folders: The folders of two to eight saved runs, for the same classes.
        layers: Custom layer classes that the architectures use.

    Returns:
        A `RunComparison`, to print.

    Raises:
        FileNotFoundError: If a folder has no run.
        TypeError: If `folders` is one path, or has other elements than paths, such as runs.
        ValueError: If there are too few or too many runs, one is given twice, or they have other
            classes. Also if a file in a folder is damaged.

    Example::

        print(jaxcnn.reports.compare_runs(["runs/a", "runs/b"]))
    """
    return read_compared(folders, layers).numbers


def read_compared(folders: Sequence[Folder], layers: tuple[type[Layer], ...] = ()) -> Compared:
    """Read the runs and compare their numbers; see `compare_runs`."""
    _check(folders)
    runs = tuple(read_run_folder(folder, layers=layers) for folder in folders)
    names = names_of([run.folder for run in runs])
    _check_outputs(names, runs)
    same = same_examples(runs)
    compared = tuple(
        _compared(name, run, _differences(runs[0], run, same, place) if place else (), reason)
        for place, (name, run, reason) in enumerate(zip(names, runs, same.reasons, strict=True))
    )
    numbers = RunComparison(compared, len(same.examples), runs[0].noun)
    return Compared(names, runs, same, numbers)


def _check(folders: Sequence[Folder]) -> None:
    if isinstance(folders, str | os.PathLike) or not isinstance(folders, Sequence):
        raise TypeError(f"folders: expected two or more folders of runs, got {folders!r:.80}")
    for folder in folders:
        if not isinstance(folder, str | os.PathLike):
            hint = " (run.save(folder) writes it)" if hasattr(folder, "save") else ""
            raise TypeError(
                f"folders: expected folders of saved runs, got {type(folder).__name__}{hint}"
            )
    if not 2 <= len(folders) <= MAX_RUNS:
        raise ValueError(f"folders: expected 2 to {MAX_RUNS} runs, got {len(folders)}")
    resolved = [Path(folder).expanduser().resolve() for folder in folders]
    for place, folder in enumerate(resolved):
        if folder in resolved[:place]:
            raise ValueError(f"folders: expected different runs, got {folders[place]} twice")


def names_of(folders: Sequence[Path]) -> tuple[str, ...]:
    """Name each folder by its last parts, as few as are unique.

    Example:
        >>> names_of([Path("runs/a"), Path("runs/b")]), names_of([Path("a/x"), Path("b/x")])
        (('a', 'b'), ('a/x', 'b/x'))
    """
    parts = [folder.resolve().parts for folder in folders]
    count = 1
    while len({each[-count:] for each in parts}) < len({*parts}):
        count += 1
    return tuple("/".join(each[-count:]) for each in parts)


def _check_outputs(names: Sequence[str], runs: Sequence[RunFolder]) -> None:
    """Raise ValueError unless all networks have the same task and classes, in the same order."""
    first = runs[0].interface
    for name, run in zip(names[1:], runs[1:], strict=True):
        interface = run.interface
        if interface.task.name != first.task.name:
            raise ValueError(
                f"folders: expected networks for the same task, got {names[0]} "
                f"({first.task.name}) and {name} ({interface.task.name})"
            )
        if interface.class_names == first.class_names:
            continue
        what = first.task.outputs_in_words
        is_other_order = sorted(interface.class_names) == sorted(first.class_names)
        raise ValueError(
            f"folders: expected networks with the same {what}"
            f"{' in the same order' if is_other_order else ''}, got {listed(first.class_names)} "
            f"in {names[0]} and {listed(interface.class_names)} in {name}"
        )


def _differences(
    first: RunFolder, run: RunFolder, same: SameExamples, place: int
) -> tuple[PairedDifference, ...]:
    """Compare a run with the first one on their common examples; none if there are none."""
    mine, its = same.positions[0], same.positions[place]
    if mine is None or its is None or len(mine) < 2:
        return ()
    if not run.interface.task.has_classes:
        return _differences_of_errors(first, run, mine, its)
    first_right, right = rights(first)[mine], rights(run)[its]
    only_this, only_first = int((right & ~first_right).sum()), int((first_right & ~right).sum())
    examples, is_rough = len(mine), only_this + only_first < FEW_DISAGREEMENTS
    return (
        PairedDifference(
            measure="accuracy",
            difference=(only_this - only_first) / examples,
            interval=F.paired_difference_interval(only_this, only_first, examples),
            examples=examples,
            only_this=only_this,
            only_first=only_first,
            both_right=int((right & first_right).sum()),
            p_value=F.mcnemar_p_value(only_this, only_first, exact=False),
            exact_p_value=F.mcnemar_p_value(only_this, only_first) if is_rough else None,
        ),
    )


def rights(run: RunFolder) -> np.ndarray:
    """Return whether each saved test example is predicted right, ``(M,)``."""
    return run.interface.task.marks(run.probabilities, run.test_set.labels) == 1


def _differences_of_errors(
    first: RunFolder, run: RunFolder, mine: np.ndarray, its: np.ndarray
) -> tuple[PairedDifference, ...]:
    changes = _errors(run)[its] - _errors(first)[mine]
    return tuple(
        PairedDifference(
            measure=f"mean absolute error of {name}",
            difference=float(values.mean()),
            interval=F.normal_interval(values),
            examples=len(values),
        )
        for name, values in zip(run.interface.class_names, changes.T, strict=True)
    )


def _errors(run: RunFolder) -> np.ndarray:
    """Return the absolute errors of the numbers predicted for each example, ``(M, K)``."""
    logits = run.test_set.logits.astype(np.float64)
    return np.abs(logits - run.test_set.labels.reshape(logits.shape))


def _compared(
    name: str, run: RunFolder, differences: tuple[PairedDifference, ...], reason: str | None
) -> ComparedRun:
    try:
        summary = run.summary
    except MissingError:  # the network was a custom module
        summary = None
    result = run.result
    interval = result.get("test_accuracy_interval")
    return ComparedRun(
        name=name,
        folder=str(run.folder),
        model=run.model,
        dataset=run.data,
        accuracy=number_in(result, "test_accuracy"),
        interval=None if interval is None else (interval[0], interval[1]),
        test_loss=number_in(result, "test_loss"),
        parameters=None if summary is None else summary.parameters,
        macs=None if summary is None else summary.macs,
        weight_bytes=None if summary is None else summary.weight_bytes,
        epochs=result.get("epochs"),
        seconds=number_in(result, "seconds_train"),
        examples_per_second=number_in(result, "images_per_second"),
        differences=differences,
        reason=reason,
    )

"""Labeled examples of a run, to compare predictions on."""

from pathlib import Path

import numpy as np

from jaxcnn.commands._arguments import is_run
from jaxcnn.data import Dataset, evenly_spaced
from jaxcnn.experiment import evaluation_set
from jaxcnn.runs import Run

MAX_EXAMPLES = 256
"""Examples on which a rewritten network is compared, or activations are calibrated, at most."""


def examples_of(folder: Path, run: Run, data: str | None) -> Dataset:
    """Return the examples of a data set, or by default those that were saved with the run.

    Args:
        folder: The folder of the run, an address of the hub, or a folder of its form.
        run: The run.
        data: A folder, a table, or the name of a published data set; None for the saved examples.

    Raises:
        ValueError: If there are fewer than two.
    """
    if data is not None:
        found = evaluation_set(folder if is_run(folder) else run, data)
    elif run.test is None:
        raise ValueError(
            "--data: expected labeled pictures to compare predictions on, got none, and the run "
            "was saved without a test set"
        )
    else:
        network, test = run.network, run.test
        labels, names = test.labels[test.shown], network.class_names
        options = {"name": "the saved test set", "task": network.task, "kind": network.kind}
        found = Dataset(test.images, labels, names, **options)
    if len(found) < 2:
        raise ValueError(f"--data: expected at least two examples, got {len(found)}")
    return found


def some_of(examples: Dataset, most: int) -> tuple[Dataset, Dataset]:
    """Divide examples into some, at most `MAX_EXAMPLES` and at most `most`, and the others."""
    chosen = evenly_spaced(len(examples), min(MAX_EXAMPLES, most))
    is_chosen = np.isin(np.arange(len(examples)), chosen)
    return examples.subset(is_chosen), examples.subset(~is_chosen)

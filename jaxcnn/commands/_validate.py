"""The subcommand `jaxcnn validate`."""

import sys
from pathlib import Path

from jaxcnn._support.texts import readable
from jaxcnn.commands._arguments import check_run_first, is_run, keep_programs, say_which_is_meant
from jaxcnn.data import Dataset, OnError, SingleLabel
from jaxcnn.experiment import PUBLISHED, evaluation_set
from jaxcnn.explain import ClassificationReport, classification_report
from jaxcnn.hub import load
from jaxcnn.inference import Evaluation
from jaxcnn.runs import Run


def validate(
    run: Path,
    data: str,
    /,
    *,
    data_dir: Path | None = None,
    path: str | None = None,
    label: str | None = None,
    on_error: OnError = "raise",
    json: bool = False,
    cache: Path | None = None,
) -> int:
    """Evaluate a trained network on labeled pictures or on a published data set.

    It prints the accuracy with its interval, scores per class, the classes that are confused, and
    the worst mistakes. Classes are matched by their names, whatever their order; a class that the
    network does not know is an error. Of data with a test part, only that part is used. If the data
    are those that the run was trained on, it is the part that was set aside for the test.

    The exit status is 0, or 2 if there is no run, or the data do not fit it.

    Args:
        run: The folder of a run, as written by jaxcnn train or a run's `save` method, or an
            address of the hub such as hf://user/name.
        data: A folder that contains <class>/ or test/<class>/; a CSV table with a column of
            paths and one of labels; or the name of a published data set: cifar10, cifar100, mnist
            or digits.
        data_dir: For a published data set, the folder that contains its files; by default
            $JAXCNN_DATA or the cache. For a table, the folder to which its paths are relative.
        path: Name of the table's column of paths; by default path, or, for the table that the run
            was trained on, that of the training.
        label: Name of the table's column of labels; by default label, or that of the training.
        on_error: Whether an image file that cannot be decoded is an error or is skipped.
        json: Print JSON instead of text.
        cache: A folder to keep compiled programs in, so that the command starts faster the next
            time; by default the folder that the experiments use, in the user's cache.
    """
    check_run_first("validate", run, [data])
    keep_programs(cache)
    trained = load(run)
    say_which_is_meant(data, PUBLISHED)
    source = run if is_run(run) else trained
    dataset = evaluation_set(
        source, data, data_dir=data_dir, path=path, label=label, on_error=on_error
    )
    print(f"{readable(dataset.name)}: {len(dataset):,} images", file=sys.stderr)
    found = _evaluated(trained, dataset)
    print(found.to_json(indent=1) if json else found)
    return 0


def _evaluated(run: Run, dataset: Dataset) -> ClassificationReport | Evaluation:
    """Return a report of the classes if each image has one, and otherwise the evaluation."""
    if run.network.task == SingleLabel() and len(dataset) > 1:
        return classification_report(run, dataset)
    return run.evaluate(dataset)

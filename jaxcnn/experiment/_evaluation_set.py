"""`evaluation_set`: a data set to evaluate a trained run on, with the run's classes."""

import dataclasses
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from jaxcnn._support.arguments import did_you_mean
from jaxcnn._support.columns import check_columns
from jaxcnn._support.texts import listed, readable
from jaxcnn._support.warn import warn
from jaxcnn.data import DataError, Dataset, ImageFiles, OnError, evaluation_files
from jaxcnn.experiment._config import Config, DatasetName
from jaxcnn.experiment._config_checks import USER_DATASETS
from jaxcnn.experiment._datasets import load_dataset, load_test_set
from jaxcnn.experiment._recorded import config_of, read_options
from jaxcnn.runs import NetworkInterface, Run, read_record

PUBLISHED = tuple(name for name in get_args(DatasetName) if name not in ("auto", *USER_DATASETS))
"""The names of published data sets. Each has a test part."""


def evaluation_set(
    run: str | os.PathLike[str] | Run,
    data: str | os.PathLike[str],
    *,
    data_dir: str | os.PathLike[str] | None = None,
    path: str | None = None,
    label: str | None = None,
    on_error: OnError = "raise",
) -> Dataset:
    """Load a data set to evaluate a run on, in the network's input shape and with its classes.

    Of a data set with a test part, only that part is loaded. If the data are those that the run was
    trained on, it is the part that was set aside for the test, so that no training picture counts.
    Otherwise all pictures are loaded. A warning says if they are in the folder that the run was
    trained on. The set's name says if it is a part. Classes are matched by their names.

    Args:
        run: The folder of the run; or a run without a folder, such as one of the hub, which does
            not know where the data of its training are.
        data: A folder with a folder per class, a CSV table, or the name of a published data set:
            cifar10, cifar100, mnist or digits.
        data_dir: The folder of a published data set, or the folder that the paths of a table are
            relative to.
        path: The name of a table's column of paths. None means ``"path"``, or, for the table that
            the run was trained on, the column of the training.
        label: The name of a table's column of labels. None means ``"label"``, or the column of the
            training.
        on_error: What to do if a file cannot be decoded: ``"raise"`` an error, or ``"skip"`` it
            with a warning.

    Returns:
        The set.

    Raises:
        DataError: If there are no pictures, or a class is not among those of the run.
        OSError: If a file cannot be read, or a data set is neither found nor can be downloaded.
        ValueError: If `data` is neither a folder nor a table nor a name, or the folder of the run
            is damaged. If columns are named without a table, or are not those of the training.

    Example::

        test = jaxcnn.experiment.evaluation_set("runs/pictures", "more_pictures")
        print(jaxcnn.load("runs/pictures").evaluate(test))
    """
    is_run = isinstance(run, Run)
    interface = NetworkInterface.of(run.network) if is_run else read_record(run).interface
    if interface.kind != "images":
        raise ValueError(f"run: expected a network for images, got one for {interface.kind}")
    source = Path(data).expanduser()
    root = None if data_dir is None else Path(data_dir).expanduser()
    check_columns(is_table=source.suffix.lower() == ".csv", path=path, label=label)
    if str(data) in PUBLISHED:
        height, width, channels = interface.input_shape
        test = load_test_set(str(data), root, (height, width, channels))
        return _matched(dataclasses.replace(test, name=f"{test.name} (test part)"), interface)
    if not source.exists():
        raise ValueError(
            "data: expected a folder of pictures, a table (.csv), or one of "
            f"{', '.join(PUBLISHED)}, got {str(data)!r}{did_you_mean(str(data), PUBLISHED)}"
        )
    options = None if is_run else _options_of_files(run)
    columns = {"path": path, "label": label}
    aside = None if options is None else _set_aside(options, source, root, columns)
    if aside is not None:
        aside = dataclasses.replace(aside, preprocessing=interface.preprocessing)
        return _matched(aside.load(on_error=on_error), interface)
    files = evaluation_files(
        source,
        interface.input_shape,
        interface.class_names,
        task=interface.task,
        root=root,
        path="path" if path is None else path,
        label="label" if label is None else label,
        preprocessing=interface.preprocessing,
    )
    if options is not None and options["dataset"] == "folder":
        _warn_of_training_pictures(options.get("data_dir"), files, source)
    return files.load(on_error=on_error)


def _options_of_files(run: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Return the options of a run that was trained on files of the user; None of other runs."""
    try:
        options = read_options(run)
    except (FileNotFoundError, ValueError):  # no experiment wrote the run
        return None
    return options if options["dataset"] in USER_DATASETS else None


def _warn_of_training_pictures(trained_on: object, files: ImageFiles, source: Path) -> None:
    """Warn of pictures in the folder that a run was trained on, in a class or in the train part.

    The folder itself is not read, because whoever wrote the folder of the run chose its name.
    """
    if not isinstance(trained_on, str):
        return
    folder, trained = Path(trained_on).resolve(), ("train", *files.class_names)
    homes = Counter(Path(path).parent for path in files.paths)
    found = sum(
        count
        for home, count in homes.items()
        if any(home.resolve().is_relative_to(folder / name) for name in trained)
    )
    if found:
        warn(
            f"{readable(str(source))}: {found:,} of {len(files):,} pictures are in "
            f"{readable(str(folder))}, on which the run was trained, so most of them were training "
            "pictures (pass this folder to use only its test part)"
        )


def _set_aside(
    options: dict[str, Any],
    source: Path,
    root: Path | None,
    columns: Mapping[str, str | None],
) -> ImageFiles | None:
    """Return the test part of the files that a run was trained on; None if they are others."""
    trained_on = options.get("table") or options.get("data_dir")
    if not isinstance(trained_on, str) or Path(trained_on).resolve() != source.resolve():
        return None
    config = config_of(options, source if options.get("table") is None else source.parent)
    if config.table is not None:
        _check_columns_of_training(config, columns)
        config = dataclasses.replace(config, data_dir=root)
    # The training pictures are not decoded, and a broken one among them is no fault here.
    config = dataclasses.replace(config, stream=True, on_error="raise")
    train, test = load_dataset(config).splits
    assert isinstance(test, ImageFiles)  # because they are streamed
    name = f"{test.name} (test part of {len(train) + len(test):,} images)"
    return dataclasses.replace(test, name=name)


def _check_columns_of_training(config: Config, columns: Mapping[str, str | None]) -> None:
    """Raise ValueError for other columns of the table: they would set aside another part of it."""
    for name, column in columns.items():
        trained_with = getattr(config, name)
        if column not in (None, trained_with):
            raise ValueError(
                f"{name}: expected {trained_with!r:.80}, with which the run was trained on this "
                f"table, got {column!r:.80} (a copy of the table counts as other data)"
            )


def _matched(found: Dataset, interface: NetworkInterface) -> Dataset:
    """Return a loaded set with the classes of the run, matched by their names."""
    unknown = [name for name in found.class_names if name not in interface.class_names]
    if unknown:
        raise DataError(
            f"data: expected the classes of the run, {listed(interface.class_names)}, got "
            f"{listed(unknown)}{did_you_mean(unknown[0], interface.class_names)}"
        )
    return found.match_classes(interface.class_names)

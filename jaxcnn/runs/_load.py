"""Read a run back from its folder."""

import os
from pathlib import Path
from typing import Any, NamedTuple

from flax import nnx

from jaxcnn._support.files import read_json_object
from jaxcnn._support.manifest import MANIFEST, IncompleteError, check_manifest
from jaxcnn.layers import Layer
from jaxcnn.runs._folder import (
    CONFIG,
    NETWORK,
    RESULT,
    RESULT_FILES,
    TEST,
    as_folder,
    folder_to_read,
    read_network,
)
from jaxcnn.runs._history import History
from jaxcnn.runs._history_files import Logs, read_history
from jaxcnn.runs._network_file import NetworkInterface, read_interface
from jaxcnn.runs._network_of import by_name_hint
from jaxcnn.runs._repository_files import has_repository_files
from jaxcnn.runs._result_file import WEIGHTS_DIGEST, Beside, check_result
from jaxcnn.runs._run import RESULT_FIELDS, Run
from jaxcnn.runs._saved_test_set import SavedTestSet, read_test_set
from jaxcnn.runs._unfinished import training_in_words
from jaxcnn.runs._weights import weights_digest


class Record(NamedTuple):
    """The content of a run's folder, except the layers and weights of the network.

    Attributes:
        interface: The inputs and outputs of the network.
        settings: The settings of the run.
        result: The results of the run; empty if ``result.json`` is missing.
        history: The metrics of each epoch.
        test: The saved part of the test set; None if no test set was saved.
    """

    interface: NetworkInterface
    settings: dict[str, Any]
    result: dict[str, Any]
    history: tuple[Logs, ...]
    test: SavedTestSet | None


def read_record(folder: str | os.PathLike[str], *, check: bool = True) -> Record:
    """Read a run's folder, except the network.

    Args:
        folder: The folder of the run.
        check: Whether to compare the files with the manifest first.

    Raises:
        FileNotFoundError: If the folder contains no run.
        ValueError: If a file in the folder is damaged or belongs to another run, or if a link in
            the folder leads out of it.
    """
    path = folder_to_read(folder)
    if not (path / NETWORK).is_file():
        found = training_in_words(path) or f"none ({_what_is_missing(path)})"
        raise FileNotFoundError(f"{path}: expected a saved network, got {found}")
    if check:
        check_files(path)
    interface = read_interface(path / NETWORK)
    record = Record(
        interface=interface,
        settings=read_json_object(path / CONFIG),
        result=read_json_object(path / RESULT),
        history=read_history(path),
        test=read_test_set(path / TEST, interface),
    )
    check_result(record.result, Beside(interface, record.history, record.test), path / RESULT)
    return record


def _what_is_missing(path: Path) -> str:
    if has_repository_files(path):
        return f"these are files for a hub; jaxcnn.load('{path}').save(folder) makes a run of them"
    if path.is_dir():
        inside = sorted(str(found.parent) for found in path.glob(f"*/{NETWORK}"))
        hint = f"; did you mean {' or '.join(inside[:3])}?" if inside else ""
        return f"there is no {NETWORK}{hint}"
    if path.exists():
        return "this is a file, and not a folder"
    return "; ".join(filter(None, ("there is no such folder", by_name_hint(path))))


def check_files(path: Path) -> None:
    """Compare the files of a run's folder with its manifest; older folders have none.

    Raises:
        IncompleteError: If the run was never completely written.
        ValueError: If a file differs; the message names it, and says what to do.
    """
    try:
        check_manifest(path, RESULT_FILES)
    except IncompleteError:
        words = "one that is being written, or whose writing was cut off (save it to a new folder)"
        found = training_in_words(path) or words
        raise IncompleteError(f"{path}: expected a complete run, got {found}") from None
    except ValueError as error:
        raise ValueError(f"{error} ({HOW_TO_REPAIR})") from None


HOW_TO_REPAIR = (
    f"copy the folder again from where it is whole; if it was changed on purpose, delete {MANIFEST}"
)


def load(
    folder: str | os.PathLike[str],
    *,
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
) -> Run:
    """Load a saved run from its folder.

    Only the folder is needed. No file in the folder can run code.

    Args:
        folder: The folder of the run.
        model: For a network trained from a custom `nnx.Module`: a module of the same structure. In
            the loaded run, the weights of the module are replaced by the saved weights.
        layers: Custom layer classes that the architecture uses.

    Returns:
        The `Run`. Its network predicts exactly like the saved network. The `state` of a loaded run
        is None, so training cannot be resumed from the run.

    Raises:
        FileNotFoundError: If the folder contains no run, or the training of the run has not ended.
            The message says which.
        ValueError: If a file in the folder was changed, cut or added since the run was saved. Also
            if a file is damaged or belongs to another run, or if a link in the folder leads out of
            it. The message names the file. Folders without ``manifest.json``, which older versions
            wrote, are checked only for impossible values.
    """
    path = as_folder(folder)
    record = read_record(path)
    network = read_network(path, record.interface, model, layers)
    # The manifest, if there is one, ties the result to the weights.
    if WEIGHTS_DIGEST in record.result and not (path / MANIFEST).exists():
        digest = weights_digest(network.variables)
        check_result(record.result, Beside(record.interface, digest=digest), path / RESULT)
    numbers = {name: record.result[name] for name in RESULT_FIELDS if name in record.result}
    return Run(
        network=network,
        history=History(record.history),
        settings=record.settings,
        result=record.result,
        test=record.test,
        **numbers,
    )

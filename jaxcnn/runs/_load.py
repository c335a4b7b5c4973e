"""Read a run back from its folder."""

import os
from pathlib import Path
from typing import Any, NamedTuple

from flax import nnx

from jaxcnn._support.files import read_json_object
from jaxcnn.layers import Layer
from jaxcnn.runs._folder import CONFIG, NETWORK, RESULT, TEST, read_network
from jaxcnn.runs._history_files import Logs, read_history
from jaxcnn.runs._network_file import NetworkInterface, read_interface
from jaxcnn.runs._run import RESULT_FIELDS, Run
from jaxcnn.runs._saved_test_set import SavedTestSet, read_test_set


class Record(NamedTuple):
    """The content of a run's folder, except its network's layers and weights.

    Attributes:
        interface: What the network takes and returns.
        settings: The settings of the run.
        result: The results of the run; empty if the file is missing.
        history: The metrics of each epoch.
        test: The saved part of the test set, or None.
    """

    interface: NetworkInterface
    settings: dict[str, Any]
    result: dict[str, Any]
    history: tuple[Logs, ...]
    test: SavedTestSet | None


def read_record(folder: str | os.PathLike[str]) -> Record:
    """Read a run's folder, except its network.

    Raises:
        FileNotFoundError: If the folder contains no run.
        ValueError: If a file in it is damaged, or belongs to another run.
    """
    path = Path(folder).expanduser()
    if not (path / NETWORK).is_file():
        raise FileNotFoundError(
            f"{path}: expected a saved network, got none (there is no {NETWORK})"
        )
    interface = read_interface(path / NETWORK)
    return Record(
        interface=interface,
        settings=read_json_object(path / CONFIG),
        result=read_json_object(path / RESULT),
        history=read_history(path),
        test=read_test_set(path / TEST, interface),
    )


def load(
    folder: str | os.PathLike[str],
    *,
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
) -> Run:
    """Load a saved run from its folder.

    Nothing but the folder is needed, and nothing in it can run code.

    Args:
        folder: The folder of the run.
        model: For a network trained from a custom `nnx.Module`: a module of the same structure,
            whose weights are replaced in the result.
        layers: Custom layer classes that the architecture uses.

    Returns:
        The run, whose network predicts exactly like the saved one. Its `state` is None, so that
        training cannot be resumed from it.

    Raises:
        FileNotFoundError: If the folder contains no run.
        ValueError: If a file in it is damaged, or belongs to another network.
    """
    path = Path(folder).expanduser()
    record = read_record(path)
    numbers = {name: record.result[name] for name in RESULT_FIELDS if name in record.result}
    return Run(
        network=read_network(path, record.interface, model, layers),
        history=record.history,
        settings=record.settings,
        result=record.result,
        test=record.test,
        **numbers,
    )

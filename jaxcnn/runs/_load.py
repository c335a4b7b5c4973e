"""From a folder back to a run."""

import os
from pathlib import Path
from typing import Any, NamedTuple

from flax import nnx

from jaxcnn._support.files import read_json_object
from jaxcnn.layers import Layer
from jaxcnn.runs._folder import CONFIG, NETWORK, RESULT, TEST, read_network
from jaxcnn.runs._history_files import Logs, read_history
from jaxcnn.runs._network_file import NetworkInterface, read_interface
from jaxcnn.runs._run import RECORDED, Run
from jaxcnn.runs._saved_test_set import SavedTestSet, read_test_set


class Record(NamedTuple):
    """What a run's folder holds besides its network's layers and weights.

    Attributes:
        interface: What goes into the network and what comes out of it.
        settings: What the run was asked to do.
        result: What came out; empty where the file is missing.
        history: The epochs' numbers.
        test: What was kept of the test set; None: nothing.
    """

    interface: NetworkInterface
    settings: dict[str, Any]
    result: dict[str, Any]
    history: tuple[Logs, ...]
    test: SavedTestSet | None


def read_record(folder: str | os.PathLike[str]) -> Record:
    """Read a run's folder, except its network.

    Raises:
        FileNotFoundError: If the folder holds no run.
        ValueError: If a file in it is damaged, or belongs to another run.
    """
    path = Path(folder).expanduser()
    if not (path / NETWORK).is_file():
        raise FileNotFoundError(f"{path}: no saved network here (it has no {NETWORK})")
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
    """Read back a saved run.

    Args:
        folder: Where a run was saved.
        model: For a network that was trained from a custom `nnx.Module`: a module of the same
            structure; its weights are replaced in the result.
        layers: Custom layer classes that the architecture uses.

    Returns:
        The run, whose network predicts exactly as the saved one did. It has no `state`, with
        which training would go on. Nothing else is needed, and nothing in the folder can run code.

    Raises:
        FileNotFoundError: If the folder holds no run.
        ValueError: If a file in it is damaged, or belongs to another network.
    """
    path = Path(folder).expanduser()
    record = read_record(path)
    numbers = {name: record.result[name] for name in RECORDED if name in record.result}
    return Run(
        network=read_network(path, record.interface, model, layers),
        history=record.history,
        settings=record.settings,
        result=record.result,
        test=record.test,
        **numbers,
    )

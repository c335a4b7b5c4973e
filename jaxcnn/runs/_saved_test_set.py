"""``test.safetensors``: the part of the test set that a run saves for its reports."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxcnn._support.json_texts import parse_json
from jaxcnn._support.safetensors import read_tensors, shown, write_tensors
from jaxcnn.data import check_inputs, evenly_spaced
from jaxcnn.inference import Predictions
from jaxcnn.runs._network_file import NetworkInterface

MAX_IMAGES = 1000
MAX_BYTES = 16_000_000
"""The largest size of the saved images, of the logits, and of the paths."""


class SavedTestSet(NamedTuple):
    """The saved part of a test set: all examples, or evenly spaced examples of a large set.

    Attributes:
        examples: ``(M,)`` int64, the indices of the M saved examples in the test set.
        logits: ``(M, classes)`` float32, the network's outputs.
        labels: Labels in the form of the task. Single labels: ``(M,)`` int32.
        shown: ``(n,)`` int64, the indices of the n saved images among the M examples.
        images: ``(n, H, W, C)`` uint8. Inputs that are not images have the dtype of the test set.
        paths: The files of the M examples; None if the examples do not come from files.
    """

    examples: np.ndarray
    logits: np.ndarray
    labels: np.ndarray
    shown: np.ndarray
    images: np.ndarray
    paths: tuple[str, ...] | None = None

    @classmethod
    def of(cls, predictions: Predictions) -> "SavedTestSet":
        """Choose the part of a test set to save."""
        test, logits = predictions
        examples = evenly_spaced(len(test), MAX_BYTES // logits[0].nbytes)
        # Images are saved as bytes, and inputs of other kinds in the dtype of the set.
        size = 1 if test.kind == "images" else test.read([0]).itemsize
        fitting = MAX_BYTES // (size * int(np.prod(test.input_shape)))
        shown = evenly_spaced(len(examples), min(MAX_IMAGES, fitting))
        images = test.read(examples[shown])
        if test.kind == "images" and images.dtype != np.uint8:
            images = np.rint(images * 255).astype(np.uint8)
        files = test.paths
        paths = None if files is None else tuple(files[int(i)] for i in examples)
        if paths is not None and _as_bytes(paths).nbytes > MAX_BYTES:
            paths = None
        return cls(examples, logits[examples], test.labels[examples], shown, images, paths)

    def write(self, path: Path, interface: NetworkInterface) -> None:
        """Write the file.

        Raises:
            ValueError: If `read_test_set` would refuse it, for example if a logit is not finite.
        """
        _check(self, interface, path)
        tensors = self._asdict()
        paths = tensors.pop(PATHS)
        write_tensors(tensors if paths is None else {**tensors, PATHS: _as_bytes(paths)}, path)


PATHS = "paths"
"""The name of the array of the paths, which is left out if there are none."""


def _as_bytes(paths: tuple[str, ...]) -> np.ndarray:
    """Write paths as JSON, ``(bytes,)`` uint8, because the file holds arrays of numbers only."""
    return np.frombuffer(json.dumps(paths).encode(), np.uint8)


def _as_paths(stored: np.ndarray, count: int, path: Path) -> tuple[str, ...]:
    try:
        paths = parse_json(stored.tobytes())
    except ValueError as error:
        raise ValueError(f"{path}: {PATHS}: {error}") from None
    if (
        not isinstance(paths, list)
        or len(paths) != count
        or not all(isinstance(each, str) for each in paths)
    ):
        raise ValueError(f"{path}: {PATHS}: expected a list of {count} texts, got {shown(paths)}")
    return tuple(paths)


def read_test_set(path: Path, interface: NetworkInterface) -> SavedTestSet | None:
    """Read a saved test set; None if there is no file.

    Args:
        path: The file.
        interface: What the network takes and returns.

    Raises:
        ValueError: If the file is damaged, or belongs to another network.
    """
    if not path.is_file():
        return None
    stored = read_tensors(path)
    paths = stored.pop(PATHS, None)
    names = [name for name in SavedTestSet._fields if name != PATHS]
    if set(stored) != set(names):
        raise ValueError(f"{path}: expected {', '.join(names)}, got {shown(list(stored))}")
    examples, logits, labels, kept, images = (stored[name] for name in names)
    saved = SavedTestSet(examples, logits, labels, kept, images)
    _check(saved, interface, path)
    if paths is None:
        return saved
    return saved._replace(paths=_as_paths(paths, len(saved.examples), path))


def _check(saved: SavedTestSet, interface: NetworkInterface, path: Path) -> None:
    """Raise ValueError, naming the file, unless the arrays fit each other and the network."""
    _check_shapes(saved, interface, path)
    _check_values(saved, interface, path)


def _check_shapes(saved: SavedTestSet, interface: NetworkInterface, path: Path) -> None:
    m, n, outputs = saved.examples.size, saved.shown.size, len(interface.class_names)
    task = interface.task
    expected = {
        "examples": (("int64",), (m,)),
        "logits": (("float32",), (m, outputs)),
        "labels": ((np.dtype(task.label_dtype).name,), (m, *task.label_shape(outputs))),
        "shown": (("int64",), (n,)),
        "images": (_INPUT_DTYPES[interface.kind], (n, *interface.input_shape)),
    }
    for name, (dtypes, shape) in expected.items():
        array = getattr(saved, name)
        if array.dtype.name not in dtypes or array.shape != shape:
            raise ValueError(
                f"{path}: {name}: expected {' or '.join(dtypes)} of shape {shape}, "
                f"got {array.dtype} of shape {array.shape}"
            )


_INPUT_DTYPES = {
    "images": ("uint8",),
    "signals": ("uint8", "float32"),
    "volumes": ("uint8", "float32"),
    "tokens": ("int32",),
}


def _check_values(saved: SavedTestSet, interface: NetworkInterface, path: Path) -> None:
    for name, below in (("shown", len(saved.examples)), ("examples", None)):
        values = getattr(saved, name)
        if values.size == 0 or values.min() < 0 or (below is not None and values.max() >= below):
            rule = "whole numbers from 0 on" if below is None else f"numbers from 0 to {below - 1}"
            got = f"{values.min()} to {values.max()}" if values.size else "none"
            raise ValueError(f"{path}: {name}: expected {rule}, got {got}")
    interface.task.check_labels(
        saved.labels,
        examples=len(saved.examples),
        outputs=len(interface.class_names),
        name=f"{path}: labels",
    )
    if interface.kind != "images":
        check_inputs(saved.images, interface.kind, name=f"{path}: images")
    if not np.isfinite(saved.logits).all():
        raise ValueError(f"{path}: logits: expected finite numbers, got NaN or infinity")

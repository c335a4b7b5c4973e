"""`OnnxNetwork`: an exported file that predicts, by ONNX Runtime."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
from jax.typing import ArrayLike

from jaxcnn._support.extras import import_extra
from jaxcnn._support.json_texts import parse_json, read_limited
from jaxcnn._support.names import as_names
from jaxcnn.data import Kind, PictureStatistics, Preprocessing, Task, task_by_name
from jaxcnn.export.onnx_graph._graph import MAX_BYTES
from jaxcnn.export.onnx_graph._onnx import exported_bytes
from jaxcnn.inference import (
    Network,
    as_input_shape,
    check_has_classes,
    check_thresholds,
    top_classes,
)
from jaxcnn.runs import Run

INSIDE = ("from_pixels", "resize", "softmax")
"""What a file says of itself: whether it normalizes, resizes, and computes probabilities."""


class OnnxNetwork:
    """An exported network in ONNX Runtime: the same predictions, computed without JAX.

    `jaxcnn.predict_files` takes it in place of a network. Use it to compare the two, or to see what
    an exported file predicts.

    Args:
        source: A file that `onnx` wrote, with its second file beside it if it has one; or a network
            or a run of less than 2 GB, which is exported in memory.

    Attributes:
        input_shape: The shape of one input; for images ``(H, W, C)``.
        kind: What the inputs are: ``"images"``, ``"signals"``, ``"volumes"`` or ``"tokens"``.
        class_names: One name per class, in the order of the outputs.
        task: What the outputs mean.
        pictures: What the training pictures look like; None if this is unknown.
        preprocessing: How pictures are resized and cropped; None as in `Network`.
        input_name: The name of the file's input.
        input_dtype: NumPy's dtype of the file's input.
        inside: What the file computes inside: ``from_pixels``, ``resize`` and ``softmax``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not an ONNX file that `onnx` wrote, its second file is missing, or a
            network is too large.
        ImportError: If the package `onnxruntime` is not installed.

    Example::

        found = jaxcnn.export.OnnxNetwork("mine.onnx")
        print(found.top_classes(found.predict_proba(images)[0]))
    """

    kind: Kind
    task: Task
    pictures: PictureStatistics | None
    preprocessing: Preprocessing | None
    input_name: str
    input_dtype: np.dtype[Any]

    def __init__(self, source: str | os.PathLike[str] | Network | Run) -> None:
        if isinstance(source, Network | Run):
            content, name = exported_bytes(source), "network"
        else:
            content, name = _content(source), os.fspath(source)
        self._session, self._name = _session(content, name), name
        about = self._session.get_modelmeta().custom_metadata_map
        try:
            self._read({key: parse_json(text) for key, text in about.items()})
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{name}: expected a file that jaxcnn.export.onnx wrote, got one without or with "
                f"damaged entries about its network ({error!s:.120})"
            ) from None

    def __repr__(self) -> str:
        sizes = ", ".join(map(str, self.input_shape))
        return (
            f"OnnxNetwork({self._name}: {self.kind} ({sizes}), {self.task.name}, "
            f"{len(self.class_names)} outputs)"
        )

    def _read(self, about: Mapping[str, Any]) -> None:
        if about["kind"] not in get_args(Kind):
            raise ValueError(f"kind: {about['kind']}")
        self.kind, self.task = about["kind"], task_by_name(about["task"])
        self.input_shape = as_input_shape(about["input_shape"], self.kind)
        self.class_names = as_names("class_names", about["class_names"])
        self.inside = {name: _as_bool(name, about["inside"][name]) for name in INSIDE}
        usual, how = about.get("pictures"), about.get("preprocessing")
        self.pictures = None if usual is None else PictureStatistics.from_dict(usual)
        self.preprocessing = None if how is None else Preprocessing.from_dict(how)
        self.input_name, self.input_dtype = (
            about["input"]["name"],
            np.dtype(about["input"]["dtype"]),
        )

    def outputs(self, inputs: ArrayLike) -> np.ndarray:
        """Compute the outputs of the file: logits, probabilities or numbers.

        Args:
            inputs: ``(N, *input_shape)``, in the dtype of the file's input.

        Raises:
            ValueError: If the inputs have another shape or dtype.
        """
        array = np.asarray(inputs)
        free = self.input_shape[:2] if self.inside["resize"] else ()
        rank_fits = array.ndim == len(self.input_shape) + 1
        if not rank_fits or array.shape[1 + len(free) :] != self.input_shape[len(free) :]:
            sizes = ", ".join(("N", *(["height", "width"] if free else [])))
            rest = ", ".join(map(str, self.input_shape[len(free) :]))
            raise ValueError(f"inputs: expected shape ({sizes}, {rest}), got {array.shape}")
        if array.dtype != self.input_dtype:
            raise ValueError(f"inputs: expected {self.input_dtype}, got {array.dtype}")
        return self._session.run(None, {self.input_name: array})[0]

    def predict_proba(self, inputs: ArrayLike) -> np.ndarray:
        """Predict probabilities of classes: the softmax of the logits; for multilabel, the sigmoid.

        Args:
            inputs: ``(N, *input_shape)``, in the dtype of the file's input.

        Returns:
            ``(N, classes)`` float32; each row sums to 1, except for multilabel.

        Raises:
            ValueError: If the network is a regression, or the inputs have another shape or dtype.
        """
        check_has_classes(self.task)
        return predictions_of_file(self, inputs)

    def predict(self, inputs: ArrayLike, *, thresholds: ArrayLike | None = None) -> np.ndarray:
        """Predict the most probable class of each input; for multilabel, all probable classes.

        For a regression, predict one number per target.

        Args:
            inputs: ``(N, *input_shape)``, in the dtype of the file's input.
            thresholds: Multilabel only: the lowest probability of a predicted class. One threshold
                for all classes or ``(classes,)``; None means 0.5.

        Returns:
            Single label: class indices ``(N,)``. Multilabel: booleans ``(N, classes)``. Regression:
            numbers ``(N,)`` or ``(N, K)``.

        Raises:
            ValueError: If the inputs have another shape or dtype, or `thresholds` does not fit the
                task.
        """
        lowest = check_thresholds(thresholds, self.task, len(self.class_names))
        return self.task.decide(predictions_of_file(self, inputs), lowest)

    def top_classes(
        self,
        probabilities: np.ndarray,
        *,
        top: int | None = None,
        thresholds: ArrayLike | None = None,
    ) -> list[tuple[str, float]]:
        """Return the most probable classes of one input by name, as `Network.top_classes` does.

        Args:
            probabilities: ``(classes,)``, the probabilities of one input.
            top: Number of classes. None means 3, or for multilabel all classes that reach their
                threshold (possibly none).
            thresholds: Multilabel only, instead of `top`: the lowest probability of a returned
                class. One threshold for all classes or ``(classes,)``; None means 0.5.
        """
        names, task = self.class_names, self.task
        return top_classes(probabilities, names, task, top=top, thresholds=thresholds)


def predictions_of_file(network: OnnxNetwork, inputs: ArrayLike) -> np.ndarray:
    """Predict the probabilities of the classes, or for a regression the numbers.

    Args:
        network: The exported file.
        inputs: ``(N, *input_shape)``, in the dtype of the file's input.

    Returns:
        ``(N, classes)`` float32.
    """
    outputs = network.outputs(inputs)
    return outputs if network.inside["softmax"] else np.asarray(network.task.predictions(outputs))


def _content(source: str | os.PathLike[str]) -> bytes | str:
    """Read a file; return its path if it has a second file, which ONNX Runtime finds beside it."""
    path = Path(source).expanduser()
    if path.is_file() and path.with_name(f"{path.name}.data").is_file():
        return str(path)
    try:
        return read_limited(path, MAX_BYTES)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{path}: expected a file that jaxcnn.export.onnx wrote, got none (there is no such "
            "file)"
        ) from None


def _as_bool(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name}: {value!r:.60}")
    return value


def _session(content: bytes | str, name: str) -> Any:
    runtime = import_extra("onnxruntime")
    try:
        return runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
    except Exception as error:  # of several classes, which derive from Exception alone
        if "xternal data" in str(error):
            data = f"{Path(name).name}.data"
            raise ValueError(
                f"{name}: expected its weights beside it in {data}, got none or others (copy both "
                "files, and keep their names)"
            ) from None
        raise ValueError(f"{name}: expected an ONNX file, got {error!s:.160}") from None

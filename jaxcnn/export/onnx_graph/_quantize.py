"""`quantize`: an ONNX file with int8 weights and activations, by ONNX Runtime's own tool."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from jaxcnn import functional as F
from jaxcnn._support.arguments import check_choice
from jaxcnn._support.extras import import_extra
from jaxcnn._support.files import write_whole
from jaxcnn._support.new_file import check_new_file
from jaxcnn.data import LabeledImages, as_labeled_set
from jaxcnn.export.onnx_graph._file_inputs import BATCH, batches_for
from jaxcnn.export.onnx_graph._quantization import MeasuredFile, Quantization
from jaxcnn.export.onnx_graph._runtime import OnnxNetwork, predictions_of_file
from jaxcnn.inference import check_dataset, check_same_classes, check_same_task

Calibration = Literal["minmax", "entropy", "percentile"]
"""How the range of an activation is taken from its values."""


def quantize(
    file: str | os.PathLike[str],
    path: str | os.PathLike[str],
    images: LabeledImages | Any,
    *,
    test: LabeledImages | None = None,
    calibration: Calibration = "minmax",
    overwrite: bool = False,
) -> Quantization:
    """Quantize an exported ONNX file to int8, and measure what it costs in accuracy.

    Use it where the file must be small: weights take a quarter of the bytes. Whether it is faster
    depends on the network and the processor, so measure it where it is to run. It is static
    quantization after training: weights have one scale per output channel, activations one
    scale, from their range on `images`. ONNX Runtime's own `quantize_static` does it, after its
    pre-processing, and writes QuantizeLinear and DequantizeLinear nodes (QDQ), which runtimes
    recognize.

    Args:
        file: A file that `onnx` wrote. Rewrite the network before, so that no batch norm is between
            a convolution and its activation.
        path: The new file, whose name ends in ``.onnx``.
        images: Inputs to calibrate on, some hundred that are like those to come, but none of
            `test`: a labeled set, or an array as `OnnxNetwork.outputs` takes it.
        test: Labeled examples to measure both files on; None measures only the sizes.
        calibration: How the range of an activation is taken from its values: ``"minmax"`` all of
            it, ``"percentile"`` without the outermost 0.001%, or ``"entropy"`` the range that
            loses least information. The last two keep all activations in memory.
        overwrite: Whether to replace a file at this path.

    Returns:
        A `Quantization`: sizes and scores of both files.

    Raises:
        FileExistsError: If there is a file at this path and `overwrite` is False.
        FileNotFoundError: If there is no such file, or no folder of the path.
        TypeError: If an argument or the inputs have the wrong type.
        ValueError: If the file is not one that `onnx` wrote, or its weights are in a second file,
            `path` is the same file, or `images` or `test` do not fit it or are empty.
        ImportError: If the package `onnx` or `onnxruntime` is not installed.

    Example::

        jaxcnn.export.onnx(run, "mine.onnx")
        print(jaxcnn.export.quantize("mine.onnx", "mine-int8.onnx", train.images[:256], test=test))

    Source: https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
    """
    check_choice("calibration", calibration, get_args(Calibration))
    if not isinstance(file, str | os.PathLike):
        raise TypeError(
            f"file: expected the path of an ONNX file, got {type(file).__name__} "
            "(jaxcnn.export.onnx writes one)"
        )
    source, target = Path(file).expanduser(), check_new_file(path, ".onnx", overwrite)
    network = OnnxNetwork(source)
    _check_is_whole(source)
    if target.exists() and target.samefile(source):
        raise ValueError(f"path: expected another file than the one to quantize, got {path}")
    labeled = None if test is None else _checked(test, network)
    # The tool's histograms need batches of equal size, also the last one.
    size = BATCH if calibration == "minmax" else 1
    inputs = list(batches_for(network, images, "images", size))
    if not inputs:
        raise ValueError("images: expected at least one, got none")
    network.outputs(inputs[0])  # raises if they do not fit
    write_whole(target, _quantized(source, network.input_name, inputs, calibration))
    return _compared(source, target, network, labeled, sum(map(len, inputs)))


def _check_is_whole(source: Path) -> None:
    """Raise ValueError if the weights of a file are in a second one, which int8 files have not."""
    data = source.with_name(f"{source.name}.data")
    if not data.exists():
        return
    is_outside = import_extra("onnx.external_data_helper").uses_external_data
    model = import_extra("onnx").load(source, load_external_data=False)
    if any(map(is_outside, model.graph.initializer)):
        raise ValueError(
            f"file: expected one without a second file, got {source} with {data.name} (quantize "
            "takes networks of less than 2 GB)"
        )


def _checked(test: LabeledImages, network: OnnxNetwork) -> LabeledImages:
    """Return a labeled set; raise unless it has the labels and classes of a file."""
    found = as_labeled_set("test", test, network)
    check_dataset("test", found)
    check_same_task("test", found, network.task, len(network.class_names))
    check_same_classes("test", found, network.class_names)
    return found


def _quantized(
    source: Path, input_name: str, inputs: list[np.ndarray], calibration: Calibration
) -> bytes:
    """Return the content of the file in int8, with the entries of the file in float32."""
    onnx, tool = import_extra("onnx"), import_extra("onnxruntime.quantization")
    methods = {"minmax": "MinMax", "entropy": "Entropy", "percentile": "Percentile"}
    # The tool prints what it does when it calibrates by a histogram.
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(StringIO()):
        prepared, written = Path(folder) / "prepared.onnx", Path(folder) / "int8.onnx"
        tool.quant_pre_process(source, prepared, skip_symbolic_shape=True)
        tool.quantize_static(
            prepared,
            written,
            _reader(tool, input_name, inputs),
            quant_format=tool.QuantFormat.QDQ,
            per_channel=True,
            calibrate_method=tool.CalibrationMethod[methods[calibration]],
        )
        model = onnx.load(written)
    del model.metadata_props[:]
    model.metadata_props.extend(onnx.load(source, load_external_data=False).metadata_props)
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def _reader(tool: Any, input_name: str, inputs: list[np.ndarray]) -> Any:
    """Return what ONNX Runtime's tool reads the inputs from."""

    class Reader(tool.CalibrationDataReader):
        def __init__(self) -> None:
            self.batches: Iterator[np.ndarray] = iter(inputs)

        def get_next(self) -> dict[str, np.ndarray] | None:
            batch = next(self.batches, None)
            return None if batch is None else {input_name: batch}

    return Reader()


def _compared(
    source: Path,
    target: Path,
    network: OnnxNetwork,
    test: LabeledImages | None,
    calibrated_on: int,
) -> Quantization:
    """Measure both files; `network` is the one in float32."""
    paths, task = {"float32": source, "int8": target}, network.task
    if test is None:
        before, after = (
            MeasuredFile(numbers, path, path.stat().st_size) for numbers, path in paths.items()
        )
        return Quantization(before, after, task.measure, 0, None, calibrated_on)
    networks = {"float32": network, "int8": OnnxNetwork(target)}
    predictions = {numbers: _predictions(each, test) for numbers, each in networks.items()}
    before, after = (_measured(name, paths[name], predictions[name], test) for name in paths)
    same = None
    if task.has_classes:
        one, other = map(task.decide, predictions.values())
        same = int((one == other).reshape(len(one), -1).all(1).sum())
    return Quantization(before, after, task.measure, len(test), same, calibrated_on)


def _predictions(network: OnnxNetwork, test: LabeledImages) -> np.ndarray:
    batches = batches_for(network, test, "test")
    return np.concatenate([predictions_of_file(network, batch) for batch in batches])


def _measured(
    numbers: str, path: Path, predictions: np.ndarray, test: LabeledImages
) -> MeasuredFile:
    marks = test.task.marks(predictions, test.labels)
    interval = None
    if test.task.has_classes:
        interval = F.wilson_interval(int(marks.sum()), len(marks))
    return MeasuredFile(numbers, path, path.stat().st_size, float(marks.mean()), interval)

"""`onnx`: write a trained network as an ONNX file."""

import os
import tempfile
from pathlib import Path

from jaxcnn._support.arguments import check_bool, check_int
from jaxcnn._support.extras import import_extra
from jaxcnn._support.files import sync, write_whole
from jaxcnn._support.new_file import check_new_file
from jaxcnn.export._interface import check_softmax
from jaxcnn.export.onnx_graph._model import OnnxModel, Options, make_model, needs_data_file
from jaxcnn.export.onnx_graph._pictures import check_resize
from jaxcnn.export.onnx_graph._predictor import check_predictor, write_predictor
from jaxcnn.export.onnx_graph._result import OnnxExport
from jaxcnn.inference import Network
from jaxcnn.runs import Run, network_of

OPSET = 18
"""The lowest opset that has all that is written: `Mish`, and `Resize` with antialiasing."""


def onnx(
    network: Network | Run,
    path: str | os.PathLike[str],
    *,
    from_pixels: bool = True,
    resize: bool = False,
    softmax: bool = False,
    opset: int = OPSET,
    predictor: bool = True,
    overwrite: bool = False,
) -> OnnxExport:
    """Write a trained network as an ONNX file, which runs without JAX.

    Use it where a phone, a browser, a server or another language predicts. The file takes inputs
    as the network does, channels last, in batches of any size, and returns logits. Batch norms are
    written with their running statistics, weight and spectral norms as the kernel that they
    compute, and dropout not at all. ONNX's checker accepts the file before it is written. Names of
    classes, the normalization, and where the weights come from are in its ``metadata_props``.

    An ONNX file has at most 2 GB. The weights of a larger network are in a second file, which
    belongs beside the first under its name: that of ``network.onnx`` is ``network.onnx.data``.

    Args:
        network: A trained network or a run whose layers are all of jaxcnn.
        path: The new file, whose name ends in ``.onnx``.
        from_pixels: Whether the file normalizes its input. Images are then uint8 of 0 to 255;
            signals and volumes are float32, not yet normalized. With False, inputs are float32 and
            already normalized, as `Normalization` returns them. Tokens are int64 in both cases.
        resize: Whether the file takes uint8 pictures of any size, and resizes and crops them as
            the network's `preprocessing` says.
        softmax: Whether the file returns probabilities: the softmax of the logits, or for
            multilabel the sigmoid.
        opset: The version of ONNX's operators, from 18, the lowest that has antialiased resizing
            and all activations. Newer ones compute the same, and fewer runtimes read them.
        predictor: Whether to write ``predict.py`` beside the file, a script that predicts with
            NumPy, Pillow and onnxruntime alone.
        overwrite: Whether to replace files of these names.

    Returns:
        An `OnnxExport`: path, inputs, outputs and size of the file, and the path of the second.

    Raises:
        TypeError: If `network` is neither a network nor a run, or an option has the wrong type.
        ValueError: If the network has a custom layer, or was given as a Flax module. Also if an
            option does not suit the network, or the path does not end in ``.onnx``.
        FileExistsError: If there is a file at this path, another ``predict.py``, or a second file
            where one is needed, and `overwrite` is False.
        FileNotFoundError: If the folder of the path does not exist.
        ImportError: If the package `onnx` is not installed.

    Example::

        run = jaxcnn.load("runs/mine")
        print(jaxcnn.export.onnx(run, "mine.onnx"))  # mine.onnx: images uint8 (N, 32, 32, 3) to ...

    Source: https://onnx.ai/onnx/operators
    """
    network = network_of(network)
    options = _checked_options(network, from_pixels, resize, softmax, opset)
    file = check_new_file(path, ".onnx", overwrite)
    check_bool("predictor", predictor)
    if predictor:
        check_predictor(file.parent, overwrite)
    data, is_large = file.with_name(f"{file.name}.data"), needs_data_file(network)
    if is_large:
        check_new_file(data, ".data", overwrite)
    made = make_model(network, options, data.name if is_large else None)
    _write(made, file, data)
    script = write_predictor(file.parent) if predictor else None
    size = len(made.content) + (data.stat().st_size if is_large else 0)
    return OnnxExport(
        file,
        opset,
        (made.taken,),
        (made.returned,),
        made.nodes,
        size,
        script,
        data if is_large else None,
    )


def _write(made: OnnxModel, file: Path, data: Path) -> None:
    """Write a model, and its second file if it has one, after ONNX's checker has accepted them."""
    if made.write_data is None:
        _check(made.content)
        is_replaced = file.exists()
        write_whole(file, made.content)
        if is_replaced:
            data.unlink(missing_ok=True)  # of a larger network, whose file this was
        return
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".") as folder:
        new_file, new_data = Path(folder) / file.name, Path(folder) / data.name
        write_whole(new_data, made.write_data)
        write_whole(new_file, made.content)
        _check(str(new_file))
        file.unlink(missing_ok=True)  # it must never be read with the weights of another
        new_data.replace(data)
        new_file.replace(file)
        sync(file.parent)


def _check(model: bytes | str) -> None:
    import_extra("onnx.checker").check_model(model, full_check=True)


def exported_bytes(network: Network | Run) -> bytes:
    """Return the content of the file that `onnx` writes by default."""
    network = network_of(network)
    if needs_data_file(network):
        raise ValueError(
            "network: expected one of less than 2 GB, which fits into one ONNX file, got a larger "
            "one (export it to a file first)"
        )
    options = _checked_options(network, True, False, False, OPSET)
    return make_model(network, options).content


def _checked_options(
    network: Network, from_pixels: bool, resize: bool, softmax: bool, opset: int
) -> Options:
    """Return the options of an export; raise unless they suit the network."""
    for name, value in {"from_pixels": from_pixels, "resize": resize, "softmax": softmax}.items():
        check_bool(name, value)
    check_int("opset", opset)
    newest = import_extra("onnx.defs").onnx_opset_version()
    if not OPSET <= opset <= newest:
        raise ValueError(f"opset: expected {OPSET} to {newest}, got {opset}")
    if resize:
        if not from_pixels:
            raise ValueError("resize: expected False without from_pixels, got True")
        check_resize(network)
    check_softmax(network, softmax)
    return Options(from_pixels, resize, softmax, opset)

"""The subcommand `jaxcnn export`."""

from pathlib import Path
from typing import Literal

from jaxcnn._support.texts import readable
from jaxcnn.commands._arguments import check_run_first
from jaxcnn.export import OPSET, onnx
from jaxcnn.runs import load

FILE = "network.onnx"
"""The name of the file in the folder of the run."""


def export(
    run: Path,
    /,
    *,
    to: Literal["onnx"] = "onnx",
    out: Path | None = None,
    resize: bool = False,
    softmax: bool = False,
    from_pixels: bool = True,
    opset: int = OPSET,
    overwrite: bool = False,
) -> int:
    """Write a run's network as a file that runs without JAX: in phones, browsers and servers.

    The file takes pictures as uint8 of 0 to 255, channels last, in batches of any size, and returns
    logits. The names of the classes are in it. Beside it, predict.py names pictures with NumPy,
    Pillow and onnxruntime alone.

    The exit status is 0 if the file was written. It is 2 if not, for example because the network
    has custom layers.

    Args:
        run: The folder of a run, as written by a run's `save` method or an experiment.
        to: The format: onnx needs pip install 'jaxcnn[onnx]'.
        out: The new file, which ends in .onnx; by default network.onnx in the folder.
        resize: Take pictures of any size, and resize and crop them inside.
        softmax: Return probabilities in place of logits.
        from_pixels: Normalize pixels inside; without it, inputs are float32 that are normalized
            already.
        opset: Version of ONNX's operators.
        overwrite: Replace the file if it exists.
    """
    del to  # there is one format
    check_run_first("export", run, ())
    if out is not None and out.suffix.lower() != ".onnx":
        raise ValueError(f"--out: expected a name that ends in .onnx, got {str(out)!r}")
    written = onnx(
        load(run),
        run / FILE if out is None else out,
        from_pixels=from_pixels,
        resize=resize,
        softmax=softmax,
        opset=opset,
        overwrite=overwrite,
    )
    print(readable(str(written)))
    print(readable(f"To predict without JAX: python {written.predictor} {written.path} PICTURE"))
    return 0

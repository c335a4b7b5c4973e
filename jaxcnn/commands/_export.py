"""The subcommand `jaxcnn export`."""

from pathlib import Path
from typing import Literal

from jaxcnn._support.texts import readable
from jaxcnn.commands._arguments import check_run_first
from jaxcnn.export import OPSET, c, numpy, onnx, stablehlo
from jaxcnn.hub import load, parse_address

FILES = {
    "onnx": "network.onnx",
    "stablehlo": "network.stablehlo",
    "numpy": "network.py",
    "c": "network.h",
}
"""The name of the file in the folder of the run, by format."""


def export(
    run: Path,
    /,
    *,
    to: Literal["onnx", "stablehlo", "numpy", "c"] = "onnx",
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
    Pillow and onnxruntime alone. With --to stablehlo, JAX runs it without jaxcnn. Small networks
    also become one file of Python that needs NumPy only, or one C header.

    The exit status is 0 if the file was written. It is 2 if not, for example because the network
    has custom layers.

    Args:
        run: The folder of a run, as written by a run's `save` method or an experiment; or an
            address of the hub such as hf://user/name.
        to: The format: onnx needs pip install 'jaxcnn[onnx]', and stablehlo
            pip install 'jaxcnn[stablehlo]'; numpy is a file of Python, and c a header.
        out: The new file, which ends in .onnx, .stablehlo, .py or .h; by default network.onnx and
            so on in the folder of the run, or for an address in the current one.
        resize: ONNX only: take pictures of any size, and resize and crop them inside.
        softmax: ONNX and StableHLO: return probabilities in place of logits.
        from_pixels: Normalize pixels inside; without it, which ONNX and StableHLO have, inputs are
            float32 that are normalized already.
        opset: ONNX only: version of its operators.
        overwrite: Replace the file if it exists.
    """
    check_run_first("export", run, ())
    suffix = Path(FILES[to]).suffix
    if out is not None and out.suffix.lower() != suffix:
        raise ValueError(f"--out: expected a name that ends in {suffix}, got {str(out)!r}")
    folder = run if parse_address(run) is None else Path()
    file = folder / FILES[to] if out is None else out
    only_onnx = {"resize": resize, "opset": opset != OPSET}
    not_code = {"softmax": softmax, "no-from-pixels": not from_pixels}
    if to == "stablehlo":
        _check_unset(to, only_onnx, "onnx")
        options = {"from_pixels": from_pixels, "softmax": softmax, "overwrite": overwrite}
        print(readable(str(stablehlo(load(run), file, **options))))
        return 0
    if to != "onnx":
        _check_unset(to, only_onnx, "onnx")
        _check_unset(to, not_code, "onnx and stablehlo")
        write = numpy if to == "numpy" else c
        print(readable(str(write(load(run), file, overwrite=overwrite))))
        return 0
    written = onnx(
        load(run),
        file,
        from_pixels=from_pixels,
        resize=resize,
        softmax=softmax,
        opset=opset,
        overwrite=overwrite,
    )
    print(readable(str(written)))
    print(readable(f"To predict without JAX: python {written.predictor} {written.path} PICTURE"))
    return 0


def _check_unset(to: str, are_set: dict[str, bool], formats: str) -> None:
    """Raise ValueError if an option is set that only other formats have."""
    for name, is_set in are_set.items():
        if is_set:
            raise ValueError(f"--{name}: expected it only with --to {formats}, got --to {to}")

"""The subcommand `jaxcnn export`."""

from pathlib import Path
from typing import Literal

from jaxcnn._support.texts import readable
from jaxcnn.commands._arguments import check_run_first
from jaxcnn.commands._examples import examples_of, some_of
from jaxcnn.export import OPSET, onnx, quantize
from jaxcnn.rewriting import rewrite as rewrite_network
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
    rewrite: bool = False,
    int8: bool = False,
    data: str | None = None,
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
        rewrite: First fold batch norms into convolutions, remove dropout, and so on, and print the
            error after each step, measured on the examples that are saved with the run, or on
            those of --data.
        int8: Also write a file with int8 weights and activations beside it, such as
            network-int8.onnx, of the rewritten network, and print the accuracy of both. Of the
            examples, some calibrate the activations, and the accuracy is that on the others.
        data: Examples for --rewrite and --int8 in place of the saved ones: a folder of pictures, a
            table, or the name of a published data set, as for jaxcnn validate.
        overwrite: Replace the files if they exist.
    """
    del to  # there is one format
    check_run_first("export", run, ())
    if out is not None and out.suffix.lower() != ".onnx":
        raise ValueError(f"--out: expected a name that ends in .onnx, got {str(out)!r}")
    if data is not None and not (rewrite or int8):
        raise ValueError("--data: expected it only with --rewrite or --int8, got it without")
    file, trained = run / FILE if out is None else out, load(run)
    network, examples = trained.network, None
    if rewrite or int8:
        examples = some_of(examples_of(run, trained, data))
        rewritten = rewrite_network(network, examples[0])
        network = rewritten.network
        print(rewritten)
    written = onnx(
        network,
        file,
        from_pixels=from_pixels,
        resize=resize,
        softmax=softmax,
        opset=opset,
        overwrite=overwrite,
    )
    print(readable(str(written)))
    if int8 and examples is not None:
        small = file.with_name(f"{file.stem}-int8{file.suffix}")
        some, others = examples
        print(quantize(file, small, some, test=others, overwrite=overwrite))
    print(readable(f"To predict without JAX: python {written.predictor} {written.path} PICTURE"))
    return 0

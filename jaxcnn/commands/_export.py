"""The subcommand `jaxcnn export`."""

from pathlib import Path
from typing import Literal

from jaxcnn._support.new_file import check_new_file
from jaxcnn._support.texts import readable
from jaxcnn.commands._arguments import check_run_first
from jaxcnn.commands._examples import examples_of, some_of
from jaxcnn.data import Dataset
from jaxcnn.export import OPSET, c, needs_data_file, numpy, onnx, quantize, stablehlo
from jaxcnn.hub import load, parse_address
from jaxcnn.inference import Network
from jaxcnn.rewriting import rewrite as rewrite_network

Format = Literal["onnx", "stablehlo", "numpy", "c"]

FILES: dict[Format, str] = {
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
    to: Format = "onnx",
    out: Path | None = None,
    resize: bool = False,
    softmax: bool = False,
    from_pixels: bool = True,
    opset: int = OPSET,
    rewrite: bool = False,
    int8: bool = False,
    data: str | None = None,
    overwrite: bool = False,
    predictor: bool = True,
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
        rewrite: First fold batch norms into convolutions, remove dropout, and so on, and print the
            error after each step, measured on the examples that are saved with the run, or on
            those of --data.
        int8: ONNX only: also write a file with int8 weights and activations beside it, such as
            network-int8.onnx, of the rewritten network, and print the accuracy of both. Of the
            examples, some calibrate the activations, and the accuracy is that on the others.
        data: Examples for --rewrite and --int8 in place of the saved ones: a folder of pictures, a
            table, or the name of a published data set, as for jaxcnn validate.
        overwrite: Replace the files if they exist.
        predictor: ONNX only: write predict.py beside the file; --no-predictor leaves it out, for
            example where there is another file of this name.
    """
    check_run_first("export", run, ())
    given = {"resize": resize, "opset": opset != OPSET, "int8": int8, "no-predictor": not predictor}
    _check(to, out, given, {"softmax": softmax, "no-from-pixels": not from_pixels})
    if data is not None and not (rewrite or int8):
        raise ValueError("--data: expected it only with --rewrite or --int8, got it without")
    folder = run if parse_address(run) is None else Path()
    file = folder / FILES[to] if out is None else out
    small = file.with_name(f"{file.stem}-int8{file.suffix}")
    if file.parent.is_dir() or out is not None:  # else `load` says that there is no run
        for new in (file, small) if int8 else (file,):  # before any work
            check_new_file(new, file.suffix.lower(), overwrite)
    trained = load(run)
    network, examples = trained.network, None
    if int8 and needs_data_file(network):
        raise ValueError(
            "--int8: expected a network of less than 2 GB, which fits into one ONNX file, got a "
            "larger one"
        )
    if rewrite or int8:
        found = examples_of(run, trained, data)
        examples = some_of(found, len(found) // 2 if int8 else len(found))
        network = _rewritten(network, examples[0], found)
    options = {"from_pixels": from_pixels, "softmax": softmax, "overwrite": overwrite}
    if to == "onnx":
        written = onnx(network, file, resize=resize, opset=opset, predictor=predictor, **options)
        print(readable(str(written)))
        if int8 and examples is not None:
            some, others = examples
            print(quantize(file, small, some, test=others, overwrite=overwrite))
        if written.predictor is not None:
            command = f"python {written.predictor} {written.path} {_inputs(network)}"
            print(readable(f"To predict without JAX: {command}"))
    elif to == "stablehlo":
        program = stablehlo(network, file, **options)
        print(readable(str(program)))
        print(readable(f"The names of the classes are in {program.about}"))
        call = f'jax.export.deserialize(open("{program.path}", "rb").read()).call(inputs)'
        print(readable(f"To predict without jaxcnn: {call}"))
    elif to == "numpy":
        print(readable(str(numpy(network, file, overwrite=overwrite))))
        print(readable(f"To predict without JAX: python {file} {_inputs(network)}"))
    else:
        print(readable(str(c(network, file, overwrite=overwrite))))
        print(readable(f"To predict in C, see the comment at the top of {file}"))
    return 0


def _rewritten(network: Network, some: Dataset, examples: Dataset) -> Network:
    """Rewrite a network; print what changed, and on how many examples outputs were compared."""
    found = rewrite_network(network, some)
    print(found)
    if found.has_changed:
        counts = f"{len(some):,} of {len(examples):,} examples"
        print(f"Compared on {counts} of {readable(examples.name)}")
    return found.network


def _inputs(network: Network) -> str:
    """Return what stands for an input in an example of a command."""
    return "PICTURE" if network.takes_pictures else "INPUTS.npy"


def _check(
    to: Format, out: Path | None, for_onnx: dict[str, bool], for_graphs: dict[str, bool]
) -> None:
    """Raise ValueError if the file's name or an option does not suit the format or another one.

    Args:
        to: The format.
        out: The file.
        for_onnx: Whether an option is set that only ONNX has, by name.
        for_graphs: Whether an option is set that only ONNX and StableHLO have, by name.
    """
    suffix = Path(FILES[to]).suffix
    if out is not None and out.suffix.lower() != suffix:
        meant = next(
            (each for each, name in FILES.items() if Path(name).suffix == out.suffix), None
        )
        hint = "" if meant is None else f" (for this name: --to {meant})"
        raise ValueError(f"--out: expected a name that ends in {suffix}, got {str(out)!r}{hint}")
    if to != "onnx":
        _check_unset(to, for_onnx, "onnx")
    if to in ("numpy", "c"):
        _check_unset(to, for_graphs, "onnx and stablehlo")
    if for_onnx["int8"] and for_graphs["no-from-pixels"]:
        raise ValueError(
            "--no-from-pixels: expected it without --int8, got both (the examples that calibrate "
            "the activations are not normalized)"
        )


def _check_unset(to: Format, are_set: dict[str, bool], formats: str) -> None:
    """Raise ValueError if an option is set that only other formats have."""
    for name, is_set in are_set.items():
        if is_set:
            raise ValueError(f"--{name}: expected it only with --to {formats}, got --to {to}")

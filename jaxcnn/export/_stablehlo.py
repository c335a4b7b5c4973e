"""`stablehlo`: write a trained network as a StableHLO program, which JAX alone runs."""

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, export

from jaxcnn._support.arguments import check_bool
from jaxcnn._support.extras import import_extra
from jaxcnn._support.files import to_json, write_whole
from jaxcnn._support.machine import versions
from jaxcnn._support.new_file import check_new_file
from jaxcnn._support.results import Result
from jaxcnn._support.units import bytes_text
from jaxcnn.export._interface import BATCH, check_softmax, input_of, output_of
from jaxcnn.export._metadata import description
from jaxcnn.export._tensor import Tensor
from jaxcnn.inference import Network
from jaxcnn.runs import Run, network_of

PLATFORMS = ("cpu", "cuda", "rocm", "tpu")
"""The platforms of JAX for which a program is written."""

MAX_BYTES = 2_000_000_000
"""Bytes of weights in a file: FlatBuffers end at 2 GiB, of which the rest needs some."""


@dataclasses.dataclass(frozen=True)
class StablehloExport(Result):
    """An exported StableHLO program: its path, input and output.

    Attributes:
        path: The file of the program.
        about: The JSON file beside it, with the names of the classes.
        input: The input.
        output: The output.
        platforms: JAX's names of the platforms on which the program runs.
        bytes: Size of the file.
    """

    path: Path
    about: Path
    input: Tensor
    output: Tensor
    platforms: tuple[str, ...]
    bytes: int

    def __str__(self) -> str:
        return (
            f"{self.path}: {self.input} to {self.output}; for {', '.join(self.platforms)}, "
            f"{bytes_text(self.bytes)}"
        )


def stablehlo(
    network: Network | Run,
    path: str | os.PathLike[str],
    *,
    from_pixels: bool = True,
    softmax: bool = False,
    overwrite: bool = False,
) -> StablehloExport:
    """Write a trained network as a StableHLO program, which JAX runs without jaxcnn.

    Use it where JAX is, and jaxcnn and Flax are not: a server, another program of JAX, an archive.
    ``jax.export.deserialize`` reads the file; three lines run it. Weights are inside, batches have
    any size, and convolutions are XLA's own, so that no code of one machine is called. JAX promises
    that versions which are up to 6 months newer than the one that wrote a file can run it, and
    versions which are up to 3 weeks older. Networks with custom layers, and Flax modules, are
    written, too: in them, ``inputs.shape[0]`` is a symbol, for which ``shape[0] == 1`` is False.

    A second file, ``path`` with ``.json`` at its end, has the names of the classes, the
    normalization and the preprocessing.

    Args:
        network: A trained network or a run.
        path: The new file, whose name ends in ``.stablehlo``.
        from_pixels: Whether the program normalizes its input. Images are then uint8 of 0 to 255;
            signals and volumes are float32, not yet normalized. With False, inputs are float32 and
            already normalized, as `Normalization` returns them. Tokens are int32 in both cases.
        softmax: Whether the program returns probabilities: the softmax of the logits, or for
            multilabel the sigmoid.
        overwrite: Whether to replace files of these names.

    Returns:
        A `StablehloExport`: paths, input, output and size.

    Raises:
        TypeError: If `network` is neither a network nor a run, or an option has the wrong type.
        ValueError: If an option does not suit the network, or the path does not end in
            ``.stablehlo``. Also if the weights take more than 2 GB, which JAX's format cannot
            hold, or a custom layer or a Flax module works only for batches of known size.
        FileExistsError: If there is a file at one of the paths, and `overwrite` is False.
        FileNotFoundError: If the folder of the path does not exist.
        ImportError: If the package `flatbuffers` is not installed.

    Example::

        jaxcnn.export.stablehlo(jaxcnn.load("runs/mine"), "mine.stablehlo")

        import jax                                       # elsewhere, without jaxcnn
        with open("mine.stablehlo", "rb") as file:
            logits = jax.export.deserialize(file.read()).call(images)

    Source: https://docs.jax.dev/en/latest/export/export.html
    """
    network = network_of(network)
    check_bool("from_pixels", from_pixels)
    check_bool("softmax", softmax)
    check_softmax(network, softmax)
    _check_size(network)
    file = check_new_file(path, ".stablehlo", overwrite)
    about = check_new_file(f"{file}.json", ".json", overwrite)
    import_extra("flatbuffers")  # which `serialize` needs
    program = _Program(network, from_pixels, softmax)
    taken = input_of(network, from_pixels=from_pixels)
    exported = _exported(program, taken)
    content = bytes(exported.serialize())
    returned = output_of(network, softmax=softmax)
    inside = {"from_pixels": from_pixels, "softmax": softmax}
    described = description(network, taken, returned, inside, versions())
    write_whole(file, content)
    write_whole(about, (to_json(described, indent=1) + "\n").encode())
    return StablehloExport(file, about, taken, returned, PLATFORMS, len(content))


def _check_size(network: Network) -> None:
    shapes = jax.eval_shape(lambda variables: variables, network.variables)  # also of floats
    size = sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(shapes))
    if size > MAX_BYTES:
        raise ValueError(
            f"network: expected weights of at most {bytes_text(MAX_BYTES)}, as JAX's format takes "
            f"them, got {bytes_text(size)} (jaxcnn.export.onnx writes more, of jaxcnn's layers)"
        )


@dataclasses.dataclass(frozen=True, eq=False)
class _Program:
    """The exported function of a batch."""

    network: Network
    from_pixels: bool
    softmax: bool

    def __call__(self, inputs: Array) -> Array:
        network = self.network
        if self.from_pixels:
            inputs = network.normalization(inputs)
        outputs, _ = network.apply(network.variables, inputs, train=False)
        return jnp.asarray(network.task.predictions(outputs)) if self.softmax else outputs


def _exported(program: _Program, taken: Tensor) -> export.Exported:
    @jax.jit
    def predict(inputs: Array) -> Array:
        return program(inputs)

    def batch_of(size: Any) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct((size, *taken.shape[1:]), np.dtype(taken.dtype))

    (any_size,) = export.symbolic_shape(BATCH)
    try:
        jax.eval_shape(predict, batch_of(any_size))
    except Exception as error:
        jax.eval_shape(predict, batch_of(2))  # raises if it is not for the symbol
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ValueError(
            f"network: expected layers that take batches of any size, got {reason} "
            "(in an export, inputs.shape[0] is a symbol, not an integer)"
        ) from error
    with _no_traceback():
        return export.export(predict, platforms=PLATFORMS)(batch_of(any_size))


@contextmanager
def _no_traceback() -> Iterator[None]:
    """Leave the lines of Python out of programs, which name folders of the machine."""
    name = "jax_traceback_in_locations_limit"
    before = jax.config.values[name]
    jax.config.update(name, 0)
    try:
        yield
    finally:
        jax.config.update(name, before)

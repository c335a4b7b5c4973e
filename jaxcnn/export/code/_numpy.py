"""`numpy`: write a trained network as one Python file that needs NumPy only."""

import keyword
import os
from pathlib import Path

from jaxcnn._support.files import write_whole
from jaxcnn._support.new_file import check_new_file
from jaxcnn.export._interface import input_of, output_of
from jaxcnn.export.code._make_program import make_program
from jaxcnn.export.code._numpy_file import python_file
from jaxcnn.export.code._result import CodeExport
from jaxcnn.inference import Network
from jaxcnn.runs import Run, network_of

MAX_BYTES = 20_000_000
"""The largest size of the weights."""


def numpy(
    network: Network | Run, path: str | os.PathLike[str], *, overwrite: bool = False
) -> CodeExport:
    """Write a trained network as one Python file that predicts with NumPy alone.

    Use it for small networks where nothing but Python and NumPy can be installed, or to read in a
    page what a network computes: the file has one line per layer. The weights are inside, as base64
    of float32. The file's function `predict` takes inputs as the network does and returns
    probabilities, and `logits` the logits. In a shell, ``python FILE INPUTS.npy`` prints the
    classes, and with Pillow also those of pictures. Results equal JAX's to about 1e-6. For speed,
    `onnx` is the better choice.

    Args:
        network: A trained network or a run whose layers are all of jaxcnn. Its weights have at most
            20 MB as float32.
        path: The new file, whose name ends in ``.py`` and can be imported.
        overwrite: Whether to replace a file of this name.

    Returns:
        A `CodeExport`: path, input, output and size of the file.

    Raises:
        TypeError: If `network` is neither a network nor a run.
        ValueError: If the network has a custom layer, was given as a Flax module, is too large, or
            has weights that are not finite. Also if the path does not end in ``.py``, or
            its name is not that of a module.
        FileExistsError: If there is a file at this path, and `overwrite` is False.
        FileNotFoundError: If the folder of the path does not exist.

    Example::

        run = jaxcnn.load("runs/mine")
        print(jaxcnn.export.numpy(run, "mine.py"))  # mine.py: images uint8 (N, 32, 32, 3) to ...
    """
    network = network_of(network)
    file = check_new_file(path, ".py", overwrite)
    _check_module_name(file)
    program = make_program(network, MAX_BYTES, "Python")
    taken, returned = input_of(network), output_of(network)
    content = python_file(network, program, taken, returned, file).encode("utf-8")
    write_whole(file, content)
    return CodeExport(file, taken, returned, program.weight_count, len(content))


def _check_module_name(file: Path) -> None:
    if not file.stem.isidentifier() or keyword.iskeyword(file.stem):
        raise ValueError(
            "path: expected the name of a module, of letters, digits and underscores after a "
            f"letter, got {file.name!r:.80} (its users import it)"
        )

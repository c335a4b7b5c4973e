"""`c`: write a trained network as one C header."""

import os
import re
from pathlib import Path

from jaxcnn._support.files import write_whole
from jaxcnn._support.new_file import check_new_file
from jaxcnn.export._interface import input_of, output_of
from jaxcnn.export.code._c_file import c_file, identifier
from jaxcnn.export.code._make_program import make_program
from jaxcnn.export.code._result import CodeExport
from jaxcnn.inference import Network
from jaxcnn.runs import Run, network_of

MAX_BYTES = 4_000_000
"""The largest size of the weights."""


def c(
    network: Network | Run,
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    overwrite: bool = False,
) -> CodeExport:
    """Write a trained network as one C header, without dependencies and without ``malloc``.

    Use it for small networks in programs of C or C++, or on microcontrollers. The header has the
    weights as ``static const float`` arrays, a function per layer, and
    ``void NAME_predict(const unsigned char *images, float *logits)``, which takes one example. One
    file of the program defines ``NAME_IMPLEMENTATION`` before it includes the header. Results
    equal JAX's to about 1e-6. The code is C99, and C++ compiles it, too.

    Args:
        network: A trained network or a run whose layers are all of jaxcnn. Its weights have at most
            4 MB as float32, since compilers are slow to read more.
        path: The new file, whose name ends in ``.h``.
        name: Prefix of all names in the header: letters, digits and underscores, beginning with a
            letter. None means the name of the file.
        overwrite: Whether to replace a file of this name.

    Returns:
        A `CodeExport`: path, input, output and size of the file, and the size of the buffer that a
        prediction needs, which is ``NAME_SCRATCH`` floats.

    Raises:
        TypeError: If `network` is neither a network nor a run, or `name` is not a string.
        ValueError: If the network has a custom layer, was given as a Flax module, is too large, or
            has weights that are not finite. Also if `name` is no prefix of names in C, or the path
            does not end in ``.h`` or is not ASCII.
        FileExistsError: If there is a file at this path, and `overwrite` is False.
        FileNotFoundError: If the folder of the path does not exist.

    Example::

        run = jaxcnn.load("runs/mine")
        print(jaxcnn.export.c(run, "mine.h"))  # mine.h: images uint8 (8, 8, 1) to ...
    """
    network = network_of(network)
    file = check_new_file(path, ".h", overwrite)
    prefix = _checked_name(name, file)
    program = make_program(network, MAX_BYTES, "C")
    taken, returned = input_of(network, batch=()), output_of(network, batch=())
    text, floats = c_file(network, program, taken, returned, prefix, file.name)
    content = text.encode("ascii")
    write_whole(file, content)
    return CodeExport(file, taken, returned, program.weight_count, len(content), 4 * floats)


def _checked_name(name: str | None, file: Path) -> str:
    """Return the prefix of all names; raise unless it is one, and the file has a name in ASCII."""
    if not file.name.isascii():
        raise ValueError(f"path: expected a name in ASCII, as C has it, got {file.name!r:.80}")
    if name is None:
        name, given = identifier(file.stem), f"path {file.stem!r}"
    elif isinstance(name, str):
        given = repr(name)
    else:
        raise TypeError(f"name: expected a string, got {name!r:.80}")
    if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(
            f"name: expected letters, digits and underscores after a letter, got {given:.80}"
        )
    return name

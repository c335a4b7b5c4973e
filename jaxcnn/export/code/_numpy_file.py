"""Write a program as a Python file: one line per step, the functions it needs, the weights."""

import ast
import base64
import pprint
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jaxcnn._version import __version__
from jaxcnn.export._tensor import Tensor
from jaxcnn.export.code._program import Program, Step
from jaxcnn.export.onnx_graph._predictor import TEMPLATE
from jaxcnn.inference import Network

HERE = Path(__file__).parent
WIDTH = 100
"""Characters of a line of weights."""

EXPRESSIONS = {
    "add": "{0} + {1}",
    "channels": "{0}[..., {start}:{end}]",
    "concat": "np.concatenate([{all}], axis=-1)",
    "flatten": "{0}.reshape(-1, {size})",
    "rescale": "{0} * {factor!r}",
    "scale": "{0} * {weights}",
}
"""Steps that are not a call of a function."""

HEAD = '''"""{title}: {taken} to {returned}, with NumPy alone.

    python {file} INPUTS.npy ...

prints the classes of each input{pictures}. From Python:

    import {module}
    {module}.predict({kind})

Written by jaxcnn {version}.
"""

from __future__ import annotations

import base64
import math
import sys

import numpy as np
{optional}
ABOUT = {about}


def network(x):
    """Compute the layers of a batch. The comments are the shapes of one example."""
{steps}
    return {last}
'''

PILLOW = """
try:
    from PIL import Image, ImageOps
except ImportError:  # which only pictures need
    Image = ImageOps = None
"""

TAIL = '''
SHAPES = {shapes}

WEIGHTS = """
{weights}
"""


def arrays():
    """Decode the weights: float32, one array after another."""
    numbers, found = np.frombuffer(base64.b64decode(WEIGHTS), "<f4"), {{}}
    for name, shape in SHAPES.items():
        size = math.prod(shape)
        found[name], numbers = numbers[:size].reshape(shape), numbers[size:]
    return found


w = arrays()

if __name__ == "__main__":
    main(*sys.argv[1:])
'''


def python_file(
    network: Network, program: Program, taken: Tensor, returned: Tensor, file: Path
) -> str:
    """Return the text of a Python file that computes a program.

    Args:
        network: The network.
        program: Its program.
        taken: The input.
        returned: The output.
        file: The path of the file, for its documentation.
    """
    names = variables(program)
    pictures = network.kind == "images"
    head = HEAD.format(
        title=file.stem,
        taken=taken,
        returned=returned,
        file=file.name,
        pictures="; with Pillow, it takes pictures, too" if pictures else "",
        module=file.stem,
        kind=network.kind,
        version=__version__,
        optional=PILLOW if pictures else "",
        about=pprint.pformat(about(network), width=WIDTH - len("ABOUT = "), sort_dicts=False),
        steps=textwrap.indent("\n".join(line(step, names) for step in program.steps), "    "),
        last=names[program.output.index],
    )
    shapes = {name: array.shape for name, array in program.weights.items()}
    tail = TAIL.format(
        shapes=pprint.pformat(shapes, width=WIDTH, sort_dicts=False), weights=_encoded(program)
    )
    parts = [head, *_functions(program), *_frame(pictures), tail]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts)


def about(network: Network) -> dict[str, Any]:
    """Return what a file has to know of a network, as plain data."""
    found: dict[str, Any] = {
        "kind": network.kind,
        "input_shape": network.input_shape,
        "output_shape": network.output_shape,
        "task": network.task.name,
        "class_names": list(network.class_names),
    }
    how, origin = network.preprocessing, network.origin
    found |= {} if how is None else {"preprocessing": how.to_dict()}
    return found | ({} if origin is None else {"origin": origin.to_dict()})


def variables(program: Program) -> dict[int, str]:
    """Return the name of the variable for each value; a name is free after its last use."""
    last = program.last_uses()
    order = ["x", "y", "z", "u", "v", *(f"x{number}" for number in range(len(program.steps)))]
    names, needed = {program.input.index: "x"}, {program.input.index: "x"}
    for at, step in enumerate(program.steps):
        needed = {index: name for index, name in needed.items() if last.get(index, -1) > at}
        name = next(name for name in order if name not in needed.values())
        names[step.output.index] = needed[step.output.index] = name
    return names


def line(step: Step, names: Mapping[int, str]) -> str:
    """Return the line of Python that computes a step."""
    inputs = [names[each.index] for each in step.inputs]
    weights = [f'w["{name}"]' for name in step.weights]
    if step.op in EXPRESSIONS:
        fields: dict[str, Any] = {"all": ", ".join(inputs), "weights": ", ".join(weights)}
        end = step.options.get("start", 0) + step.output.shape[-1]
        fields |= {"end": end, "size": step.output.size, **step.options}
        found = EXPRESSIONS[step.op].format(*inputs, **fields)
    else:
        options = [f"{name}={option!r}" for name, option in step.options.items()]
        found = f"{step.op}({', '.join(inputs + weights + options)})"
    return f"{names[step.output.index]} = {found}  # {step.output.shape}"


def _functions(program: Program) -> list[str]:
    """Return the functions of a program's steps, and those that they call."""
    sources = _sources(HERE / "_numpy_functions.py")
    wanted = {step.op for step in program.steps} & sources.keys()
    found: set[str] = set()
    while wanted:
        found |= wanted
        called = {name for each in wanted for name in _names_in(sources[each])}
        wanted = called & sources.keys() - found
    return [source for name, source in sources.items() if name in found]


def _frame(pictures: bool) -> Iterable[str]:
    """Return the functions that read inputs, predict and print."""
    shared, own = _sources(TEMPLATE), _sources(HERE / "_script.py")
    sources = {**shared, **own}  # with its own `main`
    del sources["network"]
    if not pictures:
        del sources["fitted"]
    yield from sources.values()


def _sources(path: Path) -> dict[str, str]:
    """Return the text of each function in a file."""
    text = path.read_text(encoding="utf-8")
    nodes = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    return {node.name: ast.get_source_segment(text, node) or "" for node in nodes}


def _names_in(source: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def _encoded(program: Program) -> str:
    """Return all weights as base64, in lines."""
    arrays = (array.astype("<f4").tobytes() for array in program.weights.values())
    text = base64.b64encode(b"".join(arrays)).decode("ascii")
    return "\n".join(text[start : start + WIDTH] for start in range(0, len(text), WIDTH))

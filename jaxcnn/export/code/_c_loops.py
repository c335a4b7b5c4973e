"""Tools that all loops in C share: nesting, places in arrays, numbers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxcnn.export.code._program import Step
from jaxcnn.layers import Shape

Lines = list[str]

OUTPUT, INPUT, TAP = ("i", "j", "k"), ("p", "q", "r"), ("u", "v", "w")
"""Variables of up to three spatial axes: of an output, of an input, and in a window."""


class Array(NamedTuple):
    """An array of weights in C: its name and its shape."""

    name: str
    shape: Shape


def indented(lines: Lines) -> Lines:
    """Indent lines by four spaces."""
    return [f"    {line}" for line in lines]


def loop(variable: str, count: int, body: Lines) -> Lines:
    """Return a loop from 0."""
    head = f"for (int {variable} = 0; {variable} < {count}; {variable}++)"
    if len(body) == 1 and not body[0].startswith("for"):
        return [f"{head} {body[0]}"]
    return [f"{head} {{", *indented(body), "}"]


def times(term: str, factor: int) -> str:
    """Return a product."""
    if factor == 1:
        return term
    return f"({term}) * {factor}" if "+" in term else f"{term} * {factor}"


def flat(variables: Sequence[str], counts: Sequence[int]) -> str:
    """Return the place of an element in an array, whose last axis varies fastest."""
    found = variables[0]
    for variable, count in zip(variables[1:], counts[1:], strict=True):
        found = f"{times(found, count)} + {variable}"
    return found


def over_pixels(step: Step, body: Lines) -> Lines:
    """Return loops over the pixels of the output; ``result`` points to the channels of one."""
    *spatial, channels = step.output.shape
    variables = OUTPUT[: len(spatial)]
    start = times(flat(variables, spatial), channels)
    body = [f"float *result = y + {start};", *body]
    for variable, size in reversed([*zip(variables, spatial, strict=True)]):
        body = loop(variable, size, body)
    return body


def each_channel(step: Step, statement: str) -> Lines:
    """Return a loop over the channels ``c`` of the output."""
    return loop("c", step.output.shape[-1], [statement])


def c_float(number: float) -> str:
    """Return a number as a float literal of C, with the digits that tell it from all others."""
    text = str(np.float32(number))
    return text + ("f" if "." in text or "e" in text else ".0f")

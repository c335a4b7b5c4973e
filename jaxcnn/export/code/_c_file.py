"""Write a program as a C header: a function per step, and one that calls them in order."""

import re
import textwrap
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from jaxcnn._version import __version__
from jaxcnn.export._tensor import Tensor
from jaxcnn.export.code._c_loops import Array, c_float, indented
from jaxcnn.export.code._c_steps import IN_PLACE, c_body
from jaxcnn.export.code._memory import Plan, plan_memory
from jaxcnn.export.code._program import Program, Step, Value
from jaxcnn.inference import Network

TYPES = {"images": "unsigned char", "tokens": "int"}
"""C's type of an input's elements; float for the other kinds."""

HEAD = """\
/* {name}: {taken} to {returned}, in C99 without other files.

   In one C file of your program:

       #define {NAME}_IMPLEMENTATION
       #include "{file}"

   and in all others only #include "{file}". Link with -lm.

{about}

   {name}_predict has a static buffer, so that one thread may call it at a time. In several
   threads, call {name}_predict_in, each with a buffer of its own.

   Written by jaxcnn {version}. */
#ifndef {NAME}_H
#define {NAME}_H

#define {NAME}_INPUTS {inputs}
#define {NAME}_OUTPUTS {outputs}
#define {NAME}_SCRATCH {scratch} /* floats of the buffer */

#ifdef __cplusplus
extern "C" {{
#endif

extern const char *const {name}_names[{classes}];
void {name}_predict(const {type} *{kind}, float *{output});
void {name}_predict_in(const {type} *{kind}, float *{output}, float *scratch);

#ifdef __cplusplus
}}
#endif

#endif /* {NAME}_H */

#if defined {NAME}_IMPLEMENTATION && !defined {NAME}_IMPLEMENTED
#define {NAME}_IMPLEMENTED

#include <math.h>

const char *const {name}_names[{classes}] = {{
{names}
}};
"""

TAIL = """\
void {name}_predict_in(const {type} *{kind}, float *{output}, float *scratch) {{
{calls}
    for (int i = 0; i < {NAME}_OUTPUTS; i++) {output}[i] = ({last})[i];
}}

void {name}_predict(const {type} *{kind}, float *{output}) {{
    static float scratch[{NAME}_SCRATCH];
    {name}_predict_in({kind}, {output}, scratch);
}}

#endif /* {NAME}_IMPLEMENTATION */
"""


class _Function(NamedTuple):
    """The function of a step: its definition and its call."""

    definition: str
    call: str


def c_file(
    network: Network, program: Program, taken: Tensor, returned: Tensor, name: str, file: str
) -> tuple[str, int]:
    """Return the text of a C header that computes a program, and the floats of its buffer.

    Args:
        network: The network.
        program: Its program.
        taken: The input.
        returned: The output.
        name: The prefix of all names in the header.
        file: The name of the header, for its documentation.
    """
    plan = plan_memory(program, IN_PLACE)
    arrays = _arrays(program, name)
    functions = _functions(program, plan, arrays, name, network.kind)
    fields = {
        "name": name,
        "NAME": name.upper(),
        "file": file,
        "version": __version__,
        "taken": taken,
        "returned": returned,
        "about": _about(network, program, returned, name),
        "kind": network.kind,
        "output": returned.name,
        "type": TYPES.get(network.kind, "float"),
        "inputs": program.input.size,
        "outputs": program.output.size,
        "scratch": max(plan.size, 1),
        "classes": len(network.class_names),
        "names": ",\n".join(f"    {c_string(each)}" for each in network.class_names),
        "calls": "\n".join(indented([function.call for function in functions])),
        "last": _place(program.output, plan, network.kind),
    }
    weights = [_definition(arrays[each], array) for each, array in program.weights.items()]
    definitions = [function.definition for function in functions]
    parts = [HEAD.format(**fields), *weights, *definitions, TAIL.format(**fields)]
    return "\n".join(parts), max(plan.size, 1)


def _about(network: Network, program: Program, returned: Tensor, name: str) -> str:
    """Return a paragraph about input and output."""
    scale = {"images": " of 0 to 255", "tokens": ""}.get(network.kind, ", not yet normalized")
    outputs = f"{program.output.size} {returned.name}"
    names = f"{name}_names has what each of them stands for"
    text = (
        f"{name}_predict({network.kind}, {returned.name}) takes one example: "
        f"{program.input.size} numbers{scale}, of shape {program.input.shape}, of which the last "
        f"axis varies fastest. It writes {outputs}; {names}."
    )
    return textwrap.fill(text, 90, initial_indent="   ", subsequent_indent="   ")


def c_string(text: str) -> str:
    """Return a text as a string literal of C, in UTF-8."""
    safe = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"
        for byte in text.encode("utf-8")
    )
    return f'"{safe}"'


def identifier(text: str) -> str:
    """Return a text with underscores for what no name in C has."""
    return re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")


def _arrays(program: Program, name: str) -> dict[str, Array]:
    found: dict[str, Array] = {}
    taken: set[str] = set()
    for each, array in program.weights.items():
        found[each] = Array(_unused(f"{name}_{identifier(each)}", taken), array.shape)
    return found


def _unused(name: str, taken: set[str]) -> str:
    found, count = name, 1
    while found in taken:
        count += 1
        found = f"{name}_{count}"
    taken.add(found)
    return found


def _functions(
    program: Program, plan: Plan, arrays: Mapping[str, Array], name: str, kind: str
) -> list[_Function]:
    taken, found = {array.name for array in arrays.values()}, []
    for step in program.steps:
        if step.op != "flatten":  # the same numbers in the same order
            title = _unused(f"{name}_{identifier(f'{step.path}_{step.op}')}", taken)
            found.append(_function(step, plan, arrays, title, kind))
    return found


def _function(
    step: Step, plan: Plan, arrays: Mapping[str, Array], title: str, kind: str
) -> _Function:
    """Return the function of a step; further inputs are called x1, x2, ..."""
    element = TYPES.get(kind, "float")
    parameters = [
        f"const {element if each.index == 0 else 'float'} *x{number or ''}"
        for number, each in enumerate(step.inputs)
    ]
    body = c_body(step, [arrays[each] for each in step.weights])
    head = f"static void {title}({', '.join(parameters)}, float *y) {{"
    places = [_place(each, plan, kind) for each in (*step.inputs, step.output)]
    call = f"{title}({', '.join(places)}); /* {step.output.shape} */"
    return _Function("\n".join([head, *indented(body), "}", ""]), call)


def _place(value: Value, plan: Plan, kind: str) -> str:
    """Return the pointer to a value: to the input, or into the buffer."""
    return kind if value.index == 0 else f"scratch + {plan.offsets[value.index]}"


def _definition(array: Array, numbers: np.ndarray) -> str:
    """Return the definition of an array, eight numbers per line."""
    texts = [c_float(number) for number in numbers.ravel()]
    lines = [", ".join(texts[start : start + 8]) for start in range(0, len(texts), 8)]
    head = f"static const float {array.name}[{numbers.size}] = {{ /* {array.shape} */"
    return "\n".join([head, ",\n".join(f"    {line}" for line in lines), "};", ""])

"""The values of a program share a buffer, and none is overwritten while it is needed."""

import numpy as np

from jaxcnn.export.code._memory import plan_memory
from jaxcnn.export.code._program import Program

IN_PLACE = {"relu", "add"}


def random_program(seed):
    """Steps that take any of the earlier values."""
    rng = np.random.default_rng(seed)
    program = Program((int(rng.integers(1, 9)),))
    values = [program.input]
    for _ in range(rng.integers(1, 20)):
        op = rng.choice(["relu", "flatten", "add", "dense"])
        first = values[rng.integers(max(0, len(values) - 3), len(values))]
        alike = [value for value in values if value.shape == first.shape]
        inputs = (first, alike[rng.integers(len(alike))]) if op == "add" else (first,)
        shape = (int(rng.integers(1, 9)),) if op == "dense" else first.shape
        if op != "flatten" or first is not program.input:
            values.append(program.add(str(op), "", inputs, shape, {}, {}))
    program.output = values[-1]
    return program


def run(program, offsets, size):
    """Fill the place of each value with its number; the values that steps read from there."""
    memory, seen = np.zeros(size, int), []
    content = {}
    for step in program.steps:
        for value in step.inputs:
            if value.index:
                start = offsets[value.index]
                seen.append((memory[start : start + value.size].tolist(), content[value.index]))
        # A flattened value is the same numbers, not a copy.
        alias = step.op == "flatten" and step.inputs[0].index in content
        number = content[step.inputs[0].index][0] if alias else step.output.index
        content[step.output.index] = [number] * step.output.size
        start = offsets[step.output.index]
        memory[start : start + step.output.size] = number
    if program.output.index:
        start = offsets[program.output.index]
        found = memory[start : start + program.output.size].tolist()
        seen.append((found, content[program.output.index]))
    return seen


def test_no_value_is_overwritten_while_it_is_needed():
    for seed in range(200):
        program = random_program(seed)
        plan = plan_memory(program, IN_PLACE)
        assert all(found == expected for found, expected in run(program, *plan)), seed


def test_a_chain_needs_two_places():
    program = Program((4,))
    value = program.input
    for _ in range(10):
        value = program.add("dense", "", (value,), (4,), {}, {})
        value = program.add("relu", "", (value,), (4,), {}, {})
    program.output = value
    assert plan_memory(program, IN_PLACE).size == 8


def test_a_shortcut_stays_until_it_is_added():
    program = Program((4,))
    kept = program.add("dense", "", (program.input,), (4,), {}, {})
    value = kept
    for _ in range(3):
        value = program.add("dense", "", (value,), (4,), {}, {})
    program.output = program.add("add", "", (value, kept), (4,), {}, {})
    plan = plan_memory(program, IN_PLACE)
    assert plan.size == 12
    assert plan.offsets[program.output.index] == plan.offsets[value.index]

"""The body of the C function for each step: ``x`` is its input, ``y`` its output."""

from collections.abc import Callable, Sequence
from math import prod

from jaxcnn.export.code import _c_windows
from jaxcnn.export.code._c_loops import Array, Lines, c_float, loop, times
from jaxcnn.export.code._program import Step

ACTIVATIONS = {
    "elu": "a > 0 ? a : expm1f(a)",
    "exact_gelu": "0.5f * a * (1 + erff(a * 0.70710678f))",
    "gelu": "0.5f * a * (1 + tanhf(0.79788456f * (a + 0.044715f * a * a * a)))",
    "hard_sigmoid": "a < -3 ? 0 : a > 3 ? 1 : a / 6 + 0.5f",
    "hard_silu": "a < -3 ? 0 : a > 3 ? a : a * (a / 6 + 0.5f)",
    "hard_tanh": "a < -1 ? -1 : a > 1 ? 1 : a",
    "heaviside": "a > 0 ? 1.0f : 0.0f",
    "leaky_relu": "a < 0 ? 0.01f * a : a",
    "mish": "a * tanhf((a > 0 ? a : 0) + log1pf(expf(-fabsf(a))))",
    "relu": "a < 0 ? 0 : a",
    "relu6": "a < 0 ? 0 : a > 6 ? 6 : a",
    "selu": "1.05070099f * (a > 0 ? a : 1.67326324f * expm1f(a))",
    "sigmoid": "1 / (1 + expf(-a))",
    "silu": "a / (1 + expf(-a))",
    "softplus": "(a > 0 ? a : 0) + log1pf(expf(-fabsf(a)))",
    "tanh": "tanhf(a)",
}
"""Activations of a number ``a``."""

FORMULAS = {
    "add": "x[i] + x1[i]",
    "multiply": "x[i] * x1[c]",
    "normalize": "(x[i] - {0}[c]) * {1}[c]",
    "rescale": "x[i] * {factor}",
    "scale": "x[i] * {0}[c]",
}
"""Formulas of an element ``i`` and its channel ``c``."""

IN_PLACE = frozenset([*ACTIVATIONS, *FORMULAS])
"""Steps whose output may replace their first input."""


def c_body(step: Step, arrays: Sequence[Array]) -> Lines:
    """Return the lines of the function that computes a step.

    Args:
        step: The step.
        arrays: Its weights in C.
    """
    if step.op in ACTIVATIONS:
        body = ["const float a = x[i];", f"y[i] = {ACTIVATIONS[step.op]};"]
        return loop("i", step.output.size, body)
    if step.op in FORMULAS:
        return _formula(step, arrays)
    return _BODIES[step.op](step, arrays)


def _formula(step: Step, arrays: Sequence[Array]) -> Lines:
    options = {name: c_float(each) for name, each in step.options.items()}
    names = [array.name for array in arrays]
    text = FORMULAS[step.op].format(*names, **options)
    if step.op == "normalize" and len(arrays) > 2:
        text += f" + {names[2]}[c]"
    if "[c]" not in text:
        return loop("i", step.output.size, [f"y[i] = {text};"])
    channels = step.output.shape[-1]
    body = [f"const int i = {times('p', channels)} + c;", f"y[i] = {text};"]
    return loop("p", step.output.size // channels, loop("c", channels, body))


def _rows(step: Step, body: Lines) -> Lines:
    """Return a loop over the pixels, where `row` and `result` point to the channels of one."""
    inputs, outputs = step.inputs[0].shape[-1], step.output.shape[-1]
    if step.output.size == outputs:
        return ["const float *row = x;", "float *result = y;", *body]
    row = f"const float *row = x + {times('p', inputs)};"
    result = f"float *result = y + {times('p', outputs)};"
    return loop("p", step.output.size // outputs, [row, result, *body])


def _dense(step: Step, arrays: Sequence[Array]) -> Lines:
    kernel, *bias = arrays
    inputs, outputs = kernel.shape
    start = f"result[c] = {f'{bias[0].name}[c]' if bias else '0'};"
    add = f"result[c] += row[n] * {kernel.name}[n * {outputs} + c];"
    return _rows(
        step, [*loop("c", outputs, [start]), *loop("n", inputs, loop("c", outputs, [add]))]
    )


def _embedding(step: Step, arrays: Sequence[Array]) -> Lines:
    rows, channels = arrays[0].shape
    value = f"{arrays[0].name}[x[p] * {channels} + c]"
    found = f"y[p * {channels} + c] = x[p] < 0 || x[p] >= {rows} ? NAN : {value};"
    return loop("p", step.inputs[0].size, loop("c", channels, [found]))


def _concat(step: Step, arrays: Sequence[Array]) -> Lines:
    del arrays
    channels, start, lines = step.output.shape[-1], 0, []
    for number, value in enumerate(step.inputs):
        name, own = f"x{number or ''}", value.shape[-1]
        copy = f"y[p * {channels} + {start} + c] = {name}[p * {own} + c];"
        lines += loop("p", step.output.size // channels, loop("c", own, [copy]))
        start += own
    return lines


def _channels(step: Step, arrays: Sequence[Array]) -> Lines:
    del arrays
    copy = f"result[c] = row[{step.options['start']} + c];"
    return _rows(step, loop("c", step.output.shape[-1], [copy]))


def _channel_shuffle(step: Step, arrays: Sequence[Array]) -> Lines:
    del arrays
    groups, channels = step.options["groups"], step.output.shape[-1]
    copy = f"result[n * {groups} + g] = row[g * {channels // groups} + n];"
    return _rows(step, loop("g", groups, loop("n", channels // groups, [copy])))


def _layer_norm(step: Step, arrays: Sequence[Array]) -> Lines:
    channels, epsilon = step.output.shape[-1], c_float(step.options["epsilon"])
    scale = f" * {arrays[0].name}[c]"
    bias = f" + {arrays[1].name}[c]" if len(arrays) > 1 else ""
    body = [
        "float mean = 0, variance = 0;",
        *loop("c", channels, [f"mean += row[c] / {channels};"]),
        *loop("c", channels, [f"variance += (row[c] - mean) * (row[c] - mean) / {channels};"]),
        f"const float factor = 1 / sqrtf(variance + {epsilon});",
        *loop("c", channels, [f"result[c] = (row[c] - mean) * factor{scale}{bias};"]),
    ]
    return _rows(step, body)


def _rms_norm(step: Step, arrays: Sequence[Array]) -> Lines:
    channels, epsilon = step.output.shape[-1], c_float(step.options["epsilon"])
    scale = f" * {arrays[0].name}[c]" if arrays else ""
    body = [
        "float square = 0;",
        *loop("c", channels, [f"square += row[c] * row[c] / {channels};"]),
        f"const float factor = 1 / sqrtf(square + {epsilon});",
        *loop("c", channels, [f"result[c] = row[c] * factor{scale};"]),
    ]
    return _rows(step, body)


def _group_norm(step: Step, arrays: Sequence[Array]) -> Lines:
    (*spatial, channels), groups = step.output.shape, step.options["groups"]
    pixels, own = prod(spatial), channels // groups
    count, epsilon = pixels * own, c_float(step.options["epsilon"])
    here, (scale, bias) = f"p * {channels} + c", arrays

    def over_group(statement: str) -> Lines:
        inner = f"for (int c = g * {own}; c < (g + 1) * {own}; c++) {statement}"
        return loop("p", pixels, [inner])

    body = [
        "double mean = 0, variance = 0;",
        *over_group(f"mean += x[{here}];"),
        f"mean /= {count};",
        *over_group(f"variance += (x[{here}] - mean) * (x[{here}] - mean);"),
        f"const double factor = 1 / sqrt(variance / {count} + {epsilon});",
        *over_group(
            f"y[{here}] = (float)((x[{here}] - mean) * factor) * {scale.name}[c] + {bias.name}[c];"
        ),
    ]
    return loop("g", groups, body)


def _local_response_norm(step: Step, arrays: Sequence[Array]) -> Lines:
    del arrays
    options, channels = step.options, step.output.shape[-1]
    size, (alpha, beta, k) = options["size"], (options[each] for each in ("alpha", "beta", "k"))
    first, end = f"c - {size // 2}", f"c + {(size + 1) // 2}"
    body = [
        "float squares = 0;",
        f"for (int n = {first}; n < {end}; n++)",
        f"    if (n >= 0 && n < {channels}) squares += row[n] * row[n];",
        f"const float power = powf({c_float(k)} + {c_float(alpha / size)} * squares, "
        f"{c_float(beta)});",
        "result[c] = row[c] / power;",
    ]
    return _rows(step, loop("c", channels, body))


def _softmax(step: Step, arrays: Sequence[Array]) -> Lines:
    del arrays
    channels = step.output.shape[-1]
    last = "result[c] /= sum;"
    if step.op == "log_softmax":
        last = "result[c] = row[c] - largest - logf(sum);"
    body = [
        "float largest = -INFINITY, sum = 0;",
        *loop("c", channels, ["if (row[c] > largest) largest = row[c];"]),
        *loop("c", channels, ["sum += result[c] = expf(row[c] - largest);"]),
        *loop("c", channels, [last]),
    ]
    return _rows(step, body)


_BODIES: dict[str, Callable[[Step, Sequence[Array]], Lines]] = {
    "adaptive_avg_pool": _c_windows.adaptive_avg_pool,
    "avg_pool": _c_windows.avg_pool,
    "channel_shuffle": _channel_shuffle,
    "channels": _channels,
    "concat": _concat,
    "conv": _c_windows.conv,
    "dense": _dense,
    "embedding": _embedding,
    "global_avg_pool": _c_windows.global_avg_pool,
    "global_max_pool": _c_windows.global_max_pool,
    "group_norm": _group_norm,
    "layer_norm": _layer_norm,
    "local_response_norm": _local_response_norm,
    "log_softmax": _softmax,
    "max_pool": _c_windows.max_pool,
    "rms_norm": _rms_norm,
    "softmax": _softmax,
    "spread": _c_windows.spread,
    "wrap": _c_windows.wrap,
}

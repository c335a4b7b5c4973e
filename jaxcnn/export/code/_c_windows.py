"""Convolutions and poolings as loops of C: ``x`` is the input, ``y`` the output."""

from collections.abc import Sequence
from math import prod

from jaxcnn.export.code._c_loops import (
    INPUT,
    OUTPUT,
    TAP,
    Array,
    Lines,
    each_channel,
    flat,
    indented,
    loop,
    over_pixels,
    times,
)
from jaxcnn.export.code._program import Step

NO_PADDING = ((0, 0),) * 3


def conv(step: Step, arrays: Sequence[Array]) -> Lines:
    """Return the body of a convolution."""
    kernel, *bias = arrays
    *sizes, inputs, outputs = kernel.shape
    place = flat((*TAP[: len(sizes)], "n"), (*sizes, inputs))
    group = _group(step, inputs, outputs)
    body = [
        f"const float *weight = {kernel.name} + {times(place, outputs)};",
        *each_channel(step, f"sum[c] += pixel[{group}] * weight[c];"),
    ]
    # Compilers keep the sums of few channels in registers if they lie in an array of their own.
    lines = [
        f"float sum[{outputs}];",
        *each_channel(step, f"sum[c] = {f'{bias[0].name}[c]' if bias else '0'};"),
        *_over_window(step, sizes, loop("n", inputs, body)),
        *each_channel(step, "result[c] = sum[c];"),
    ]
    return over_pixels(step, lines)


def _group(step: Step, inputs: int, outputs: int) -> str:
    """Return the input channel ``n`` of the group that output channel ``c`` belongs to."""
    groups = step.options.get("groups", 1)
    if groups == 1:
        return "n"
    group = "c" if groups == outputs else f"c / {outputs // groups}"
    return group if inputs == 1 else f"{times(group, inputs)} + n"


def max_pool(step: Step, arrays: Sequence[Array]) -> Lines:
    """Return the body of a max-pooling."""
    del arrays
    start = each_channel(step, "result[c] = -INFINITY;")
    larger = each_channel(step, "if (pixel[c] > result[c]) result[c] = pixel[c];")
    return over_pixels(step, [*start, *_over_window(step, step.options["window"], larger)])


def avg_pool(step: Step, arrays: Sequence[Array]) -> Lines:
    """Return the body of an average pooling."""
    del arrays
    window, options = step.options["window"], step.options
    start, count = each_channel(step, "result[c] = 0;"), str(prod(window))
    add = each_channel(step, "result[c] += pixel[c];")
    if not options.get("count_padding", True):
        start, add, count = ["int count = 0;", *start], ["count++;", *add], "count"
    elif "overhang" in options:
        counts = " * ".join(_count(step, axis) for axis in range(len(window)))
        start, count = [f"const int count = {counts};", *start], "count"
    divide = each_channel(step, f"result[c] /= {count};")
    return over_pixels(step, [*start, *_over_window(step, window, add), *divide])


def _count(step: Step, axis: int) -> str:
    """Return how many taps of a window lie before the end of the padding."""
    low, high = step.options.get("padding", NO_PADDING)[axis]
    size, taps = step.inputs[0].shape[axis] + low + high, step.options["window"][axis]
    left = f"{size} - {times(OUTPUT[axis], step.options['strides'][axis])}"
    return f"({left} < {taps} ? {left} : {taps})"


def adaptive_avg_pool(step: Step, arrays: Sequence[Array]) -> Lines:
    """Return the body of a pooling into a number of cells per axis."""
    del arrays
    *sizes, _ = step.inputs[0].shape
    body = [*_pixel(step), "count++;", *each_channel(step, "result[c] += pixel[c];")]
    for axis, cells in reversed([*enumerate(step.options["sizes"])]):
        p, i, size = INPUT[axis], OUTPUT[axis], sizes[axis]
        end = f"(({i} + 1) * {size} + {cells - 1}) / {cells}"
        head = f"for (int {p} = {i} * {size} / {cells}; {p} < {end}; {p}++) {{"
        body = [head, *indented(body), "}"]
    start = ["int count = 0;", *each_channel(step, "result[c] = 0;")]
    return over_pixels(step, [*start, *body, *each_channel(step, "result[c] /= count;")])


def _over_window(step: Step, sizes: Sequence[int], body: Lines) -> Lines:
    """Return loops over the taps of a window, where ``pixel`` points to the channels at one."""
    body = [*_pixel(step), *body]
    for axis, size in reversed([*enumerate(sizes)]):
        body = loop(TAP[axis], size, [*_position(step, axis, size), *body])
    return body


def _pixel(step: Step) -> Lines:
    *spatial, channels = step.inputs[0].shape
    place = times(flat(INPUT[: len(spatial)], spatial), channels)
    return [f"const float *pixel = x + {place};"]


def _position(step: Step, axis: int, size: int) -> Lines:
    """Return the position of a tap along an axis; taps beyond the edges are left out."""
    options, inputs, outputs = step.options, step.inputs[0].shape, step.output.shape
    stride, dilation = (options.get(name, (1,) * 3)[axis] for name in ("strides", "dilation"))
    low, _ = options.get("padding", NO_PADDING)[axis]
    position = f"{times(OUTPUT[axis], stride)} + {times(TAP[axis], dilation)}"
    position += f" - {low}" if low > 0 else f" + {-low}" if low < 0 else ""
    name, last = INPUT[axis], (outputs[axis] - 1) * stride + (size - 1) * dilation - low
    outside = [f"{name} < 0"] * (low > 0) + [f"{name} >= {inputs[axis]}"] * (last >= inputs[axis])
    skip = [f"if ({' || '.join(outside)}) continue;"] if outside else []
    return [f"const int {name} = {position};", *skip]


def spread(step: Step, arrays: Sequence[Array]) -> Lines:
    """Return the body that inserts zeros between pixels."""
    del arrays
    *spatial, channels = step.inputs[0].shape
    variables, steps = INPUT[: len(spatial)], step.options["steps"]
    moved = [times(name, each) for name, each in zip(variables, steps, strict=True)]
    target = times(flat(moved, step.output.shape[:-1]), channels)
    body = [*_pixel(step), f"float *result = y + {target};"]
    body += each_channel(step, "result[c] = pixel[c];")
    for variable, size in reversed([*zip(variables, spatial, strict=True)]):
        body = loop(variable, size, body)
    return [*loop("i", step.output.size, ["y[i] = 0;"]), *body]


def wrap(step: Step, arrays: Sequence[Array]) -> Lines:
    """Return the body that pads periodically."""
    del arrays
    body = [*_pixel(step), *each_channel(step, "result[c] = pixel[c];")]
    rows = zip(INPUT, OUTPUT, step.inputs[0].shape[:-1], step.options["padding"], strict=False)
    # The remainder of a negative number would be negative in C.
    positions = [
        f"const int {p} = ({i} + {-low % size}) % {size};" for p, i, size, (low, _) in rows
    ]
    return over_pixels(step, [*positions, *body])


def global_avg_pool(step: Step, arrays: Sequence[Array]) -> Lines:
    """Return the body of the mean over all pixels."""
    del arrays
    channels, pixels = step.output.shape[-1], prod(step.inputs[0].shape[:-1])
    add = loop("p", pixels, loop("c", channels, [f"y[c] += x[p * {channels} + c];"]))
    start, divide = ("y[c] = 0;", f"y[c] /= {pixels};")
    return [*loop("c", channels, [start]), *add, *loop("c", channels, [divide])]


def global_max_pool(step: Step, arrays: Sequence[Array]) -> Lines:
    """Return the body of the maximum over all pixels."""
    del arrays
    channels, pixels = step.output.shape[-1], prod(step.inputs[0].shape[:-1])
    place = f"x[p * {channels} + c]"
    larger = loop("c", channels, [f"if ({place} > y[c]) y[c] = {place};"])
    return [*loop("c", channels, ["y[c] = -INFINITY;"]), *loop("p", pixels, larger)]

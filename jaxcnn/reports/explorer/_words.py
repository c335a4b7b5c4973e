"""Say in plain words what a layer does, and what the short notation in its label means."""

import re
import textwrap
from collections.abc import Iterator
from typing import Any

from jaxcnn import layers as L
from jaxcnn._support.units import sides
from jaxcnn.architecture import VisitedLayer

PICTURE = "The colors of the pixels, from 0 (dark) to 255 (light)."
GRAY_PICTURE = "The brightness of the pixels, from 0 (dark) to 255 (light)."
NORMALIZED_PICTURE = "The pixels, shifted and scaled so that they lie around 0."
CUSTOM = "A custom layer."
MAX_LENGTH = 160
"""Characters of a custom layer's sentence at most."""

HERE = "here, it passes all numbers on."

PURPOSES: dict[type[L.Layer], str] = {
    L.AdaptiveAvgPool: "Divides each map into a grid, and takes the mean of each cell.",
    L.AvgPool: "Takes the mean of each window.",
    L.BatchNorm: "Shifts and scales each channel by its mean and variance in training, so that "
    "all channels have numbers of similar size.",
    L.ChannelShuffle: "Puts the channels into another order, so that groups of channels mix.",
    L.ChannelSplit: "Keeps some of the channels, and leaves out the others.",
    L.Conv: "Slides filters over the maps: each number is a weighted sum of what the layer before "
    "has in a window.",
    L.ConvTranspose: "Spreads each number over a window, times the weights of a filter, and adds "
    "up what overlaps.",
    L.Dense: "Each number is a weighted sum of all numbers of the layer before.",
    L.DepthwiseConv: "Slides filters over each channel separately: channels do not mix.",
    L.DropBlock: f"In training, sets random blocks of the maps to 0; {HERE}",
    L.Dropout: f"In training, sets random numbers to 0; {HERE}",
    L.DropPath: f"In training, leaves out a whole branch at random; {HERE}",
    L.Flatten: "Writes the numbers of all maps into one long row, and changes none.",
    L.GlobalAvgPool: "Takes the mean of each map: one number per channel.",
    L.GlobalMaxPool: "Takes the largest number of each map: one number per channel.",
    L.GroupNorm: "Shifts and scales each group of channels by its mean and variance in this "
    "picture.",
    L.LayerNorm: "Shifts and scales the numbers at each place by the mean and variance of all "
    "channels there.",
    L.LayerScale: "Multiplies each channel by a trained factor.",
    L.LocalResponseNorm: "Divides each number by a power of what neighboring channels have at "
    "its place: large numbers weaken their neighbors.",
    L.MaxPool: "Keeps the largest number of each window.",
    L.RMSNorm: "Divides the numbers at each place by the root mean square of all channels there.",
    L.Rescale: "Multiplies all numbers by a constant.",
    L.Residual: "Adds the outputs of several layers and those of a shortcut past these layers.",
    L.SeparableConv: "Slides filters over each channel separately, then mixes the channels at "
    "each place.",
    L.SpatialDropout: f"In training, sets random channels to 0; {HERE}",
    L.SpectralNorm: "The layer inside, with its weights divided by their largest singular value.",
    L.SqueezeExcite: "Multiplies each channel by a factor, which two dense layers compute from "
    "the means of all channels.",
    L.WeightNorm: "The layer inside, with each filter scaled to a trained length.",
    L.WhiteningConv: "Slides fixed filters over the picture, which remove what neighboring pixels "
    "have in common.",
}

SMOOTH = "Passes large positive numbers on, and turns very negative ones into about 0, smoothly."

ACTIVATIONS: dict[str, str] = {
    "elu": "Passes positive numbers on, and squeezes negative ones between −1 and 0.",
    "exact_gelu": SMOOTH,
    "gelu": SMOOTH,
    "hard_sigmoid": "Squeezes each number between 0 and 1, in a straight line.",
    "hard_silu": "Passes numbers above 3 on, turns those below −3 into 0, and bends in between.",
    "hard_tanh": "Cuts off what is below −1 or above 1.",
    "heaviside": "Turns positive numbers into 1, and all others into 0.",
    "leaky_relu": "Passes positive numbers on, and makes negative ones 100 times smaller.",
    "log_softmax": "The logarithms of shares that add up to 1 over all channels.",
    "mish": SMOOTH,
    "relu": "Passes positive numbers on, and turns negative ones into 0.",
    "relu6": "Passes positive numbers on, but at most 6, and turns negative ones into 0.",
    "selu": "Scales positive numbers up a little, and squeezes negative ones between −1.76 and 0.",
    "sigmoid": "Squeezes each number between 0 and 1.",
    "silu": SMOOTH,
    "softmax": "Turns the numbers of all channels into shares that add up to 1.",
    "softplus": SMOOTH,
    "tanh": "Squeezes each number between −1 and 1.",
}


def purpose(visit: VisitedLayer) -> str:
    """Return a sentence on what a layer does. A custom layer's docstring begins with one."""
    layer, kind = visit.layer, type(visit.layer)
    if kind is L.Activation and isinstance(layer, L.Activation):
        return ACTIVATIONS[layer.function]
    if kind is L.Parallel and isinstance(layer, L.Parallel):
        joined = layer.combine == "concat"
        does = "Puts the channels of several branches" if joined else "Adds up the outputs of"
        return f"{does} one after another." if joined else f"{does} several branches."
    if kind is L.Dense and len(visit.input_shape) > 1:
        return "Each number is a weighted sum of all channels at its place."
    return PURPOSES.get(kind) or _first_sentence(kind) or CUSTOM


_ABBREVIATIONS = r"(?<!\be\.g)(?<!\bi\.e)"
_MARKUP = re.compile(r"(?:(?::[\w.+-]+)+:)?`([^`]*)`_{0,2}")
"""A role of Sphinx such as ``:class:`Conv` ``, a link, or code in backquotes."""


def _first_sentence(kind: type[L.Layer]) -> str:
    paragraph = re.split(r"\n\s*\n", (kind.__doc__ or "").strip(), maxsplit=1)[0]
    # Without a docstring, a dataclass has its signature there.
    if not paragraph or paragraph.startswith(f"{kind.__name__}("):
        return ""
    sentence = re.split(rf"{_ABBREVIATIONS}\.\s", paragraph, maxsplit=1)[0]
    plain = _MARKUP.sub(lambda found: _plain(found[1]), sentence)
    text = textwrap.shorten(plain, MAX_LENGTH - 1, placeholder="…")
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _plain(content: str) -> str:
    """Return the words of markup: of a link its title, of a name with a tilde the last part."""
    title = re.sub(r"\s*<[^<>]+>$", "", content) or content
    return title.rpartition(".")[2] if title.startswith("~") else title.removeprefix("!")


def notation(visit: VisitedLayer, window: dict[str, Any] | None) -> list[str]:
    """Spell out the numbers and names in a layer's label, such as ``4×4/2 SAME``.

    Args:
        visit: The layer at its place.
        window: The window of its arithmetic, if it has one.
    """
    layer, shape = visit.layer, visit.output_shape
    if type(layer) not in PURPOSES:  # the page knows the arithmetic of no other class
        return []
    if isinstance(layer, L.AdaptiveAvgPool):
        return [f"{sides(shape[:-1])}: the grid has {_rows_and_columns(shape[:-1])}"]
    if not window or not (hasattr(layer, "padding") or isinstance(layer, L.WhiteningConv)):
        return []
    is_single = set(window["sizes"]) == set(window["strides"]) == {1} and "spread" not in window
    if is_single and not _reaches_beyond(visit, window):
        padding = getattr(layer, "padding", "VALID")
        unpadded = f": {padding} adds none" if padding in ("SAME", "VALID") else ""
        return [f"1×1: the window is a single place, which needs no padding{unpadded}"]
    if isinstance(layer, L.ConvTranspose):
        return [*_spread_in_words(layer, window, visit)]
    label = layer.label(visit.input_shape)
    return [*_window_in_words(layer, label, window), *_padding_in_words(visit, window)]


def _reaches_beyond(visit: VisitedLayer, window: dict[str, Any]) -> bool:
    """Return whether some position of the window has places outside of the map."""
    names = ("sizes", "strides", "starts", "dilation")
    axes = zip(
        visit.input_shape, visit.output_shape, *(window[name] for name in names), strict=False
    )
    return any(
        start < 0 or start + (positions - 1) * stride + (size - 1) * apart >= places
        for places, positions, size, stride, start, apart in axes
    )


def _spread_in_words(
    layer: L.ConvTranspose, window: dict[str, Any], visit: VisitedLayer
) -> Iterator[str]:
    over = _rows_and_columns(window["sizes"])
    yield f"{sides(window['sizes'])}: each number is spread over {over}"
    strides = window.get("spread", (1, 1))
    apart = f"{_steps(strides)} from one number to the next"
    yield f"stride {_each(strides)}: {apart}, so that {_result(visit)}"
    if layer.feature_group_count > 1:
        yield f"{layer.feature_group_count} groups: a filter reads the channels of its group only"


def _window_in_words(layer: Any, label: str, window: dict[str, Any]) -> Iterator[str]:
    yield f"{sides(window['sizes'])}: the window has {_rows_and_columns(window['sizes'])}"
    if set(window["strides"]) != {1}:
        strides = _each(window["strides"])
        name = f"/{strides}" if f"/{strides}" in label else f"stride {strides}"
        yield f"{name}: it moves by {_steps(window['strides'])} at a time"
    if set(window["dilation"]) != {1}:
        apart = _steps(window["dilation"])
        yield f"dilation {_each(window['dilation'])}: its numbers are {apart} apart"
    groups = getattr(layer, "feature_group_count", 1)
    if groups > 1:
        yield f"{groups} groups: a filter reads the channels of its group only"


def _padding_in_words(visit: VisitedLayer, window: dict[str, Any]) -> Iterator[str]:
    layer, outputs = visit.layer, visit.output_shape[:-1]
    padding, reaches = getattr(layer, "padding", "VALID"), _reaches_beyond(visit, window)
    outside = "places that do not count" if _skips_padding(layer) else "zeros"
    beyond = f"{outside} where the window reaches beyond the map"
    if padding == "CIRCULAR":
        yield "CIRCULAR: beyond an edge, the map goes on at the opposite edge"
    elif padding == "SAME":
        keeps = set(window["strides"]) == {1}
        result = "the map keeps its size" if keeps else "only the stride makes the map smaller"
        yield f"SAME: {beyond}, so that {result}, {sides(outputs)}"
    elif padding == "VALID" and reaches:  # with ceil_mode
        yield f"VALID: only the last windows reach beyond the map, to make it {sides(outputs)}"
    elif padding == "VALID":
        yield f"VALID: the window stays inside of the map, so that {sides(outputs)} places are left"
    elif reaches:
        yield f"{_sides_padded(padding, outside) or f'padding: {beyond}'}, so that {_result(visit)}"


def _sides_padded(padding: Any, outside: str) -> str:
    """Say how many rows and columns are on which side; nothing without any, as with ceil_mode."""
    each = padding if isinstance(padding, tuple) else (padding, padding)
    pairs = [pair if isinstance(pair, tuple) else (pair, pair) for pair in each]
    counts = [count for pair in pairs for count in pair]
    if len(set(counts)) == 1 and counts[0]:
        return f"padding {counts[0]}: {_steps((counts[0],))} of {outside} on each side"
    places = ("row above", "row below", "column on the left", "column on the right")
    found = [
        f"{count} {place if count == 1 else place.replace(' ', 's ', 1)}"
        for count, place in zip(counts, places, strict=True)
        if count
    ]
    return f"padding: {outside} beyond the map, {', '.join(found)}" if found else ""


def _result(visit: VisitedLayer) -> str:
    before, after = sides(visit.input_shape[:-1]), sides(visit.output_shape[:-1])
    return f"the map keeps its size, {after}" if before == after else f"{before} becomes {after}"


def _skips_padding(layer: Any) -> bool:
    is_max = isinstance(layer, L.MaxPool)
    return is_max or (isinstance(layer, L.AvgPool) and not layer.count_include_pad)


def _rows_and_columns(sizes: tuple[int, ...]) -> str:
    rows, columns = sizes
    return f"{rows} row{'s' * (rows != 1)} and {columns} column{'s' * (columns != 1)}"


def _each(numbers: tuple[int, ...]) -> str:
    return str(numbers[0]) if len(set(numbers)) == 1 else sides(numbers)


def _steps(numbers: tuple[int, ...]) -> str:
    if set(numbers) == {1}:
        return "1 row or column"
    if len(set(numbers)) == 1:
        return f"{numbers[0]} rows or columns"
    return _rows_and_columns(numbers)

"""Say in plain words what a layer does, and what the short notation in its label means."""

from collections.abc import Iterator
from typing import Any

from jaxcnn import layers as L
from jaxcnn._support.units import sides
from jaxcnn.architecture import VisitedLayer

PICTURE = "The colors of the pixels, from 0 (dark) to 255 (light)."
GRAY_PICTURE = "The brightness of the pixels, from 0 (dark) to 255 (light)."
NORMALIZED_PICTURE = "The pixels, shifted and scaled so that they lie around 0."
CUSTOM = "A custom layer."

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
    "up what overlaps. Maps become larger.",
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
    layer = visit.layer
    if isinstance(layer, L.Activation):
        return ACTIVATIONS[layer.function]
    if isinstance(layer, L.Parallel):
        joined = layer.combine == "concat"
        does = "Puts the channels of several branches" if joined else "Adds up the outputs of"
        return f"{does} one after another." if joined else f"{does} several branches."
    if type(layer) is L.Dense and len(visit.input_shape) > 1:
        return "Each number is a weighted sum of all channels at its place."
    return PURPOSES.get(type(layer)) or _first_sentence(type(layer)) or CUSTOM


def _first_sentence(kind: type[L.Layer]) -> str:
    line = (kind.__doc__ or "").strip().partition("\n")[0]
    # Without a docstring, a dataclass has its signature there.
    return "" if line.startswith(f"{kind.__name__}(") else line.replace("`", "")


def notation(visit: VisitedLayer, window: dict[str, Any] | None) -> list[str]:
    """Spell out the numbers and names in a layer's label, such as ``4×4/2 SAME``.

    Args:
        visit: The layer at its place.
        window: The window of its arithmetic, if it has one.
    """
    layer, shape = visit.layer, visit.output_shape
    if isinstance(layer, L.AdaptiveAvgPool):
        return [f"{sides(shape[:-1])}: the grid has {_rows_and_columns(shape[:-1])}"]
    if not window or not (hasattr(layer, "padding") or isinstance(layer, L.WhiteningConv)):
        return []
    if set(window["sizes"]) == {1} and set(window["strides"]) == {1} and not any(window["starts"]):
        unpadded = f": {layer.padding} adds none" if layer.padding in ("SAME", "VALID") else ""
        return [f"1×1: the window is a single place, which needs no padding{unpadded}"]
    if isinstance(layer, L.ConvTranspose):
        return [*_spread_in_words(layer, window, shape[:-1])]
    label = layer.label(visit.input_shape)
    return [*_window_in_words(layer, label, window), *_padding_in_words(layer, window, shape[:-1])]


def _spread_in_words(
    layer: L.ConvTranspose, window: dict[str, Any], outputs: tuple[int, ...]
) -> Iterator[str]:
    over = _rows_and_columns(window["sizes"])
    yield f"{sides(window['sizes'])}: each number is spread over {over}"
    strides = window.get("spread", (1, 1))
    apart = f"{_steps(strides)} from one number to the next"
    yield f"stride {_each(strides)}: {apart}, so that the map becomes {sides(outputs)}"
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


def _padding_in_words(
    layer: Any, window: dict[str, Any], outputs: tuple[int, ...]
) -> Iterator[str]:
    padding = getattr(layer, "padding", "VALID")
    outside = "places that do not count" if _skips_padding(layer) else "zeros"
    beyond = f"{outside} where the window reaches beyond the map"
    if padding == "CIRCULAR":
        yield "CIRCULAR: beyond an edge, the map goes on at the opposite edge"
    elif padding == "SAME":
        keeps = set(window["strides"]) == {1}
        result = "the map keeps its size" if keeps else "only the stride makes the map smaller"
        yield f"SAME: {beyond}, so that {result}, {sides(outputs)}"
    elif padding == "VALID":
        yield f"VALID: the window stays inside of the map, so that {sides(outputs)} places are left"
    elif any(window["starts"]):
        yield f"padding: {beyond}"


def _skips_padding(layer: Any) -> bool:
    is_max = isinstance(layer, L.MaxPool)
    return is_max or (isinstance(layer, L.AvgPool) and not layer.count_include_pad)


def _rows_and_columns(sizes: tuple[int, ...]) -> str:
    rows, columns = sizes
    return f"{rows} row{'s' * (rows != 1)} and {columns} column{'s' * (columns != 1)}"


def _each(numbers: tuple[int, ...]) -> str:
    return str(numbers[0]) if len(set(numbers)) == 1 else sides(numbers)


def _steps(numbers: tuple[int, ...]) -> str:
    if len(set(numbers)) == 1:
        return f"{numbers[0]} rows or columns"
    return _rows_and_columns(numbers)

"""Decide what the page computes itself, and store the outputs of all other layers.

A page can compute a layer if it has all inputs of the layer exactly, and if the weights fit. The
outputs of other layers are computed by JAX and stored: vectors and small maps as float32, the maps
of some channels in 256 steps each. What follows from stored channels one by one, such as a batch
norm or a sum, is computed from them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jaxcnn.reports.explorer._layers import PageLayer

MAX_WEIGHT_BYTES = 3_400_000
"""Bytes of all weights in the page. In base64 they take a third more."""

MAX_MACS = 150_000_000
"""Multiply-accumulates per picture in the page, well below a second of JavaScript."""

MAX_STORED_BYTES = 3_900_000
"""Bytes of pictures and stored outputs, before they are deflated.

With those of the weights, the file has less than 10 MB, also if nothing can be compressed.
"""

MAX_EXACT_SIZE = 2048
"""Values of a map that is stored as float32 in place of 256 steps."""

BY_CHANNEL = frozenset({"activation", "add", "batch_norm", "concat", "copy", "pool", "scale"})
"""Kinds of layers whose channels can be computed one by one."""

COMPUTED, EXACT, STEPS, FROM_STEPS = "computed", "exact", "steps", "from steps"
"""Where outputs come from: the page's arithmetic, stored float32, stored steps, or arithmetic on
values that were stored in steps."""


def modes_of(layers: Sequence[PageLayer], refused: frozenset[int] = frozenset()) -> list[str]:
    """Return for each layer where its outputs come from.

    Args:
        layers: The layers of the page.
        refused: The numbers of layers that the page computes wrongly, and must not compute.
    """
    modes: list[str] = []
    weights, macs = MAX_WEIGHT_BYTES, MAX_MACS
    for number, layer in enumerate(layers):
        sources = [modes[source] for source in layer.sources]
        can = layer.kind != "other" and number not in refused
        fits = layer.weight_bytes <= weights and layer.macs <= macs
        if can and fits and all(mode in (COMPUTED, EXACT) for mode in sources):
            modes.append(COMPUTED)
            weights, macs = weights - layer.weight_bytes, macs - layer.macs
        elif layer.shape[:2] == (1, 1) or layer.size <= MAX_EXACT_SIZE:
            modes.append(EXACT)
        elif can and _is_by_channel(layer, layers) and not {STEPS, FROM_STEPS}.isdisjoint(sources):
            modes.append(FROM_STEPS)
        else:
            modes.append(STEPS)
    return modes


def _is_by_channel(layer: PageLayer, layers: Sequence[PageLayer]) -> bool:
    if layer.kind == "activation":
        return "softmax" not in layer.options["function"]
    if layer.kind == "copy":
        return layer.shape == layers[layer.sources[0]].shape
    return layer.kind in BY_CHANNEL


class Kept(NamedTuple):
    """The channels that are stored of the layers with some number of channels."""

    channels: Mapping[int, tuple[int, ...]]

    def of(self, number: int, layers: Sequence[PageLayer], modes: Sequence[str]) -> list[int]:
        """Return the channels of a layer that the page shows, in ascending order."""
        layer, count = layers[number], layers[number].shape[-1]
        if modes[number] == STEPS:
            return [*self.channels[count]]
        if modes[number] in (COMPUTED, EXACT):
            return [*range(count)]
        parts = [self.of(source, layers, modes) for source in layer.sources]
        if layer.kind != "concat":
            return sorted(set(parts[0]).intersection(*parts[1:]))
        firsts = np.cumsum([0, *(layers[source].shape[-1] for source in layer.sources)])
        return [
            int(first) + channel
            for first, part in zip(firsts, parts, strict=False)
            for channel in part
        ]


def keep_channels(
    layers: Sequence[PageLayer], spreads: Mapping[int, np.ndarray], share: float
) -> Kept:
    """Choose the channels to store: those that vary most, the same in all layers of one width.

    Args:
        layers: The layers of the page.
        spreads: For each layer that is stored in steps, the standard deviation of each channel.
        share: The share of the channels to store.
    """
    scores: dict[int, np.ndarray] = {}
    for number, spread in spreads.items():
        count = layers[number].shape[-1]
        relative = spread / max(float(spread.mean()), 1e-30)
        scores[count] = scores.get(count, np.zeros(count)) + relative
    kept = {}
    for count, score in scores.items():
        number = min(count, max(1, int(count * share)))
        kept[count] = tuple(sorted(np.argsort(-score, kind="stable")[:number].tolist()))
    return Kept(kept)


def exact_size(layers: Sequence[PageLayer], modes: Sequence[str]) -> int:
    """Return the bytes per picture of all outputs that are stored as float32."""
    return sum(4 * layer.size for layer, mode in zip(layers, modes, strict=True) if mode == EXACT)


def most_pictures(layers: Sequence[PageLayer]) -> int:
    """Return how many pictures fit into a page, with one channel of each map that is stored."""
    modes = modes_of(layers)
    maps = sum(
        layer.size // layer.shape[-1]
        for layer, mode in zip(layers, modes, strict=True)
        if mode == STEPS
    )
    pixels, compared = layers[0].size, 4 * COMPARED * len(layers)
    per_picture = pixels + compared + maps + exact_size(layers, modes) + WORDS_BYTES
    return max(1, MAX_STORED_BYTES // per_picture)


def steps_size(layers: Sequence[PageLayer], modes: Sequence[str]) -> int:
    """Return the bytes per picture of all channels that could be stored in steps."""
    pairs = zip(layers, modes, strict=True)
    return sum(layer.size for layer, mode in pairs if mode == STEPS)


class Steps(NamedTuple):
    """Maps in 256 steps between the smallest and the largest value of each channel.

    Attributes:
        steps: ``(H, W, C)`` uint8.
        low: ``(C,)`` float32, the smallest values.
        step: ``(C,)`` float32, the size of a step.
    """

    steps: np.ndarray
    low: np.ndarray
    step: np.ndarray

    @classmethod
    def of(cls, maps: np.ndarray) -> "Steps":
        """Round maps, ``(H, W, C)``, to steps."""
        low, high = maps.min(axis=(0, 1)), maps.max(axis=(0, 1))
        step = ((high - low) / 255).astype(np.float32)
        steps = np.rint((maps - low) / np.where(step > 0, step, 1))
        return cls(steps.clip(0, 255).astype(np.uint8), low.astype(np.float32), step)

    @property
    def values(self) -> np.ndarray:
        """The rounded maps, float64."""
        return self.low + self.step.astype(np.float64) * self.steps


def places_to_compare(layer: PageLayer) -> np.ndarray:
    """Return a few places in the outputs of a layer, flat and evenly spaced, int32."""
    return np.unique(np.linspace(0, layer.size - 1, COMPARED).astype(np.int32))


COMPARED = 16
"""Outputs per layer and picture that the page compares with JAX when it shows the picture."""

WORDS_BYTES = 200
"""Bytes of a picture's name and answer, about."""

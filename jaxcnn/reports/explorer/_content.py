"""Make the content of the page: its layers, pictures and arrays, compared with JAX."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from jaxcnn.inference import Network
from jaxcnn.reports.explorer._activations import Activations, activations_of
from jaxcnn.reports.explorer._layers import PageLayer
from jaxcnn.reports.explorer._packed import Packed
from jaxcnn.reports.explorer._pictures import Pictures
from jaxcnn.reports.explorer._recompute import largest_error, recompute
from jaxcnn.reports.explorer._storage import (
    COMPUTED,
    EXACT,
    MAX_STORED_BYTES,
    STEPS,
    Kept,
    Steps,
    exact_size,
    keep_channels,
    modes_of,
    places_to_compare,
    steps_size,
)

MAX_ERROR = 1e-4
"""The largest difference from JAX of what the page computes, as a share of a layer's largest value.
"""


class Content(NamedTuple):
    """The content of the page.

    Attributes:
        data: What the page reads, as JSON can hold it.
        layers: Number of layers of the network.
        computed: Number of those that the page computes.
        error: The largest difference of a computed value from JAX's, as a share of the largest
            value of its layer.
    """

    data: dict[str, Any]
    layers: int
    computed: int
    error: float


def make_content(
    network: Network, layers: Sequence[PageLayer], pictures: Pictures, source: str
) -> Content:
    """Make the content of the page.

    Args:
        network: A network of images with a known architecture.
        layers: Its layers, from `page_layers`.
        pictures: The pictures to show.
        source: The folder that the network comes from, for errors.

    Raises:
        ValueError: If an output of a layer is not finite.
    """
    activations = activations_of(network, layers, source)
    refused: frozenset[int] = frozenset()
    while True:
        modes = modes_of(layers, refused)
        kept = _kept(layers, modes, activations, pictures.images)
        stored = [_Stored(layers, modes, kept, activations(image)) for image in pictures.images]
        errors = np.max([each.errors for each in stored], axis=0)
        computed = [number for number, mode in enumerate(modes) if mode == COMPUTED]
        wrong = [number for number in computed if not errors[number] <= MAX_ERROR]  # NaN is wrong
        if not wrong:
            break
        refused |= {wrong[0]}  # later ones may follow from it
    data = {
        "task": network.task.name,
        "classes": network.class_names,
        "pictures": pictures.describe(network, [each.scores for each in stored]),
        **_packed(layers, modes, kept, pictures.images, stored, errors),
    }
    for number in refused:
        data["layers"][number]["refused"] = True
    error = float(errors[computed].max())
    return Content(data, len(layers) - 2, len([n for n in computed if n >= 2]), error)


def _kept(
    layers: Sequence[PageLayer],
    modes: Sequence[str],
    activations: Activations,
    images: np.ndarray,
) -> Kept:
    """Choose the channels that are stored in steps, as many as fit."""
    numbers = [number for number, mode in enumerate(modes) if mode == STEPS]
    if not numbers:
        return Kept({})
    spreads = {number: np.zeros(layers[number].shape[-1]) for number in numbers}
    for image in images:
        outputs = activations(image)
        for number in numbers:
            spreads[number] += outputs[number].std(axis=(0, 1))
    left = max(0, MAX_STORED_BYTES - images.nbytes - exact_size(layers, modes) * len(images))
    return keep_channels(layers, spreads, left / (steps_size(layers, modes) * len(images)))


class _Stored:
    """The stored outputs for one picture, and how far the page is from what JAX computed.

    Args:
        layers: The layers of the page.
        modes: Where their outputs come from.
        kept: The channels that are stored in steps.
        expected: The outputs of all layers, from JAX.
    """

    def __init__(
        self,
        layers: Sequence[PageLayer],
        modes: Sequence[str],
        kept: Kept,
        expected: Sequence[np.ndarray],
    ) -> None:
        self.exact: dict[int, np.ndarray] = {}
        self.steps: dict[int, Steps] = {}
        self.errors: list[float] = []
        self.compared = [
            outputs.ravel()[places_to_compare(layer)]
            for layer, outputs in zip(layers, expected, strict=True)
        ]
        self.largest = [float(np.abs(outputs).max()) for outputs in expected]
        self.scores = expected[-1].ravel()
        found: list[np.ndarray] = []
        for number, (layer, mode) in enumerate(zip(layers, modes, strict=True)):
            channels = kept.of(number, layers, modes)
            if layer.kind == "pixels":
                outputs = expected[number].astype(np.float64)
            elif mode == EXACT:
                self.exact[number] = expected[number]
                outputs = expected[number].astype(np.float64)
            elif mode == STEPS:
                self.steps[number] = Steps.of(expected[number][..., channels])
                outputs = np.full(layer.shape, np.nan)
                outputs[..., channels] = self.steps[number].values
            else:
                outputs = recompute(layer, [found[source] for source in layer.sources])
            found.append(outputs)
            self.errors.append(
                largest_error(outputs[..., channels], expected[number][..., channels])
            )


def _packed(
    layers: Sequence[PageLayer],
    modes: Sequence[str],
    kept: Kept,
    images: np.ndarray,
    stored: Sequence[_Stored],
    errors: np.ndarray,
) -> dict[str, Any]:
    """Return the layers and arrays of the page."""
    packed, entries = Packed(), []
    pixels = packed.add(images)
    for number, (layer, mode) in enumerate(zip(layers, modes, strict=True)):
        entry = _entry(layer) | {"mode": mode, "error": float(errors[number])}
        if mode == EXACT:
            entry["exact"] = packed.add(np.stack([each.exact[number] for each in stored]))
        elif mode == STEPS:
            rows = zip(*(each.steps[number] for each in stored), strict=True)
            entry |= dict(
                zip(("steps", "low", "step"), (packed.add(np.stack(r)) for r in rows), strict=True)
            )
        else:
            entry["weights"] = {name: packed.add(array) for name, array in layer.weights.items()}
        channels = kept.of(number, layers, modes)
        if len(channels) < layer.shape[-1]:
            entry["kept"] = channels
        entry["places"] = packed.add(places_to_compare(layer))
        entry["expected"] = packed.add(np.stack([each.compared[number] for each in stored]))
        entry["largest"] = [each.largest[number] for each in stored]
        entries.append(entry)
    return {"layers": entries, "pixels": pixels, "packed": packed.as_json()}


def _entry(layer: PageLayer) -> dict[str, Any]:
    names = ("name", "label", "purpose", "notation")
    names += ("kind", "sources", "shape", "options")
    entry = {name: getattr(layer, name) for name in names}
    entry["parameters"] = layer.weight_bytes // 4
    return entry

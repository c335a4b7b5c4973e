"""The section of a model card about inputs: how a picture becomes one, and its augmentation."""

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from jaxcnn._support.units import sides
from jaxcnn.data import Augmentation, Preprocessing
from jaxcnn.inference import Network

AUGMENTATION_WORDS = {
    "flip": "mirrored ({})",
    "vertical_flip": "turned upside down",
    "quarter_turns": "turned by 0°, 90°, 180° or 270°",
    "resized_crop": "cropped to {0[0]:.0%} to {0[1]:.0%} of their area and enlarged again",
    "rotate": "rotated by up to ±{:g}°",
    "scale": "scaled by up to ±{:.0%}",
    "shear": "sheared by up to ±{:g}°",
    "shift": "shifted by up to ±{} px",
    "rand_augment": "changed by RandAugment ({0[0]} operations of magnitude {0[1]:g})",
    "brightness": "changed in brightness by up to ±{:.0%}",
    "contrast": "changed in contrast by up to ±{:.0%}",
    "saturation": "changed in saturation by up to ±{:.0%}",
    "hue": "changed in hue by up to ±{:g} turns of the color circle",
    "grayscale": "made gray with probability {:g}",
    "blur": "blurred (σ up to {:g} pixels)",
    "cutout": "painted over in a square of {0}×{0} pixels",
    "erase": "erased in a rectangle with probability {:g}",
    "mixup": "mixed with others by mixup (α = {:g})",
    "cutmix": "mixed with others by CutMix (α = {:g})",
    "before": "changed by functions of the publisher",
}
"""Words for each field of `jaxcnn.data.Augmentation`, in the order of the changes."""


def input_section(network: Network, settings: Mapping[str, Any]) -> str:
    """Say in words how inputs become numbers, and how training images were changed.

    Args:
        network: The network.
        settings: The settings of its run.

    Returns:
        Markdown without names from outside, so that nothing in it must be escaped.
    """
    shape = f"{network.kind} of shape {sides(network.input_shape)}"
    takes = f"The network takes {shape}{', channels last' * (network.kind != 'tokens')}."
    steps = [*_steps(network)]
    if network.takes_pictures:
        takes += " A picture file becomes one in these steps, which jaxcnn does itself:"
    elif steps:
        takes += " Its numbers are changed first, which the network does itself:"
    listed_steps = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))
    changed = _augmentation(settings) if network.kind == "images" else ""
    return "\n\n".join(part for part in (takes, listed_steps, changed) if part)


def _steps(network: Network) -> Iterator[str]:
    if network.kind == "tokens":
        return
    if network.takes_pictures:
        yield "It is rotated as its EXIF data say, and transparent parts become white."
        gray = "gray, 0.299 R + 0.587 G + 0.114 B"
        conversion = f"It is converted to {gray if network.input_shape[-1] == 1 else 'RGB'}."
        resizing = _resizing(network.input_shape, network.preprocessing)
        is_converted_first = network.preprocessing is not None
        yield from (conversion, resizing) if is_converted_first else (resizing, conversion)
    if network.kind == "images":
        yield "Its pixels, 0 to 255, are divided by 255."
    mean, std = (
        ", ".join(f"{number:.4g}" for number in numbers)
        for numbers in (network.normalization.mean, network.normalization.std)
    )
    count = len(network.normalization.mean)
    yield (
        f"The mean{' of each channel' * (count > 1)}, {mean}, is subtracted, and the result is "
        f"divided by the standard deviation, {std}."
    )


def _resizing(shape: tuple[int, ...], how: Preprocessing | None) -> str:
    height, width, channels = shape
    crop = f"{height}×{width} pixels"
    if how is None:
        return (
            f"It is resized, in its proportions, until it covers {crop} (bilinear, averaging where "
            "it shrinks, as in Pillow), and cropped to its center."
        )
    first_size = f"{math.floor(height / how.crop_pct)}×{math.floor(width / how.crop_pct)} pixels"
    resized = {
        "center": f"in its proportions, until it covers {first_size}",
        "squash": f"to {first_size}, whatever its proportions",
        "border": f"in its proportions, until it fits into {first_size}",
    }[how.crop_mode]
    cut = f"cropped to its central {crop}"
    if how.crop_mode == "border":
        color = f"the gray level {_gray(how.fill)}" if channels == 1 else f"the color {how.fill}"
        cut += f", with a border of {color} where it is smaller"
    filters = f"{how.interpolation}, as in Pillow"
    return f"It is resized, {resized} ({filters}), and {cut}."


def _gray(color: tuple[int, int, int]) -> int:
    """Return the gray level of a color as Pillow converts it, in integers."""
    red, green, blue = color
    return (19595 * red + 38470 * green + 7471 * blue + 2**15) >> 16


def _augmentation(settings: Mapping[str, Any]) -> str:
    """Say how training images were changed; nothing if that was not recorded."""
    if "augmentation" not in settings:
        return ""
    recorded = settings["augmentation"] or {}
    try:  # settings may be those of anyone
        fields = dataclasses.asdict(
            Augmentation.from_json(json.dumps({**recorded, "before": None}))
        )
    except (TypeError, ValueError):
        return ""
    fields["before"] = recorded.get("before") or None
    words = [
        text.format(fields[name])
        for name, text in AUGMENTATION_WORDS.items()
        if fields[name] not in (None, 0, False, "none")
    ]
    if not words:
        return "In training, images were not augmented."
    return f"In training, images were changed at random: {', '.join(words)}."

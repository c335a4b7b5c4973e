"""Checks of what layers have in common: paddings, axes, and that an argument is a layer."""

from collections.abc import Sequence
from typing import Any

from flax import nnx

from jaxcnn._support.arguments import check_choice, check_ints
from jaxcnn._support.units import sides
from jaxcnn.functional import resolve_padding
from jaxcnn.layers._layer import Layer
from jaxcnn.layers._receptive_field import Shape


def check_layer(architecture: Any) -> None:
    """Raise unless `architecture` is a layer."""
    if not isinstance(architecture, Layer):
        built = isinstance(architecture, nnx.Module)
        got = f"a built {type(architecture).__name__}" if built else f"{architecture!r:.200}"
        raise TypeError(f"architecture must be a layer such as Sequential, got {got}")


def check_padding(value: Any) -> None:
    """Raise unless `value` is a padding: a name, an integer, or (low, high) for each axis."""
    if isinstance(value, str):
        check_choice("padding", value, ("SAME", "VALID", "CIRCULAR"))
    elif isinstance(value, tuple) and value:
        for entry in value:
            if isinstance(entry, tuple) and len(entry) != 2:
                raise ValueError(f"padding takes (low, high) for each axis, got {value!r}")
            check_ints("padding", entry, minimum=0)
    else:
        check_ints("padding", value, minimum=0)


def check_same_rank(**values: Any) -> None:
    """Raise unless those of `values` that are tuples, one entry for each axis, are as long."""
    ranks = {name: len(value) for name, value in values.items() if isinstance(value, tuple)}
    if len(set(ranks.values())) > 1:
        found = ", ".join(f"{name} {values[name]}" for name in ranks)
        raise ValueError(f"{' and '.join(ranks)} must name equally many axes, got {found}")


def check_fits(spatial_shape: Sequence[int], windows: Shape, padding: Any) -> None:
    """Raise if a window is larger than the padded input, with the size that would do.

    Args:
        spatial_shape: the input's.
        windows: the window's extent, dilation included.
        padding: as a layer has it; named paddings other than VALID always make room.
    """
    if isinstance(padding, str) and padding != "VALID":
        return
    pairs = resolve_padding(padding, spatial_shape, windows, (1,) * len(windows))
    needed = tuple(max(window - sum(pair), 1) for window, pair in zip(windows, pairs, strict=True))
    if any(size < least for size, least in zip(spatial_shape, needed, strict=True)):
        raise ValueError(f"needs at least {sides(needed)}, got {sides(spatial_shape)}")


def check_spatial(input_shape: Shape) -> None:
    """Raise unless `input_shape` has channels and one to three spatial axes."""
    if not 2 <= len(input_shape) <= 4:
        raise ValueError(
            f"input_shape must be (*spatial, channels) with 1 to 3 spatial axes, got {input_shape}"
        )

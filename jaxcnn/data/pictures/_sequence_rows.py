"""The rows of another library's data set: their entries, and the inputs in them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from numbers import Number
from typing import Any

import numpy as np

from jaxcnn._support.arrays import as_array, holds_paths
from jaxcnn.data._array_checks import RANKS, Kind, check_inputs
from jaxcnn.data.pictures._pillow_image import channels_of, pixels_of, size_of


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Add the name of a row, such as ``custom[3]``, to an error that reading it raises."""
    try:
        yield
    except Exception as error:
        error.add_note(f"(jaxcnn was reading {name})")
        raise


def check_pair(row: Any, image: str | int, label: str | int, kind: Kind) -> None:
    """Raise ValueError if a row is a sequence, but no pair of an image and a label in this order.

    Rows whose entries are named by their positions may have any order and number of entries.
    """
    has_places = isinstance(image, int) or isinstance(label, int)
    if has_places or isinstance(row, Mapping) or not isinstance(row, Sequence):
        return
    if len(row) > 2:
        raise ValueError(
            f"source: expected pairs (image, label), got a row of {len(row)} entries (image=0, "
            "label=1 take the first two)"
        )
    if len(row) == 2 and isinstance(row[0], Number | str) and shape_in(row, 1, kind) is not None:
        raise ValueError(
            f"source: expected pairs (image, label), got {row[0]!r:.40} and then an image (pass "
            "image=1, label=0)"
        )


def part_of(row: Any, key: str | int, argument: str) -> Any:
    """Return the image or the label of a row: an entry of a mapping, or of a tuple.

    Raises:
        TypeError: If the row is neither a mapping nor a tuple.
        ValueError: If it has no such entry.
    """
    if isinstance(row, Mapping):
        if key in row:
            return row[key]
        near = get_close_matches(str(key), [str(each) for each in row], n=1)
        hint = f"pass {argument}={near[0]!r}" if near else f"{argument}= names the entry to take"
        raise ValueError(f"{argument}: expected one of {[*row]!r:.80}, got {key!r} ({hint})")
    if not isinstance(row, Sequence) or isinstance(row, str | bytes):
        raise TypeError(
            f"source: expected rows that are mappings or pairs, got {type(row).__name__}"
        )
    position = key if isinstance(key, int) else ("image", "label").index(argument)
    if not -len(row) <= position < len(row):
        raise ValueError(f"{argument}: expected a position in rows of {len(row)}, got {position}")
    return row[position]


def input_of(row: Any, key: str | int, kind: Kind, name: str) -> np.ndarray:
    """Return the input of a row as an array in the stored dtype."""
    value = part_of(row, key, "image")
    if kind == "images" and _is_pillow(value):
        return pixels_of(value)
    if kind == "images":
        _check_is_decoded(value, name)
    found = as_array(name, value)
    if kind == "images":
        found = found[..., None] if found.ndim == 2 else found
        _check_channels_last(found.shape, name)
        is_integer = np.issubdtype(found.dtype, np.integer) and found.size > 0
        if is_integer and found.min() >= 0 and found.max() <= 255:
            found = found.astype(np.uint8)
    return check_inputs(found[None], kind, name=name)[0]


def shape_in(row: Any, key: str | int, kind: Kind) -> tuple[int, ...] | None:
    """Return the shape of a row's input, without decoding it; None if it is not known.

    Raises:
        TypeError: If the row is neither a mapping nor a tuple.
        ValueError: If it has no such entry.
    """
    value = part_of(row, key, "image")
    if kind == "images" and _is_pillow(value):
        return *size_of(value), channels_of(value)
    try:
        shape = tuple(np.shape(value))
    except (TypeError, ValueError):  # which is named when the row is read
        return None
    shape = (*shape, 1) if kind == "images" and len(shape) == 2 else shape
    return shape if len(shape) == RANKS[kind] - 1 else None


def _is_pillow(value: Any) -> bool:
    return hasattr(value, "has_transparency_data")


def check_row_shape(
    shape: tuple[int, ...], expected: tuple[int, ...], kind: Kind, name: str
) -> None:
    """Raise ValueError unless the input of a row has the expected shape."""
    if shape != expected:
        hint = " (pass size=(H, W) to resize images)" if kind == "images" else ""
        raise ValueError(f"{name}: expected shape {expected}, got {shape}{hint}")


def _check_is_decoded(value: Any, name: str) -> None:
    """Raise TypeError if a row has the path or the bytes of a file in place of an image."""
    if holds_paths(value):
        raise TypeError(
            f"{name}: expected an image, got {value!r:.80} (jaxcnn.data.ImageFiles takes a list of "
            "image files with their labels, jaxcnn.data.image_table a CSV file, and "
            "jaxcnn.data.image_folder a folder per class)"
        )
    if isinstance(value, bytes | Mapping):
        raise TypeError(
            f"{name}: expected an image, got {type(value).__name__} (for the files of a Hugging "
            'Face set: source.cast_column("image", datasets.Image()) decodes them)'
        )


def _check_channels_last(shape: tuple[int, ...], name: str) -> None:
    if len(shape) == 3 and shape[0] in (1, 3, 4) and min(shape[1:]) > 4:
        raise ValueError(
            f"{name}: expected shape (H, W, C), got {shape} (it looks like (C, H, W): move the "
            "channels last by image.transpose(1, 2, 0))"
        )

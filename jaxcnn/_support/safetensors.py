"""Files of arrays in the safetensors format, which may come from anyone and are checked first.

The format is: 8 bytes, the length of the header; the header, which is JSON; the arrays. Everything
in the header is compared with the file, in little time and memory, before the `safetensors` library
reads it.
"""

import math
import os
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from jaxcnn._support.files import write_whole
from jaxcnn._support.json_texts import NoJsonError, TooDeepError, open_regular, parse_json
from jaxcnn._support.machine import memory_limit

MAX_HEADER = 10_000_000
"""In bytes, about 100 per array. The format itself allows ten times as many."""

_BYTES: dict[str, int] = dict.fromkeys(("BOOL", "U8", "I8"), 1)
_BYTES |= dict.fromkeys(("U16", "I16", "F16"), 2)
_BYTES |= dict.fromkeys(("U32", "I32", "F32"), 4)
_BYTES |= dict.fromkeys(("U64", "I64", "F64"), 8)
_MAX_AXES = 32
_PICKLED = (b"PK\x03\x04", b"\x80")
PICKLE_NAMES = (".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth", ".zip")
"""Endings of the names of files that PyTorch pickles."""
HOW_TO_CONVERT = (
    "which jaxcnn never opens, because such files can run code. If you trust it, convert it where "
    "PyTorch is installed:\n"
    "    import torch; from safetensors.torch import save_file\n"
    '    tensors = torch.load("FILE.pth", map_location="cpu", weights_only=True)\n'
    '    save_file({k: t.contiguous() for k, t in tensors.items()}, "FILE.safetensors")'
)
"""What to do about a file that PyTorch pickled, after the words that say it is one."""
_CONVERT = f"; it looks like a file that PyTorch pickled, {HOW_TO_CONVERT}"


def read_tensors(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read the arrays of a safetensors file.

    Args:
        path: The file. Nothing in it can run code.

    Returns:
        The arrays by name.

    Raises:
        FileNotFoundError: If there is no such file.
        IsADirectoryError: If the path is a folder.
        ValueError: If the file is not a safetensors file, or is damaged or malicious; the message
            names the file and the fault.
    """
    path = Path(path)
    try:
        _check_header(path)
        return load_file(path)
    except (_UnreadableError, SafetensorError) as error:
        raise ValueError(f"{path}: not a readable safetensors file ({error})") from None


def write_tensors(tensors: Mapping[str, np.ndarray], path: Path) -> None:
    """Write arrays to a safetensors file, completely or not at all."""
    # The library writes an array's memory unchanged, so it must be in C order. It makes its files
    # readable by their owner only, so this one is written by `write_whole`.
    content = save({name: np.asarray(tensor, order="C") for name, tensor in tensors.items()})
    write_whole(path, content)


# Errors quote the file, whose strings may have millions of characters.
_repr = reprlib.Repr()
_repr.maxstring = 120
shown = _repr.repr


class _UnreadableError(Exception):
    """The fault of an unreadable file."""


def _check_header(path: Path) -> None:
    """Raise unless each array in a file's header is within the file and overlaps no other."""
    with open_regular(path) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        start = file.read(8)
        length = int.from_bytes(start, "little")
        hint = _CONVERT if start.startswith(_PICKLED) or path.suffix in PICKLE_NAMES else ""
        if size < 8:
            raise _UnreadableError(
                f"it has {size} bytes, fewer than the 8 that it starts with{hint}"
            )
        if length > MAX_HEADER:
            raise _UnreadableError(
                f"its header would have {length:,} bytes, more than the {MAX_HEADER:,} that are "
                f"read{hint}"
            )
        if length > size - 8:
            raise _UnreadableError(
                f"it ends early: of the {length:,} bytes of its header it has {size - 8:,}{hint}"
            )
        if size > (memory_limit() or size):
            raise _UnreadableError(
                f"it has {size:,} bytes, more than the {memory_limit():,} of this machine's memory"
            )
        header = _parsed(file.read(length))
    if not isinstance(header.pop("__metadata__", {}), dict):
        raise _UnreadableError("its __metadata__ is not a JSON object")
    spans = sorted((*_span(name, entry), name) for name, entry in header.items())
    _check_spans(spans, size - 8 - length)


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        header = parse_json(text.decode())
    except UnicodeDecodeError as error:
        raise _UnreadableError(f"its header is not UTF-8: {error.reason}") from None
    except TooDeepError as error:
        raise _UnreadableError(f"its header is nested too deeply: {error}") from None
    except NoJsonError as error:
        raise _UnreadableError(f"its header is not JSON: {error.fault}") from None
    except ValueError as error:
        raise _UnreadableError(f"its header is not JSON that is read: {error}") from None
    if not isinstance(header, dict):
        raise _UnreadableError("its header is not a JSON object")
    return header


def _span(name: str, entry: Any) -> tuple[int, int]:
    """Return the first byte of an array and the one after its last, from the header's end."""
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise _UnreadableError(
            f"{shown(name)} needs dtype, shape and data_offsets, got {shown(entry)}"
        )
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _BYTES:
        known = ", ".join(_BYTES)
        raise _UnreadableError(f"{shown(name)} has the dtype {shown(dtype)}; NumPy reads {known}")
    if not _are_sizes(shape) or len(shape) > _MAX_AXES:
        raise _UnreadableError(f"{shown(name)} has the shape {shown(shape)}")
    if not _are_sizes(offsets) or len(offsets) != 2:
        raise _UnreadableError(f"{shown(name)} has the data_offsets {shown(offsets)}")
    begin, end = offsets
    # NumPy counts axes of length 0 as 1, so they do not make too large a shape legal.
    if math.prod(max(side, 1) for side in shape) * _BYTES[dtype] >= 2**63:
        raise _UnreadableError(f"{shown(name)} has the shape {shown(shape)}, which is too large")
    needed = math.prod(shape) * _BYTES[dtype]
    if end - begin != needed:
        raise _UnreadableError(
            f"{shown(name)} needs {needed:,} bytes for {dtype} of shape {shown(shape)}, but its "
            f"data_offsets are {shown(offsets)}"
        )
    return begin, end


def _check_spans(spans: list[tuple[int, int, str]], size: int) -> None:
    """Raise unless the arrays fill the space after the header, without gaps."""
    position = 0
    for begin, end, name in spans:
        if begin != position:
            what = "overlaps the one before it" if begin < position else "leaves a hole before it"
            raise _UnreadableError(
                f"{shown(name)} {what}: it starts at {begin:,}, not at {position:,}"
            )
        position = end
    if position != size:
        what = "it ends early" if position > size else "there are bytes of no array at its end"
        raise _UnreadableError(
            f"{what}: its arrays have {position:,} bytes, but there are {size:,}"
        )


def _are_sizes(value: Any) -> bool:
    """Return whether `value` is a list of non-negative integers (True is not one)."""
    return isinstance(value, list) and all(type(size) is int and size >= 0 for size in value)

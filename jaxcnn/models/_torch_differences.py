"""Compare a state dict with an architecture, and report all differences in one error."""

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np

from jaxcnn._support.arguments import did_you_mean
from jaxcnn._support.safetensors import shown
from jaxcnn.layers import Shape

MAX_LINES = 20
"""The error lists at most this many differences of each kind."""

MAX_LETTERS = 100
"""Longer names are shortened; files from unknown sources may have them."""


class Expected(NamedTuple):
    """The shape and dtype that an array of a state dict must have."""

    shape: Shape
    dtype: np.dtype


def check_tensors(
    source: str,
    tensors: Mapping[str, np.ndarray],
    expected: Mapping[str, Expected],
    head: Collection[str],
) -> None:
    """Raise an error unless a state dict has exactly the expected arrays.

    Args:
        source: Name of the state dict in the error message.
        tensors: The state dict.
        expected: The arrays that it should have.
        head: Names of the last layer's arrays, for which `new_head=True` could be suggested.

    Raises:
        ValueError: If arrays are missing or unexpected, or have the wrong shape or dtype; the
            message lists all differences.
    """
    missing = [name for name in expected if name not in tensors]
    unexpected = [name for name in tensors if name not in expected]
    common = [name for name in expected if name in tensors]
    shapes = [name for name in common if tensors[name].shape != expected[name].shape]
    dtypes = [name for name in common if tensors[name].dtype != expected[name].dtype]
    kinds = {
        "missing": [f"{name} {expected[name].shape}" for name in missing],
        "unexpected": [
            f"{_printable(name)} {tensors[name].shape}{did_you_mean(name[:MAX_LETTERS], missing)}"
            for name in unexpected[:MAX_LINES]
        ],
        "of another shape": [
            f"{name}: expected {expected[name].shape}, got {tensors[name].shape}" for name in shapes
        ],
        "of another dtype": [
            f"{name}: expected {expected[name].dtype}, got {tensors[name].dtype}" for name in dtypes
        ],
    }
    counts = dict(zip(kinds, map(len, (missing, unexpected, shapes, dtypes)), strict=True))
    if not any(counts.values()):
        return
    lines = [f"{source}: expected the arrays of the architecture, got others:"]
    for kind, texts in kinds.items():
        lines += [f"  {kind}: {text}" for text in texts[:MAX_LINES]]
        if counts[kind] > MAX_LINES:
            lines.append(f"  {kind}: ... and {counts[kind] - MAX_LINES} more")
    if dtypes:
        lines.append("(convert them first, for example by tensor.astype(numpy.float32))")
    if {*missing, *shapes} and {*missing, *unexpected, *shapes} <= {*head}:
        lines.append("(new_head=True initializes the last layer anew and leaves the rest as it is)")
    raise ValueError("\n".join(lines))


def _printable(name: str) -> str:
    return name if len(name) <= MAX_LETTERS and name.isprintable() else shown(name)


def modern_names(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Drop counts of batches from a state dict, and update the names of old DenseNets.

    Example:
        >>> modern_names({"denselayer1.norm.1.weight": 0, "bn1.num_batches_tracked": 0})
        {'denselayer1.norm1.weight': 0}
    """
    return {
        re.sub(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)", r"\1\2", name): tensor
        for name, tensor in tensors.items()
        if name.rpartition(".")[-1] != "num_batches_tracked"
    }


def without_auxiliary(
    tensors: Mapping[str, np.ndarray], expected: Collection[str]
) -> dict[str, np.ndarray]:
    """Drop the auxiliary classifiers of GoogLeNet and Inception v3 if none are expected.

    Torchvision's files have them, but only training uses them.

    Example:
        >>> without_auxiliary({"aux1.fc1.weight": 0, "fc.weight": 0}, ["fc.weight"])
        {'fc.weight': 0}
    """
    own = {name.partition(".")[0] for name in expected}
    dropped = {"aux1", "aux2", "AuxLogits"} - own
    return {name: t for name, t in tensors.items() if name.partition(".")[0] not in dropped}

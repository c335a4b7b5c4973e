"""The numbers of networks of inverted residual blocks, in timm's notation."""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from jaxcnn.layers import ActivationName
from jaxcnn.models._mobilenet import make_divisible


class Squeeze(NamedTuple):
    """The settings of the squeeze and excitation in a network.

    Attributes:
        of_expanded: Whether its hidden neurons are a share of the block's expanded channels, not of
            the block's inputs.
        is_divisible: Whether the number of hidden neurons is rounded to a multiple of 8.
        activation: Activation of the hidden neurons; None for the block's.
        gate: Activation of the gates.
    """

    of_expanded: bool = False
    is_divisible: bool = False
    activation: ActivationName | None = None
    gate: ActivationName = "sigmoid"


class MobileDesign(NamedTuple):
    """A network of inverted residual blocks: EfficientNet, MobileNet, MNASNet and their relatives.

    Attributes:
        stages: The blocks of each stage in timm's notation, separated by spaces; see `block_of`.
        stem: Filters of the first convolution.
        head: Filters of the last convolution, which `width` does not change; 0 for none.
        pools_first: Whether the last convolution comes after the global pooling, as in MobileNetV3.
        has_head_bias: Whether that convolution has a bias. (Others have a batch norm.)
        activation: Activation of blocks that name none.
        width: Factor of the blocks' output channels and of `stem`, rounded to multiples of 8.
        limit: The least that rounding leaves of a number of channels, as a share of it.
        depth: Factor of the number of blocks: one for all stages, or one per stage.
        rounds_depth_up: Whether the number of blocks in a stage is rounded up.
        scales_stem: Whether `width` changes `stem`.
        scales_ends: Whether `depth` changes the first and the last stage.
        squeeze: How squeeze and excitation is made.
        epsilon: Of the batch norms.
        padding: ``"SAME"``, as in TensorFlow, or ``"half"``: half the kernel on all sides.
        drop_path: Towards this value grows the share of examples for which a block is skipped in
            training.
    """

    stages: tuple[str, ...]
    stem: int = 32
    head: int = 1280
    pools_first: bool = False
    has_head_bias: bool = True
    activation: ActivationName = "relu"
    width: float = 1.0
    limit: float = 0.9
    depth: float | tuple[float, ...] = 1.0
    rounds_depth_up: bool = True
    scales_stem: bool = True
    scales_ends: bool = True
    squeeze: Squeeze = Squeeze()
    epsilon: float = 1e-5
    padding: Literal["half", "SAME"] = "half"
    drop_path: float = 0.0

    def as_in_tensorflow(self) -> "MobileDesign":
        """Return the network with TensorFlow's padding and epsilon: timm's names with ``tf_``."""
        return self._replace(padding="SAME", epsilon=1e-3)

    def scaled(self, channels: int) -> int:
        """Return a number of channels times the width, rounded to a multiple of 8."""
        return make_divisible(channels * self.width, limit=self.limit)


class Block(NamedTuple):
    """A row of a stage.

    Attributes:
        kind: ``"ir"``: 1×1, depthwise and 1×1 convolutions (inverted residual); ``"ds"``: depthwise
            and 1×1; ``"dsa"``: the same with an activation at the end and without shortcut;
            ``"er"``: a convolution and a 1×1 one (Fused-MBConv); ``"cn"``: one convolution.
        repeats: Number of blocks.
        kernel_size: Side of the kernels that are not 1×1.
        strides: Stride of the first block.
        features: Output channels.
        expansion: Expanded channels, as a multiple of the inputs.
        squeeze: Hidden neurons of squeeze and excitation, as a share; 0 for none.
        activation: None for the network's.
        has_shortcut: Whether blocks that keep the shape add their input.
        expanded_from: Channels that are expanded instead of the inputs; 0 for the inputs.
    """

    kind: str
    repeats: int
    kernel_size: int
    strides: int
    features: int
    expansion: float
    squeeze: float
    activation: ActivationName | None
    has_shortcut: bool
    expanded_from: int


def block_of(text: str) -> Block:
    """Read a row of a stage in timm's notation.

    The first part is the kind. The letters of the others stand for repeats, kernel size, strides,
    expansion, features (``c``), squeeze (``se``), and ``expanded_from`` (``fc``); ``nre`` for ReLU.

    Example:
        >>> block_of("ir_r2_k5_s2_e3_c40_se0.25_nre")[:7]
        ('ir', 2, 5, 2, 40, 3.0, 0.25)
    """
    kind, *parts = text.split("_")
    numbers = {
        found[1]: found[2] for part in parts if (found := re.fullmatch(r"([a-z]+)([\d.]+)", part))
    }
    # A lone convolution has a shortcut only where it is asked for.
    has_shortcut = "skip" in parts if kind == "cn" else kind != "dsa" and "noskip" not in parts
    return Block(
        kind,
        repeats=int(numbers["r"]),
        kernel_size=int(numbers["k"]),
        strides=int(numbers["s"]),
        features=int(numbers["c"]),
        expansion=float(numbers.get("e", 1)),
        squeeze=float(numbers.get("se", 0)),
        activation="relu" if "nre" in parts else None,
        has_shortcut=has_shortcut,
        expanded_from=int(numbers.get("fc", 0)),
    )


def blocks_of_stage(number: int, design: MobileDesign) -> Iterator[Block]:
    """Yield the blocks of a stage, with scaled features; only the first one has strides."""
    rows = [block_of(text) for text in design.stages[number].split()]
    depth = design.depth[number] if isinstance(design.depth, tuple) else design.depth
    if not design.scales_ends and number in (0, len(design.stages) - 1):
        depth = 1.0
    repeats = _scaled_repeats([row.repeats for row in rows], depth, design.rounds_depth_up)
    is_first = True
    for row, times in zip(rows, repeats, strict=True):
        here = row._replace(
            features=design.scaled(row.features),
            expanded_from=row.expanded_from and design.scaled(row.expanded_from),
        )
        for _ in range(times):
            yield here if is_first else here._replace(strides=1)
            is_first = False


def _scaled_repeats(repeats: Sequence[int], depth: float, rounds_up: bool) -> list[int]:
    """Scale the number of blocks in a stage, and share them among its rows, the last row first.

    Example:
        >>> _scaled_repeats([1, 1, 2], 1.2, rounds_up=True)
        [1, 2, 2]
    """
    left = sum(repeats)
    total = math.ceil(left * depth) if rounds_up else max(1, round(left * depth))
    scaled = []
    for times in reversed(repeats):
        scaled.append(max(1, round(times / left * total)))
        left, total = left - times, total - scaled[-1]
    return scaled[::-1]

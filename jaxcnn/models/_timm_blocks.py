"""Networks of inverted residual blocks, with timm's names."""

from collections.abc import Iterator

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers import (
    Activation,
    ActivationName,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    DropPath,
    GlobalAvgPool,
    Layer,
    Residual,
    Sequential,
    SqueezeExcite,
)
from jaxcnn.models._mobilenet import make_divisible
from jaxcnn.models._timm_stages import Block, MobileDesign, blocks_of_stage
from jaxcnn.models._torchvision import FAN_OUT


def mobile_network(
    num_classes: int = 1000,
    *,
    design: MobileDesign,
    dropout: float = 0.2,
    drop_path: float | None = None,
) -> Sequential:
    """Make a network of inverted residual blocks, whose layers have timm's names.

    Args:
        num_classes: Number of outputs.
        design: The numbers of the network.
        dropout: Share of the last dense layer's inputs that is dropped in training.
        drop_path: Towards this value grows the share of examples for which a block is skipped in
            training. None for the value of `design`.
    """
    check_int("num_classes", num_classes)
    check_number("dropout", dropout, minimum=0, below=1)
    if drop_path is not None:
        check_number("drop_path", drop_path, minimum=0, below=1)
        design = design._replace(drop_path=drop_path)
    stem = design.scaled(design.stem) if design.scales_stem else design.stem
    # Torchvision's initializer for EfficientNet: uniform within 1 / sqrt(outputs).
    dense = Dense(
        num_classes,
        kernel_init=("variance_scaling", 1 / 3, "fan_out", "uniform"),
        name="classifier",
    )
    return Sequential(
        [
            *_conv_norm(design, "conv_stem", "bn1", stem, design.activation, 3, strides=2),
            Sequential(_stages(stem, design), name="blocks"),
            *_head(design),
            *(Dropout(dropout), dense),
        ]
    )


def _head(design: MobileDesign) -> list[Layer]:
    if design.pools_first:
        hidden = Dense(
            design.head, use_bias=design.has_head_bias, kernel_init=FAN_OUT, name="conv_head"
        )
        return [GlobalAvgPool(), hidden, Activation(design.activation)]
    if not design.head:
        return [GlobalAvgPool()]
    last = _conv_norm(design, "conv_head", "bn2", design.head, design.activation)
    return [*last, GlobalAvgPool()]


def _stages(channels: int, design: MobileDesign) -> Iterator[Sequential]:
    stages = [[*blocks_of_stage(number, design)] for number in range(len(design.stages))]
    number, total = 0, sum(map(len, stages))
    for stage in stages:
        blocks = []
        for block in stage:
            blocks.append(_block(channels, block, design, design.drop_path * number / total))
            channels, number = block.features, number + 1
        yield Sequential(blocks)


def _block(channels: int, block: Block, design: MobileDesign, drop_path: float) -> Layer:
    layers = _layers(channels, block, design)
    if not (block.has_shortcut and block.strides == 1 and channels == block.features):
        return Sequential(layers)
    skipped = [DropPath(drop_path)] if drop_path else []
    return Sequential([Residual([*layers, *skipped], name="residual")])


def _layers(channels: int, block: Block, design: MobileDesign) -> list[Layer]:
    activation = block.activation or design.activation
    size, strides, features = block.kernel_size, block.strides, block.features
    if block.kind == "cn":
        return _conv_norm(design, "conv", "bn1", features, activation, size, strides)
    if block.kind in ("ds", "dsa"):
        last = activation if block.kind == "dsa" else None
        return [
            *_conv_norm(design, "conv_dw", "bn1", None, activation, size, strides),
            *_squeeze(channels, block, design, activation),
            *_conv_norm(design, "conv_pw", "bn2", features, last),
        ]
    expanded = make_divisible((block.expanded_from or channels) * block.expansion)
    squeeze = _squeeze(expanded, block, design, activation)
    if block.kind == "er":
        return [
            *_conv_norm(design, "conv_exp", "bn1", expanded, activation, size, strides),
            *squeeze,
            *_conv_norm(design, "conv_pwl", "bn2", features, None),
        ]
    return [
        *_conv_norm(design, "conv_pw", "bn1", expanded, activation),
        *_conv_norm(design, "conv_dw", "bn2", None, activation, size, strides),
        *squeeze,
        *_conv_norm(design, "conv_pwl", "bn3", features, None),
    ]


def _squeeze(
    expanded: int, block: Block, design: MobileDesign, activation: ActivationName
) -> list[Layer]:
    if not block.squeeze:
        return []
    squeeze = design.squeeze
    share = block.squeeze if squeeze.of_expanded else block.squeeze / block.expansion
    hidden = expanded * share
    if squeeze.is_divisible:
        hidden = make_divisible(hidden, limit=design.limit)
    inner = squeeze.activation or activation
    return [SqueezeExcite(round(hidden), inner, squeeze.gate, kernel_init=FAN_OUT, name="se")]


def _conv_norm(
    design: MobileDesign,
    conv_name: str,
    norm_name: str,
    features: int | None,
    activation: ActivationName | None,
    size: int = 1,
    strides: int = 1,
) -> list[Layer]:
    """Make a convolution, batch norm and an activation; depthwise if `features` is None."""
    padding = "SAME" if design.padding == "SAME" else size // 2
    if features is None:
        conv = DepthwiseConv(
            size, strides, padding, use_bias=False, kernel_init=FAN_OUT, name=conv_name
        )
    else:
        conv = Conv(
            features, size, strides, padding, use_bias=False, kernel_init=FAN_OUT, name=conv_name
        )
    norm = BatchNorm(epsilon=design.epsilon, name=norm_name)
    return [conv, norm, *([] if activation is None else [Activation(activation)])]

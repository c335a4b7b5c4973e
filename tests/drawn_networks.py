"""Networks of the kinds that drawings meet, small enough to be written here."""

from jaxcnn.layers import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
    Parallel,
    Residual,
    SeparableConv,
    Sequential,
    SqueezeExcite,
)


def block(features: int, strides: int = 1) -> Sequential:
    shortcut = [Conv(features, 1, strides, use_bias=False), BatchNorm()] if strides > 1 else []
    body = [
        Conv(features, 3, strides, use_bias=False),
        BatchNorm(),
        Activation("relu"),
        Conv(features, 3, use_bias=False),
        BatchNorm(),
    ]
    return Sequential([Residual(body, shortcut), Activation("relu")])


# ResNet-18, for which He et al. and torchvision give 11,689,512 parameters.
RESNET18 = Sequential(
    [
        Conv(64, 7, 2, 3, use_bias=False),
        BatchNorm(),
        Activation("relu"),
        MaxPool(3, 2, 1),
        *(
            Sequential([block(64 * 2**k, 2 if k else 1), block(64 * 2**k)], name=f"layer{k + 1}")
            for k in range(4)
        ),
        GlobalAvgPool(),
        Dense(1000),
    ]
)

TEXT = Sequential(
    [
        Parallel(
            [
                Sequential([Conv(100, k, padding="VALID"), Activation("relu"), GlobalMaxPool()])
                for k in (3, 4, 5)
            ],
            "concat",
        ),
        Dense(2),
    ]
)

VIDEO = Sequential([Conv(8, 3), Activation("relu"), MaxPool(2), Flatten(), Dense(5)])

NARROWING = Sequential([Conv(4, 3, padding="VALID") for _ in range(30)])

NAMED = Sequential(
    [
        Conv(16, 3, name="stem"),
        BatchNorm(),
        Residual([Conv(32, 3, 2), Conv(32, 3)], shortcut=[Conv(32, 1, 2)], name="down"),
        Sequential([SeparableConv(32, 3), BatchNorm(), SqueezeExcite(8)], name="block"),
        Parallel([Conv(8, 1), Conv(24, 5)], "concat"),
        GlobalAvgPool(name="pool"),
        Dense(20, name="dense"),
        Dense(10, name="classifier"),
    ]
)

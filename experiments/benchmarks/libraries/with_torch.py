"""Train with PyTorch: eager or compiled, channels first or channels last."""

import torch
from _networks import (
    IMAGE,
    LEARNING_RATE,
    MOMENTUM,
    NORM_EPSILON,
    NORM_MOMENTUM,
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Sum,
)
from torch import nn

from libraries import Trainer, batch, repeat


class Branches(nn.Module):
    """The sum of two branches with the same input."""

    def __init__(self, body: nn.Module, shortcut: nn.Module):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x) + self.shortcut(x)


class GlobalMean(nn.Module):
    """The mean of each channel."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean((2, 3))


def make(layer: Layer, channels: int, size: int) -> tuple[nn.Module, int, int]:
    """Make a layer; also return the channels and the side of its output."""
    match layer:
        case Conv(features, window, stride, padding, groups):
            options = {"groups": groups, "bias": False}
            conv = nn.Conv2d(channels, features, window, stride, padding, **options)
            return conv, features, (size + 2 * padding - window) // stride + 1
        case BatchNorm():
            return nn.BatchNorm2d(channels, NORM_EPSILON, 1 - NORM_MOMENTUM), channels, size
        case Activation("gelu"):
            return nn.GELU("tanh"), channels, size
        case Activation():
            return nn.ReLU(inplace=True), channels, size
        case MaxPool(window):
            return nn.MaxPool2d(window), channels, size // window
        case GlobalAvgPool():
            return GlobalMean(), channels, 1
        case Flatten():
            return nn.Flatten(), channels * size**2, 1
        case Dense(features):
            return nn.Linear(channels, features), features, 1
        case Sum(body, shortcut):
            module, features, smaller = stack(body, channels, size)
            return Branches(module, stack(shortcut, channels, size)[0]), features, smaller


def stack(layers: tuple[Layer, ...], channels: int, size: int) -> tuple[nn.Module, int, int]:
    made = []
    for layer in layers:
        module, channels, size = make(layer, channels, size)
        made.append(module)
    return nn.Sequential(*made), channels, size


def prepare(
    layers: tuple[Layer, ...],
    batch_size: int,
    *,
    threads: int,
    layout: str,
    compiled: bool,
) -> Trainer:
    """Prepare a network for training.

    Args:
        layers: The network.
        batch_size: Images per step.
        threads: Number of threads.
        layout: The memory format, ``"channels_first"`` or ``"channels_last"``.
        compiled: Whether to use `torch.compile`.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    size, _, channels = IMAGE
    model, _, _ = stack(layers, channels, size)
    images, labels = map(torch.from_numpy, batch(batch_size))
    images = images.movedim(-1, 1)
    last = layout == "channels_last"
    memory_format = torch.channels_last if last else torch.contiguous_format
    model = model.to(memory_format=memory_format)  # pyright: ignore[reportCallIssue]
    images, labels = images.contiguous(memory_format=memory_format), labels.long()
    optimizer = torch.optim.SGD(model.parameters(), LEARNING_RATE, MOMENTUM, fused=True)
    forward = torch.compile(model) if compiled else model

    def step() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(forward(images), labels)
        loss.backward()
        optimizer.step()
        return loss

    parameters = sum(parameter.numel() for parameter in model.parameters())
    return Trainer(parameters, repeat(step, lambda loss: loss.item()))

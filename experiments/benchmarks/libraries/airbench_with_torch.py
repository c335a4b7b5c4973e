"""airbench94 and its recipe in PyTorch, as the presets of jaxcnn have them."""

import math
import time
from typing import Any

import numpy as np
import torch
import torch.nn.functional as tf
from torch import Tensor, nn


def train_torch(
    recipe: Any,
    images: np.ndarray,
    labels: np.ndarray,
    test_images: np.ndarray,
    test_labels: np.ndarray,
    *,
    seed: int,
    threads: int,
) -> dict[str, float]:
    """Train with PyTorch; return the seconds and both accuracies on the test set.

    Args:
        recipe: A `jaxcnn.experiment.Preset` like CIFAR-10's ``"standard"``.
        images: Training images, uint8 ``(N, H, W, C)``.
        labels: Their classes.
        test_images: Test images.
        test_labels: Their classes.
        seed: The seed.
        threads: Number of threads.
    """
    known = {"model": "airbench94", "schedule": "one_cycle", "nesterov": True, "cutout": 0}
    known |= {"clip_norm": None, "max_norm": None, "flip": "alternating"}
    for option, value in known.items():
        if getattr(recipe, option) != value:
            raise ValueError(f"{option}: expected {value}, got {getattr(recipe, option)}")
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    began = time.perf_counter()
    scaled = torch.from_numpy(images.copy()).float() / 255
    mean, std = scaled.mean((0, 1, 2)), scaled.std((0, 1, 2), correction=0)
    inputs = ((scaled - mean) / std).movedim(-1, 1)
    net = network(recipe.widths or (64, 256, 256), inputs[:5000])
    net = net.to(memory_format=torch.channels_last)
    learn(net, recipe, inputs, torch.from_numpy(labels.astype(np.int64)))
    seconds = time.perf_counter() - began
    net.eval()
    pixels = torch.from_numpy(test_images.copy()).float() / 255
    with torch.inference_mode():
        tests = ((pixels - mean) / std).movedim(-1, 1).split(500)
        plain = torch.cat([net(each) for each in tests])
        mirrored = plain + torch.cat([net(each.flip(-1)) for each in tests])
    right = [(logits.argmax(1).numpy() == test_labels).mean() for logits in (plain, mirrored)]
    return {"seconds": seconds, "accuracy": float(right[0]), "mirrored": float(right[1])}


def learn(net: nn.Module, recipe: Any, inputs: Tensor, targets: Tensor) -> None:
    """Train a network by the recipe."""
    per_epoch = len(inputs) // recipe.batch_size
    optimizers = {"sgd": sgd, "muon": muon}[recipe.optimizer](net, recipe)
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: one_cycle(step, recipe.epochs * per_epoch)
        )
        for optimizer in optimizers
    ]
    first_flip = torch.rand(len(inputs)) < 0.5
    for epoch in range(recipe.epochs):
        order = torch.randperm(len(inputs))
        for start in range(0, per_epoch * recipe.batch_size, recipe.batch_size):
            chosen = order[start : start + recipe.batch_size]
            batch = vary(inputs[chosen], first_flip[chosen] ^ bool(epoch % 2), recipe.shift)
            net.zero_grad(set_to_none=True)
            outputs = net(batch.contiguous(memory_format=torch.channels_last))
            smoothing = recipe.label_smoothing
            tf.cross_entropy(outputs, targets[chosen], label_smoothing=smoothing).backward()
            for stepping in [*optimizers, *schedules]:
                stepping.step()


def sgd(net: nn.Module, recipe: Any) -> list[torch.optim.Optimizer]:
    """Make SGD, in which only kernels decay."""
    kernels, others = kernels_and_others(net)
    decayed = {"params": kernels, "weight_decay": recipe.weight_decay}
    options = {"lr": recipe.learning_rate, "momentum": recipe.momentum, "nesterov": True}
    return [torch.optim.SGD([decayed, {"params": others}], **options)]


def muon(net: nn.Module, recipe: Any) -> list[torch.optim.Optimizer]:
    """Make PyTorch's Muon for the kernels, and Adam for biases, at a fifth of the rate."""
    kernels, others = kernels_and_others(net)
    rate = recipe.learning_rate
    options = {"momentum": recipe.momentum, "weight_decay": recipe.weight_decay}
    return [torch.optim.Muon(kernels, rate, **options), torch.optim.Adam(others, rate / 5)]


def kernels_and_others(net: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Return the trained kernels, and all other trained parameters."""
    trained = [parameter for parameter in net.parameters() if parameter.requires_grad]
    return [p for p in trained if p.ndim > 1], [p for p in trained if p.ndim <= 1]


def one_cycle(step: int, steps: int, warmup: float = 0.2) -> float:
    """Return the share of the peak at a step: a linear rise, then a linear fall to zero."""
    return float(np.interp(step, [0, warmup * steps, steps], [0, 1, 0]))


def vary(images: Tensor, flips: Tensor, shift: int) -> Tensor:
    """Flip some images, and shift each by up to some pixels along both axes."""
    images = torch.where(flips[:, None, None, None], images.flip(-1), images)
    padded = tf.pad(images, (shift,) * 4, mode="reflect")
    count, _, height, width = images.shape
    down, right = torch.randint(0, 2 * shift + 1, (2, count, 1, 1))
    rows = (down + torch.arange(height)[:, None]).expand(-1, -1, width)
    columns = (right + torch.arange(width)).expand(-1, height, -1)
    return padded.movedim(1, -1)[torch.arange(count)[:, None, None], rows, columns].movedim(-1, 1)


class Scale(nn.Module):
    """Multiplication by a constant."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, inputs: Tensor) -> Tensor:
        """Multiply."""
        return inputs * self.factor


def network(widths: tuple[int, int, int], images: Tensor) -> nn.Sequential:
    """Make airbench94 with whitening filters for some images."""
    layers: list[nn.Module] = [whitening(images), nn.GELU("tanh")]
    channels = 24
    for features in widths:
        norms = [nn.BatchNorm2d(features, 1e-12, momentum=0.4) for _ in range(2)]
        for norm in norms:
            norm.weight.requires_grad_(False)
        layers += [
            Convolution(channels, features),
            nn.MaxPool2d(2),
            norms[0],
            nn.GELU("tanh"),
            Convolution(features, features),
            norms[1],
            nn.GELU("tanh"),
        ]
        channels = features
    head = nn.Linear(channels, 10, bias=False)
    nn.init.normal_(head.weight, std=1 / math.sqrt(channels))
    return nn.Sequential(*layers, nn.MaxPool2d(3), nn.Flatten(), head, Scale(1 / 9))


class Convolution(nn.Module):
    """A padded 3×3 convolution without bias whose first filters pass on their channel.

    Its kernel is a matrix with one row per filter, as PyTorch's Muon needs it.
    """

    def __init__(self, channels: int, features: int) -> None:
        super().__init__()
        kernel = nn.Conv2d(channels, features, 3, bias=False).weight.detach()
        nn.init.dirac_(kernel[: min(channels, features)])
        self.weight = nn.Parameter(kernel.permute(0, 2, 3, 1).reshape(features, -1))

    def forward(self, inputs: Tensor) -> Tensor:
        """Convolve."""
        kernel = self.weight.view(len(self.weight), 3, 3, -1).permute(0, 3, 1, 2)
        return tf.conv2d(inputs, kernel, padding=1)


def whitening(images: Tensor, epsilon: float = 5e-4) -> nn.Conv2d:
    """Make a 2×2 convolution with frozen filters that whiten patches, and a trained bias."""
    patches = images.unfold(2, 2, 1).unfold(3, 2, 1).movedim(1, 3).reshape(-1, 12)
    values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
    filters = (vectors / (values + epsilon).sqrt()).flip(1).T.reshape(-1, 3, 2, 2)
    conv = nn.Conv2d(3, 24, 2)
    with torch.no_grad():
        conv.weight.copy_(torch.cat([filters, -filters]))
        nn.init.zeros_(conv.bias)  # pyright: ignore[reportArgumentType]
    conv.weight.requires_grad_(False)
    return conv

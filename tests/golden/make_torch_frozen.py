"""Makes `torch_frozen.npz`: what PyTorch's training steps do to a network that is frozen in part.

    python tests/golden/make_torch_frozen.py        # needs torch (made with 2.14.1) and numpy

The first batch norm is in eval mode with `requires_grad_(False)`, and so is the convolution after
it; what comes before and after is trained by SGD with momentum and weight decay. Arrays are
channels last, kernels `(*window, C_in, C_out)`: the layout of jaxcnn, not that of PyTorch.
"""

from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("torch_frozen.npz")
FROZEN = ("norm1", "conv2")
STEPS, RATE, MOMENTUM, DECAY = 3, 0.5, 0.9, 0.01


def main() -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    layers = {
        "conv1": nn.Conv2d(2, 4, 3, padding=1, bias=False),
        "norm1": nn.BatchNorm2d(4),
        "conv2": nn.Conv2d(4, 5, 3, padding=1, bias=False),
        "norm2": nn.BatchNorm2d(5),
        "fc": nn.Linear(5, 3),
    }
    with torch.no_grad():
        for norm in (layers["norm1"], layers["norm2"]):
            for array in (norm.weight, norm.running_var):
                array.copy_(torch.rand(norm.num_features) + 0.5)
            for array in (norm.bias, norm.running_mean):
                array.copy_(torch.randn(norm.num_features) / 2)
    for name in FROZEN:
        layers[name].eval().requires_grad_(False)
    images = rng.integers(0, 256, (8, 6, 6, 2)).astype(np.uint8)
    labels = np.arange(8) % 3
    found = {"images": images, "labels": labels} | arrays("before", layers)
    trained = [p for layer in layers.values() for p in layer.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(trained, RATE, momentum=MOMENTUM, weight_decay=DECAY)
    pixels = torch.tensor(images.transpose(0, 3, 1, 2) / 255, dtype=torch.float32)
    losses = []
    for _ in range(STEPS):
        hidden = torch.relu(layers["norm1"](layers["conv1"](pixels)))
        hidden = torch.relu(layers["norm2"](layers["conv2"](hidden)))
        logits = layers["fc"](hidden.mean((2, 3)))
        loss = nn.functional.cross_entropy(logits, torch.tensor(labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    np.savez_compressed(FILE, losses=losses, **found, **arrays("after", layers))


def arrays(when: str, layers) -> dict[str, np.ndarray]:
    """Return copies of all arrays by jaxcnn's names."""
    names = {"running_mean": "mean", "running_var": "var", "bias": "bias"}
    found = {}
    for layer, module in layers.items():
        for name, tensor in module.state_dict().items():
            if name == "num_batches_tracked":
                continue
            array = tensor.numpy().copy()
            scale = "scale" if array.ndim == 1 else "kernel"
            array = array.T if array.ndim == 2 else array
            array = array.transpose(2, 3, 1, 0) if array.ndim == 4 else array
            found[f"{when}/layers.{layer}.{names.get(name, scale)}"] = array
    return found


if __name__ == "__main__":
    main()

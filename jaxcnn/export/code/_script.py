"""The frame of a Python file: its functions are copied into the file that `_numpy_file` writes.

In the file, `network` and the constants are those of the network.
"""

from typing import Any

import numpy as np

ABOUT: dict[str, Any] = {}
"""What the network takes and returns."""


def network(images):
    """Compute the layers."""
    return images


fitted: Any = None
Image: Any = None
ImageOps: Any = None


def logits(inputs):
    """Compute the logits, or the numbers of a regression: one row per input."""
    inputs = np.asarray(inputs)
    shape = tuple(ABOUT["input_shape"])
    if inputs.shape[1:] != shape:
        raise ValueError(f"inputs: expected shape {('N', *shape)}, got {inputs.shape}")
    if ABOUT["kind"] == "images" and inputs.dtype != np.uint8:
        raise ValueError(f"inputs: expected pixels as uint8, got {inputs.dtype}")
    inputs = inputs.astype(np.int64 if ABOUT["kind"] == "tokens" else np.float32)
    batches = (inputs[i : i + 32] for i in range(0, len(inputs), 32))  # for memory
    nothing = np.empty((0, *ABOUT["output_shape"]), np.float32)
    return np.concatenate([nothing, *map(network, batches)])


def predict(inputs):
    """Return the probabilities of the classes, or the numbers of a regression."""
    found = logits(inputs)
    if ABOUT["task"] == "multilabel":
        return 1 / (1 + np.exp(-found))
    if ABOUT["task"] != "single":
        return found
    powers = np.exp(found - found.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def read(path):
    """Read inputs: the array in a .npy file, or a picture, which needs Pillow."""
    if path.endswith(".npy"):
        return np.load(path)
    if ABOUT["kind"] != "images":
        raise SystemExit(f"{path}: expected a .npy file")
    if Image is None:
        raise SystemExit("Pictures need one more package: pip install pillow")
    *size, channels = ABOUT["input_shape"]
    picture = ImageOps.exif_transpose(Image.open(path))
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    picture = picture.convert("L" if channels == 1 else "RGB")
    picture = fitted(picture, tuple(size), ABOUT.get("preprocessing"))
    return np.asarray(picture).reshape(1, *size, channels)


def main(*files):
    """Print the three most probable classes of each input, all labels, or the numbers."""
    names, task = ABOUT["class_names"], ABOUT["task"]
    for file in files:
        for row in predict(read(file)):
            found = [*zip(names, map(float, row), strict=True)]
            if task == "multilabel":
                found = [each for each in found if each[1] >= 0.5]
            if task in ("single", "multilabel"):
                found = sorted(found, key=lambda each: -each[1])
            shown = found[:3] if task == "single" else found
            print(file, ", ".join(f"{name} {number:.4g}" for name, number in shown) or "none")

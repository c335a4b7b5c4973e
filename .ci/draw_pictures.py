"""Draw 60 pictures of three classes (disks, squares, stripes) into a folder per class."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def draw(kind: str, rng: np.random.Generator) -> Image.Image:
    """Draw a shape at a random place, in random colors, of a random size, with noise."""
    height, width = rng.integers(150, 400, size=2)
    y, x = np.mgrid[:height, :width] - np.array([[[height]], [[width]]]) * rng.uniform(0.4, 0.6)
    side = min(height, width) * rng.uniform(0.2, 0.35)
    shape = {
        "disk": np.hypot(x, y) < side,
        "square": np.maximum(abs(x), abs(y)) < side,
        "stripes": np.sin(x / side * 9) > 0,
    }[kind]
    dark, bright = rng.integers(0, 110, 3), rng.integers(140, 256, 3)
    pixels = np.where(shape[..., None], bright, dark) + rng.normal(0, 12, (height, width, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


if __name__ == "__main__":
    generator = np.random.default_rng(0)
    for name in ("disk", "square", "stripes"):
        folder = Path(sys.argv[1]) / name
        folder.mkdir(parents=True)
        for number in range(20):
            draw(name, generator).save(folder / f"{number}.jpg")

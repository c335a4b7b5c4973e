"""Makes `timm_preprocessing.npz`: pictures as timm resizes and crops them for an evaluation.

python tests/golden/make_timm_preprocessing.py        # needs timm (made with 1.0.31) and Pillow
"""

from pathlib import Path

import numpy as np
from PIL import Image

FILE = Path(__file__).with_name("timm_preprocessing.npz")

NONE_CROPPED = {"crop_pct": 1.0}  # timm's default is 0.875

CASES = [
    # the picture, the input, and the fields of a Preprocessing
    ((37, 53), (16, 16), {"interpolation": "bicubic", "crop_pct": 0.875}),
    ((53, 37), (16, 16), {"interpolation": "bicubic", "crop_pct": 0.95}),
    ((41, 41), (15, 15), {"interpolation": "bilinear", "crop_pct": 1.0}),
    ((9, 14), (16, 16), {"interpolation": "bicubic", "crop_pct": 0.9}),
    ((9, 14), (16, 16), {"interpolation": "bilinear", "crop_pct": 0.875}),
    ((60, 31), (12, 20), {"interpolation": "bicubic", "crop_pct": 0.875}),
    ((31, 60), (21, 12), {"interpolation": "bilinear", "crop_pct": 0.965}),
    ((30, 47), (16, 16), {"interpolation": "bicubic", "crop_mode": "squash"}),
    ((30, 47), (16, 12), {"interpolation": "bilinear", "crop_pct": 0.9, "crop_mode": "squash"}),
    ((30, 47), (16, 16), {"interpolation": "bicubic", "crop_mode": "border"}),
    ((47, 30), (16, 13), {"interpolation": "bilinear", "crop_pct": 0.8, "crop_mode": "border"}),
    ((40, 33), (16, 16), {"interpolation": "lanczos", "crop_pct": 0.95}),
    ((40, 33), (16, 16), {"interpolation": "nearest", "crop_pct": 0.95}),
]


def picture(size, channels=3):
    """Return a picture with large shapes and noise, the same on every machine."""
    rng = np.random.default_rng(size[0] * 1000 + size[1])
    rows, columns = np.indices(size)
    waves = [127 + 90 * np.sin(rows / (3 + c) + columns / (5 - c)) for c in range(channels)]
    noise = rng.integers(-37, 38, (*size, channels))
    return np.clip(np.stack(waves, -1) + noise, 0, 255).astype(np.uint8)


def by_timm(pixels, size, fields):
    """Return pixels ``(H, W, C)`` as timm's evaluation sees them before its normalization."""
    from timm.data import create_transform

    channels = pixels.shape[-1]
    transform = create_transform(
        input_size=(channels, *size), is_training=False, normalize=False, **NONE_CROPPED | fields
    )
    image = Image.fromarray(pixels.squeeze(-1) if channels == 1 else pixels)
    return np.moveaxis(transform(image).numpy(), 0, -1)


if __name__ == "__main__":
    outputs = {str(i): by_timm(picture(size), *rest) for i, (size, *rest) in enumerate(CASES)}
    np.savez_compressed(FILE, **outputs)

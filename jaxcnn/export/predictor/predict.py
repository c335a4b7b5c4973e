"""Predict with an exported network, without JAX: python predict.py NETWORK.onnx PICTURE ...

Needs three packages: pip install numpy pillow onnxruntime. Pictures are resized and cropped as the
network expects them. A file that ends in .npy holds a batch of ready inputs, as NumPy saves it.
"""

import json
import math
import sys

import numpy as np
import onnxruntime
from PIL import Image, ImageOps


class Predictor:
    """A network in an ONNX file that jaxcnn wrote; `about` is what the file says of it."""

    def __init__(self, path: str) -> None:
        self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        content = self.session.get_modelmeta().custom_metadata_map
        self.about = {name: json.loads(text) for name, text in content.items()}

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """Return the probabilities of each input's classes, or the numbers of a regression."""
        taken, inside, task = (self.about[key] for key in ("input", "inside", "task"))
        if not inside["from_pixels"] and self.about["kind"] != "tokens":
            scale = 255 if inputs.dtype == np.uint8 else 1
            mean, std = (np.float32(self.about["normalization"][key]) for key in ("mean", "std"))
            inputs = (inputs.astype(np.float32) / np.float32(scale) - mean) / std
        (outputs,) = map(
            np.asarray, self.session.run(None, {taken["name"]: inputs.astype(taken["dtype"])})
        )
        if inside["softmax"] or task not in ("single", "multilabel"):
            return outputs
        if task == "multilabel":
            return 1 / (1 + np.exp(-outputs))
        powers = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

    def read(self, path: str) -> np.ndarray:
        """Read inputs: a batch of one picture, or the array in a .npy file."""
        if path.endswith(".npy"):
            return np.load(path)
        *size, channels = self.about["input_shape"]
        picture = ImageOps.exif_transpose(Image.open(path))
        if "A" in picture.getbands() or "transparency" in picture.info:
            picture = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
        picture = picture.convert("L" if channels == 1 else "RGB")
        if not self.about["inside"]["resize"]:
            picture = fitted(picture, tuple(size), self.about.get("preprocessing"))
        return np.asarray(picture).reshape(1, *picture.size[::-1], channels)


def fitted(picture: Image.Image, target: tuple[int, ...], how: dict | None) -> Image.Image:
    """Return a picture resized and cropped to a height and width, as in the training."""
    height, width = target
    if how is None:
        return ImageOps.fit(picture, (width, height), Image.Resampling.BILINEAR)
    scaled = [math.floor(side / how["crop_pct"]) for side in target]
    sides = picture.size[::-1]
    ratios = [own / side for own, side in zip(sides, scaled, strict=True)]
    if how["crop_mode"] == "center" and scaled[0] == scaled[1]:
        scaled = [int(scaled[0] * own / min(sides)) for own in sides]
    elif how["crop_mode"] != "squash":
        ratio = max(ratios) if how["crop_mode"] == "border" else min(ratios)
        scaled = [max(1, round(own / ratio)) for own in sides]
    resized = picture.resize(scaled[::-1], Image.Resampling[how["interpolation"].upper()])
    starts = [
        round((have - want) / 2) if have >= want else -((want - have) // 2)
        for have, want in zip(scaled, target, strict=True)
    ]
    canvas = Image.new("RGB", (width, height), tuple(how["fill"])).convert(picture.mode)
    canvas.paste(resized, (-starts[1], -starts[0]))
    return canvas


def main(path: str, *files: str) -> None:
    """Print the three most probable classes of each input, all labels, or the numbers."""
    predictor = Predictor(path)
    names, task = predictor.about["class_names"], predictor.about["task"]
    for file in files:
        for row in predictor(predictor.read(file)):
            found = [*zip(names, map(float, row), strict=True)]
            if task == "multilabel":
                found = [each for each in found if each[1] >= 0.5]
            if task in ("single", "multilabel"):
                found = sorted(found, key=lambda each: -each[1])
            shown = found[:3] if task == "single" else found
            print(file, ", ".join(f"{name} {number:.4g}" for name, number in shown) or "none")


if __name__ == "__main__":
    main(*sys.argv[1:])

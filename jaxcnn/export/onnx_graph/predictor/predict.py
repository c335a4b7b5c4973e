"""Predict with an exported network, without JAX: python predict.py NETWORK.onnx PICTURE ...

Needs three packages: pip install numpy pillow onnxruntime. Pictures are resized and cropped as the
network expects them. A file that ends in .npy holds a batch of ready inputs, as NumPy saves it:
pixels as uint8 of 0 to 255, other numbers as in the training.
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
        if "inside" not in content:
            raise ValueError("expected a file that jaxcnn.export.onnx wrote")
        self.about = {name: json.loads(text) for name, text in content.items()}

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """Return the probabilities of each input's classes, or the numbers of a regression."""
        taken, inside, kind = (self.about[key] for key in ("input", "inside", "kind"))
        inputs, shape = checked(inputs, kind), tuple(self.about["input_shape"])
        if inputs.shape[1:] != shape and not inside["resize"]:
            raise ValueError(f"inputs: expected shape {('N', *shape)}, got {inputs.shape}")
        if not inside["from_pixels"] and kind != "tokens":
            scale = np.float32(255 if kind == "images" else 1)
            mean, std = (np.float32(self.about["normalization"][key]) for key in ("mean", "std"))
            inputs = (inputs.astype(np.float32) / scale - mean) / std
        feed = {taken["name"]: inputs.astype(taken["dtype"])}
        outputs = np.asarray(self.session.run(None, feed)[0])
        return outputs if inside["softmax"] else predictions(outputs, self.about["task"])


# The functions but for `main` are also in the files that `jaxcnn.export.numpy` writes.


def checked(inputs: np.ndarray, kind: str) -> np.ndarray:
    """Check that images are pixels of 0 to 255; bring uint8 signals and volumes to 0 to 1."""
    if kind == "images" and inputs.dtype != np.uint8:
        raise ValueError(f"inputs: expected pixels as uint8, got {inputs.dtype}")
    if kind in ("signals", "volumes") and inputs.dtype == np.uint8:
        return inputs.astype(np.float32) / np.float32(255)
    return inputs


def predictions(outputs: np.ndarray, task: str) -> np.ndarray:
    """Return the probabilities of the classes, or the numbers of a regression."""
    if task == "multilabel":
        powers = np.exp(-np.abs(outputs))  # which do not overflow
        return np.where(outputs >= 0, 1, powers) / (1 + powers)
    if task != "single":
        return outputs
    powers = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def read(path: str, about: dict, as_is: bool = False) -> np.ndarray:
    """Read inputs: the array in a .npy file, or a picture, which is resized unless `as_is`."""
    if path.endswith(".npy"):
        return np.load(path)
    if about["kind"] != "images":
        raise ValueError("expected a .npy file")
    if Image is None:  # in a file with NumPy alone
        raise ImportError("pictures need one more package: pip install pillow")
    *size, channels = about["input_shape"]
    picture = ImageOps.exif_transpose(Image.open(path))
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    picture = picture.convert("L" if channels == 1 else "RGB")
    if not as_is:
        picture = fitted(picture, tuple(size), about.get("preprocessing"))
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


def show(file: str, rows: np.ndarray, about: dict) -> None:
    """Print the three most probable classes of each input, all labels, or the numbers."""
    names, task = about["class_names"], about["task"]
    for row in rows:
        found = [*zip(names, map(float, row), strict=True)]
        if task == "multilabel":
            found = [each for each in found if each[1] >= 0.5]
        if task in ("single", "multilabel"):
            found = sorted(found, key=lambda each: -each[1])
        shown = found[:3] if task == "single" else found
        print(file, ", ".join(f"{name} {number:.4g}" for name, number in shown) or "none")


def check_usage(arguments: tuple, least: int, usage: str) -> None:
    """Print how the program is used, and end, if that is asked for or arguments are missing."""
    if "-h" in arguments or "--help" in arguments:
        print(__doc__)
        raise SystemExit(0)
    if len(arguments) < least:
        print(f"usage: {usage}", file=sys.stderr)
        raise SystemExit(2)


def fault(file: str, error: Exception) -> SystemExit:
    """Print what is wrong with a file in one line, and return what ends the program."""
    text = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    print(f"{file}: {text.splitlines()[0]}", file=sys.stderr)
    return SystemExit(2)


def main(*arguments: str) -> None:
    """Print what a network predicts for each file."""
    check_usage(arguments, 2, "python predict.py NETWORK.onnx PICTURE ...")
    network, *files = arguments
    try:
        predictor = Predictor(network)
        as_is = predictor.about["inside"]["resize"]
    except Exception as error:
        raise fault(network, error) from None
    for file in files:
        try:
            outputs = predictor(read(file, predictor.about, as_is))
        except Exception as error:
            raise fault(file, error) from None
        show(file, outputs, predictor.about)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Makes `captum.npz`: what Captum says of a small network, class by class and for one unit.

    python tests/golden/make_captum.py   # needs captum and torch (made with 0.9.0 and 2.13.0)

Every entry is an attribution in float64 from images, targets and weights that NumPy draws here,
in the layout of jaxcnn: channels last. The network has batch norm and max-pooling, so these are
gone through, too: PyTorch's gradient of a max-pool goes where the maximum stood.
"""

import warnings
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_name("captum.npz")

INPUT_SHAPE = (6, 7, 2)
NUM_CLASSES = 3
TARGETS = np.array([0, 2])
UNIT = ("conv2", 1, (2, 0))  # layer, channel, row and column
BASELINE = 0.25
STEPS = 7
WINDOW, STRIDE = (3, 2), (2, 1)  # the last row of windows is cut at the edge

SHAPES = {
    "conv1.weight": (4, 2, 3, 3),
    "conv1.bias": (4,),
    "norm.weight": (4,),
    "norm.bias": (4,),
    "norm.running_mean": (4,),
    "norm.running_var": (4,),
    "conv2.weight": (5, 4, 3, 3),
    "conv2.bias": (5,),
    "out.weight": (NUM_CLASSES, 5),
    "out.bias": (NUM_CLASSES,),
}


def weights() -> dict[str, np.ndarray]:
    """The state dict, in float32."""
    drawn = {name: _generator(name).standard_normal(shape) for name, shape in SHAPES.items()}
    drawn["norm.running_var"] = np.exp(drawn["norm.running_var"])
    return {name: (values / 2).astype(np.float32) for name, values in drawn.items()}


def images() -> np.ndarray:
    """Inputs `(2, H, W, C)`, in float32."""
    return _generator("images").standard_normal((2, *INPUT_SHAPE)).astype(np.float32)


def _generator(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


def torch_model() -> Any:
    """The network in PyTorch, with the weights in float64."""
    import torch  # pyright: ignore[reportMissingImports]
    from torch import nn  # pyright: ignore[reportMissingImports]

    layers = OrderedDict(
        conv1=nn.Conv2d(2, 4, 3, padding=1),
        norm=nn.BatchNorm2d(4),
        relu1=nn.ReLU(),
        pool=nn.MaxPool2d(2),
        conv2=nn.Conv2d(4, 5, 3, padding=1),
        relu2=nn.ReLU(),
        mean=nn.AdaptiveAvgPool2d(1),
        flat=nn.Flatten(),
        out=nn.Linear(5, NUM_CLASSES),
    )
    model = nn.Sequential(layers)
    drawn = {name: torch.from_numpy(values) for name, values in weights().items()}
    model.load_state_dict(drawn, strict=False)  # all but the counter of batch norm
    return model.double().eval()


def captum_numbers() -> dict[str, np.ndarray]:
    """What Captum says, by the names of jaxcnn's functions."""
    import torch  # pyright: ignore[reportMissingImports]
    from captum import attr  # pyright: ignore[reportMissingImports]

    warnings.filterwarnings("ignore", "Setting (backward|forward) hooks")
    model, targets = torch_model(), torch.from_numpy(TARGETS)
    inputs = torch.from_numpy(np.moveaxis(images(), -1, 1).astype(np.float64)).requires_grad_()
    layer, channel, place = UNIT
    layer, neuron = getattr(model, layer), (channel, *place)
    integrated = attr.IntegratedGradients(model)
    cam = attr.LayerGradCam(model, model.relu2)
    maps = cam.attribute(inputs, targets, relu_attributions=True)
    found = {
        "logits": model(inputs),
        "saliency": attr.Saliency(model).attribute(inputs, targets, abs=False),
        "integrated_gradients": integrated.attribute(
            inputs, BASELINE, targets, n_steps=STEPS, method="gausslegendre"
        ),
        "guided_backprop": attr.GuidedBackprop(model).attribute(inputs, targets),
        "deconvnet": attr.Deconvolution(model).attribute(inputs, targets),
        "grad_cam": cam.interpolate(maps, INPUT_SHAPE[:2], "bilinear"),
        "occlusion": attr.Occlusion(model).attribute(
            inputs, (2, *WINDOW), (2, *STRIDE), BASELINE, targets
        ),
        "unit/guided_backprop": attr.NeuronGuidedBackprop(model, layer).attribute(inputs, neuron),
        "unit/deconvnet": attr.NeuronDeconvolution(model, layer).attribute(inputs, neuron),
    }
    arrays = {name: values.detach().numpy() for name, values in found.items()}
    arrays = {
        name: np.moveaxis(values, 1, -1) if values.ndim == 4 else values
        for name, values in arrays.items()
    }
    # One value a pixel: Captum repeats it for each channel of the images.
    return arrays | {name: arrays[name][..., 0] for name in ("grad_cam", "occlusion")}


def main() -> None:
    """Computes everything and writes the file."""
    np.savez_compressed(FILE, **captum_numbers())


if __name__ == "__main__":
    main()

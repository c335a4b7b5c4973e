"""Time networks exported to ONNX beside torchvision's, exported by PyTorch, in ONNX Runtime.

    python experiments/benchmarks/exported.py --out experiments/results/export

Both files hold the same weights, those of torchvision's network before training. ONNX Runtime runs
both with the same options, one image at a time and on all cores, and they take turns in one
process. jaxcnn's file takes pixels, channels last, and normalizes and transposes them itself;
"normalized" is the same file without the normalization. PyTorch's file takes normalized images,
channels first. Ratios are of medians, with 95% bootstrap intervals; they are above 1 where jaxcnn's
file is slower.

Needs torch, torchvision, onnx and onnxruntime.
"""

import dataclasses
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import torch
import torchvision
import tyro
from _onnx_runtime import predictor
from _results import facts, write_json
from _timing import interleave, ratio, spread

import jaxcnn
from jaxcnn.inference import Network, Normalization, functionalize
from jaxcnn.models import by_name, load_torch_state_dict

SIZE, CLASSES = 224, 1000
IMAGENET = Normalization((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
PIXELS, NORMALIZED, TORCH = "jaxcnn", "jaxcnn, normalized", "PyTorch"
PACKAGES = ("jax", "jaxlib", "flax", "onnx", "onnxruntime", "torch", "torchvision")


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        networks: Names of networks that are in `jaxcnn.models` and in `torchvision.models`.
        repeats: Largest number of rounds.
        seconds: Time for the rounds of one network.
        out: Folder for `exported.json`.
    """

    networks: tuple[str, ...] = ("resnet50",)
    repeats: int = 200
    seconds: float = 60.0
    out: Path | None = None


def exported(name: str, model: torch.nn.Module, *, from_pixels: bool) -> bytes:
    """Return the ONNX file of jaxcnn's network with the weights of torchvision's."""
    architecture = by_name(name).make(CLASSES)
    tensors = {key: tensor.numpy() for key, tensor in model.state_dict().items()}
    shape = (SIZE, SIZE, 3)
    apply, variables = functionalize(load_torch_state_dict(architecture, tensors, shape))
    names = tuple(map(str, range(CLASSES)))
    network = Network(apply, variables, IMAGENET, shape, names, architecture)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.onnx"
        jaxcnn.export.onnx(network, file, from_pixels=from_pixels, predictor=False)
        return file.read_bytes()


def exported_by_torch(model: torch.nn.Module) -> bytes:
    """Return the ONNX file that PyTorch writes."""
    file = io.BytesIO()
    torch.onnx.export(model, (torch.zeros(1, 3, SIZE, SIZE),), file, dynamo=False)
    return file.getvalue()


def predictors(name: str) -> dict[str, Callable[[], np.ndarray]]:
    """Return what is timed, by name; all return the same logits to rounding."""
    torch.manual_seed(0)
    model = getattr(torchvision.models, name)(num_classes=CLASSES).eval()
    pixels = np.random.default_rng(0).integers(0, 256, (1, SIZE, SIZE, 3), np.uint8)
    normalized = np.asarray(IMAGENET(jnp.asarray(pixels)))
    first = np.ascontiguousarray(normalized.transpose(0, 3, 1, 2))
    calls = {
        PIXELS: predictor(exported(name, model, from_pixels=True), pixels),
        NORMALIZED: predictor(exported(name, model, from_pixels=False), normalized),
        TORCH: predictor(exported_by_torch(model), first),
    }
    wanted = calls[TORCH]()
    for call in calls.values():
        assert np.linalg.norm(call() - wanted) < 1e-4 * np.linalg.norm(wanted)
    return calls


def main(config: Config) -> None:
    results = []
    for name in config.networks:
        calls = predictors(name)
        samples = interleave(calls, repeats=config.repeats, seconds=config.seconds)
        found = {each: ratio(samples[each], samples[TORCH]).interval for each in calls}
        print(f"{name}: {PIXELS} {found[PIXELS]}, {NORMALIZED} {found[NORMALIZED]} of {TORCH}")
        seconds = {each: spread(values) for each, values in samples.items()}
        results.append({"network": name, "seconds": seconds, "times_pytorch": found})
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(PACKAGES) | {"batch_size": 1, "image_size": SIZE}
        write_json(config.out / "exported.json", about | {"networks": results})


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

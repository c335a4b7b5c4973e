"""Makes `torch_models.npz`: what torchvision's networks are made of, and what they compute.

    python tests/golden/make_torch_models.py   # needs torchvision (made with 0.29.1, torch 2.14.1)

For each of `MODELS` and `LOGITS_ALONE`, `<model>/tensors` has the names and shapes in its state
dict, and for each of `LOGITS_ALONE`, `<model>/logits` its logits in float64. For each of `CASES`,
in float64: `<case>/logits`, `<case>/loss` (mean cross-entropy), and of the loss's gradient by each
parameter, in the order of the sorted names, `<case>/norms` and `<case>/projections`: its inner
product with `direction(name, shape)`, whose mean square over all directions is the square of the
norm. So two gradients of nearly the same projections are nearly the same, and no large array is
kept. Weights and inputs are drawn by NumPy, from seeds that the names give.
"""

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

FILE = Path(__file__).with_name("torch_models.npz")

MODELS = ("convnext_tiny", "densenet121", "efficientnet_b0", "mobilenet_v2", "resnet18")


class Case(NamedTuple):
    """A network, the size of its inputs, and whether batch norm and dropout are training."""

    model: str
    input_shape: tuple[int, int, int] = (40, 56, 3)
    train: bool = False


CASES = {
    **{model: Case(model) for model in MODELS},
    "resnet18, training": Case("resnet18", train=True),
}

# At least one network of each family, of those that take least time.
LOGITS_ALONE = {
    name: Case(name)
    for name in (
        *("efficientnet_v2_s", "googlenet", "mnasnet0_5", "mobilenet_v3_small", "regnet_x_400mf"),
        *("regnet_y_400mf", "resnext50_32x4d", "shufflenet_v2_x0_5", "squeezenet1_1"),
    )
} | {"inception_v3": Case("inception_v3", (75, 83, 3))}

NUM_CLASSES = 10
LABELS = np.array([1, 7])


def weight(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """A tensor of a state dict, in float32; of such a size that activations keep theirs."""
    normal = _generator(name).standard_normal(shape)
    match name.rpartition(".")[-1]:
        case "running_var":
            values = np.exp(0.2 * normal)
        case "running_mean" | "bias":
            values = 0.1 * normal
        case "layer_scale":
            values = 0.5 + 0.1 * normal
        case _ if len(shape) == 1:  # of a norm
            values = 0.8 + 0.1 * normal
        case _:
            values = normal * np.sqrt(2 / np.prod(shape[1:]))
    return values.astype(np.float32)


def direction(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Where to the gradient by a parameter is projected: normal numbers, in float32."""
    return _generator(f"direction {name}").standard_normal(shape).astype(np.float32)


def images(case: Case) -> np.ndarray:
    """Inputs `(2, H, W, C)`, in float32."""
    return _generator("images").standard_normal((2, *case.input_shape)).astype(np.float32)


def weights(case: Case, golden: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The state dict, from what the file says of its names and shapes."""
    pairs = (line.split(" ") for line in golden[f"{case.model}/tensors"])
    return drawn({name: tuple(map(int, shape.split(","))) for name, shape in pairs})


def drawn(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """A state dict of tensors of these names and shapes."""
    return {name: weight(name, shape) for name, shape in shapes.items()}


def _generator(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


def torch_model(case: Case) -> Any:
    """The network of torchvision, with the weights in float64."""
    import torch  # pyright: ignore[reportMissingImports]

    model = torch_network(case.model)
    for name, tensor in state_of(model).items():
        tensor.copy_(torch.from_numpy(weight(name, tuple(tensor.shape))))
    return model.double().train(case.train)


def torch_network(name: str, num_classes: int = NUM_CLASSES) -> Any:
    """The network of torchvision, without auxiliary classifiers."""
    import torchvision  # pyright: ignore[reportMissingImports]

    has_auxiliary = name in ("googlenet", "inception_v3")
    options = {"aux_logits": False, "init_weights": False} if has_auxiliary else {}
    return torchvision.models.get_model(name, num_classes=num_classes, **options)


def state_of(model: Any) -> dict[str, Any]:
    """The tensors of a network, without the counters of batch norm, which nothing depends on."""
    tensors = model.state_dict().items()
    return {name: tensor for name, tensor in tensors if not name.endswith("num_batches_tracked")}


def torch_logits(case: Case) -> np.ndarray:
    """Logits in float64."""
    import torch  # pyright: ignore[reportMissingImports]

    inputs = torch.from_numpy(np.moveaxis(images(case), -1, 1).astype(np.float64))
    with torch.no_grad():
        return torch_model(case)(inputs).numpy()


def torch_numbers(case: Case) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Logits, loss, and the loss's gradient by each parameter, in float64."""
    import torch  # pyright: ignore[reportMissingImports]

    model = torch_model(case)
    inputs = torch.from_numpy(np.moveaxis(images(case), -1, 1).astype(np.float64))
    logits = model(inputs)
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(LABELS))
    loss.backward()
    gradients = {name: parameter.grad.numpy() for name, parameter in model.named_parameters()}
    return logits.detach().numpy(), loss.detach().numpy(), gradients


def main() -> None:
    """Computes every case and writes the file."""
    arrays = {}
    for model in (*MODELS, *LOGITS_ALONE):
        tensors = state_of(torch_network(model)).items()
        lines = [f"{name} {','.join(map(str, tensor.shape))}" for name, tensor in tensors]
        arrays[f"{model}/tensors"] = np.array(lines)
    for name, case in CASES.items():
        logits, loss, gradients = torch_numbers(case)
        rows = [(key, gradients[key]) for key in sorted(gradients)]
        arrays[f"{name}/logits"], arrays[f"{name}/loss"] = logits, loss
        arrays[f"{name}/norms"] = np.array([np.linalg.norm(grad) for _, grad in rows])
        arrays[f"{name}/projections"] = np.array(
            [np.vdot(grad, direction(key, grad.shape)) for key, grad in rows]
        )
    for name, case in LOGITS_ALONE.items():
        arrays[f"{name}/logits"] = torch_logits(case)
    np.savez_compressed(FILE, **arrays)


if __name__ == "__main__":
    main()

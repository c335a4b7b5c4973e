"""Makes `timm_models.npz`: what timm's networks are made of, and what they compute.

    PYTHONPATH=tests python tests/golden/make_timm_models.py   # timm 1.0.31, torch 2.14.1

`names` and `parameters` have the names of all networks that jaxcnn has from timm, and their numbers
of parameters with 1000 classes. For each of `CASES`, at least one per way of naming weights,
`<model>/tensors` has the names and shapes in its state dict with 10 classes, and for each of
`LOGITS`, `<model>/logits` its logits in float64. Weights and inputs are those of
`make_torch_models.py`.
"""

from pathlib import Path
from typing import Any

import numpy as np
from golden.make_torch_models import NUM_CLASSES, Case, images, state_of, weight

FILE = Path(__file__).with_name("timm_models.npz")

LOGITS = {
    name: Case(name)
    for name in (
        *("convnext_atto", "efficientnetv2_rw_t", "fbnetc_100", "lcnet_035", "mnasnet_small"),
        *("mobilenetv3_small_050", "regnety_002", "resnet10t", "resnetrs50", "seresnet18"),
        *("tf_efficientnetv2_b0", "tf_mobilenetv3_small_minimal_100", "tinynet_e"),
    )
} | {"resnetaa34d": Case("resnetaa34d", (64, 96, 3))}

CASES = (*LOGITS, "convnext_large_mlp", "vgg11_bn")


def timm_network(name: str, num_classes: int = NUM_CLASSES) -> Any:
    """The network of timm, as its pretrained weights need it, but with new ones."""
    import timm  # pyright: ignore[reportMissingImports]

    # Timm has this epsilon for the pretrained weights alone.
    options = {"bn_eps": 1e-3} if name == "fbnetc_100" else {}
    return timm.create_model(name, num_classes=num_classes, **options).eval()


def timm_logits(case: Case) -> np.ndarray:
    """Logits in float64."""
    import torch  # pyright: ignore[reportMissingImports]

    model = timm_network(case.model)
    inputs = torch.from_numpy(np.moveaxis(images(case), -1, 1).astype(np.float64))
    with torch.no_grad():
        for name, tensor in state_of(model).items():
            tensor.copy_(torch.from_numpy(weight(name, tuple(tensor.shape))))
        return model.double()(inputs).numpy()


def main() -> None:
    """Computes every case and writes the file."""
    import torch  # pyright: ignore[reportMissingImports]

    from jaxcnn.models import list_timm_models

    names, parameters, arrays = list_timm_models(), [], {}
    for name in names:
        with torch.device("meta"):
            parameters.append(sum(each.numel() for each in timm_network(name, 1000).parameters()))
    for name in CASES:
        with torch.device("meta"):
            tensors = state_of(timm_network(name)).items()
        lines = [f"{key} {','.join(map(str, tensor.shape))}" for key, tensor in tensors]
        arrays[f"{name}/tensors"] = np.array(lines)
    for name, case in LOGITS.items():
        arrays[f"{name}/logits"] = timm_logits(case)
    np.savez_compressed(FILE, names=np.array(names), parameters=np.array(parameters), **arrays)


if __name__ == "__main__":
    main()

"""Makes `torch_pooling.npz`: what PyTorch says about pooling and transposed convolution.

    python tests/golden/make_torch_pooling.py        # needs torch (made with 2.13.0) and numpy

Every entry `<case>/inputs` has its arguments in `CASES` and its result in `<case>/outputs`. Arrays
are channels last, kernels `(*window, C_out, C_in)`: the layout of jaxcnn, not that of PyTorch.
"""

from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_name("torch_pooling.npz")

# name: (what, input shape without batch and channels, arguments in jaxcnn's words)
CASES: dict[str, tuple[str, tuple[int, ...], dict[str, Any]]] = {
    "max floor": ("max", (7, 7), {"window_shape": (2, 2)}),
    "max ceil": ("max", (7, 7), {"window_shape": (2, 2), "ceil_mode": True}),
    "max ceil padded": (
        "max",
        (7, 10),
        {"window_shape": (3, 4), "strides": (2, 3), "padding": (1, 2), "ceil_mode": True},
    ),
    "max ceil drops a window": (
        "max",
        (5,),
        {"window_shape": (2,), "strides": 4, "padding": 1, "ceil_mode": True},
    ),
    "max ceil 3d": ("max", (3, 5, 4), {"window_shape": (2, 2, 3), "ceil_mode": True}),
    "switches": (
        "switches",
        (7, 6),
        {"window_shape": (3, 2), "strides": 2, "padding": 1, "ceil_mode": True},
    ),
    "avg padded": ("avg", (6, 5), {"window_shape": (3, 3), "strides": 2, "padding": 1}),
    "avg padded, inputs only": (
        "avg",
        (6, 5),
        {"window_shape": (3, 3), "strides": 2, "padding": 1, "count_include_pad": False},
    ),
    "avg ceil": (
        "avg",
        (7, 6),
        {"window_shape": (3, 4), "strides": (2, 3), "padding": (1, 2), "ceil_mode": True},
    ),
    "avg ceil, inputs only": (
        "avg",
        (7, 6),
        {
            "window_shape": (3, 4),
            "strides": (2, 3),
            "padding": (1, 2),
            "ceil_mode": True,
            "count_include_pad": False,
        },
    ),
    "avg ceil 1d": ("avg", (8,), {"window_shape": (3,), "strides": 3, "ceil_mode": True}),
    "adaptive max": ("adaptive_max", (7, 5), {"output_shape": (3, 4)}),
    "adaptive avg": ("adaptive_avg", (7, 5), {"output_shape": (3, 4)}),
    "adaptive avg enlarging": ("adaptive_avg", (2, 3), {"output_shape": (5, 3)}),
    "adaptive max 3d": ("adaptive_max", (5, 4, 3), {"output_shape": (2, 3, 2)}),
    "transpose": ("conv_transpose", (4, 3), {"window": (3, 2), "strides": (2, 3), "padding": 0}),
    "transpose padded": (
        "conv_transpose",
        (4, 5),
        {"window": (3, 4), "strides": 2, "padding": (1, 2)},
    ),
    "transpose dilated": (
        "conv_transpose",
        (5,),
        {"window": (3,), "strides": 2, "padding": 1, "kernel_dilation": 2},
    ),
}


def channels_first(array):
    """Moves the channels of (N, *spatial, C) to the front, for PyTorch."""
    return np.ascontiguousarray(np.moveaxis(array, -1, 1))


def torch_outputs(torch, what: str, inputs, arguments: dict[str, Any], kernel):
    """Computes one case by PyTorch, as `(N, *spatial, C)`."""
    functional = torch.nn.functional
    rank = inputs.ndim - 2
    x = torch.from_numpy(channels_first(inputs))
    if what == "conv_transpose":
        # PyTorch's layout is (C_in, C_out, *window).
        weight = torch.from_numpy(np.ascontiguousarray(np.moveaxis(kernel, (-1, -2), (0, 1))))
        y = getattr(functional, f"conv_transpose{rank}d")(
            x,
            weight,
            stride=arguments["strides"],
            padding=arguments["padding"],
            dilation=arguments.get("kernel_dilation", 1),
        )
    elif what.startswith("adaptive"):
        y = getattr(functional, f"{what}_pool{rank}d")(x, arguments["output_shape"])
    else:
        renamed = {"window_shape": "kernel_size", "strides": "stride"}
        renamed_arguments = {renamed.get(name, name): value for name, value in arguments.items()}
        if what == "switches":
            _, y = getattr(functional, f"max_pool{rank}d")(
                x, **renamed_arguments, return_indices=True
            )
        else:
            y = getattr(functional, f"{what}_pool{rank}d")(x, **renamed_arguments)
    return np.moveaxis(y.numpy(), 1, -1)


def main():
    """Computes every case and writes the file."""
    import torch  # pyright: ignore[reportMissingImports]

    random = np.random.default_rng(0)
    arrays = {}
    for name, (what, sizes, arguments) in CASES.items():
        inputs = random.standard_normal((2, *sizes, 3)).astype(np.float32)
        kernel = None
        if what == "conv_transpose":
            kernel = random.standard_normal((*arguments["window"], 2, 3)).astype(np.float32)
            arrays[f"{name}/kernel"] = kernel
        arrays[f"{name}/inputs"] = inputs
        arrays[f"{name}/outputs"] = torch_outputs(torch, what, inputs, arguments, kernel)
    np.savez_compressed(FILE, **arrays)


if __name__ == "__main__":
    main()

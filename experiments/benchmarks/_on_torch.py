"""A layer's forward pass and gradients in PyTorch."""

from collections.abc import Callable

import numpy as np
import torch
from _layers import Layer
from torch.nn import functional

CONV = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
CONV_TRANSPOSE = {
    1: functional.conv_transpose1d,
    2: functional.conv_transpose2d,
    3: functional.conv_transpose3d,
}
CHANNELS_LAST = {2: torch.channels_last, 3: torch.channels_last_3d}


def layouts(layer: Layer) -> list[str]:
    """Return the memory formats that PyTorch supports for a layer."""
    return ["channels-first", *(["channels-last"] if len(layer.window) in CHANNELS_LAST else [])]


def make_call(
    layer: Layer, direction: str, layout: str, first: np.ndarray, second: np.ndarray
) -> tuple[Callable[[], torch.Tensor], Callable[[torch.Tensor], np.ndarray]]:
    """Prepare one direction of a layer on JAX's arrays, which are channels last.

    Returns:
        A function that runs it, and one that brings its result to JAX's layout.
    """
    rank = len(layer.window)

    def put(tensor: torch.Tensor) -> torch.Tensor:
        if layout == "channels-first":
            return tensor.contiguous()
        return tensor.contiguous(memory_format=CHANNELS_LAST[rank])

    def images(array: np.ndarray) -> torch.Tensor:
        return put(torch.from_numpy(array).movedim(-1, 1))

    def kernel(array: np.ndarray) -> torch.Tensor:
        return put(_flip(layer, _to_torch(layer, torch.from_numpy(array))))

    options = ((layer.stride,) * rank, layer.pads, (layer.dilation,) * rank)
    stride, padding, dilation = options
    extra = (layer.output_padding,) * rank

    def gradients(outputs, inputs, weight, mask):
        return torch.ops.aten.convolution_backward(
            *(outputs, inputs, weight, None, stride, padding, dilation),
            *(layer.transposed, extra, layer.groups, mask),
        )

    def from_images(tensor: torch.Tensor) -> np.ndarray:
        return tensor.movedim(1, -1).numpy()

    def from_kernel(tensor: torch.Tensor) -> np.ndarray:
        return _from_torch(layer, _flip(layer, tensor)).numpy()

    if direction == "forward":
        x, w = images(first), kernel(second)
        if layer.transposed:
            conv = CONV_TRANSPOSE[rank]
            return lambda: conv(x, w, None, stride, padding, extra, layer.groups), from_images
        return lambda: CONV[rank](x, w, None, stride, padding, dilation, layer.groups), from_images
    if direction == "input gradient":
        g, w = images(first), kernel(second)
        x = images(np.zeros(layer.input_shape, np.float32))
        return lambda: gradients(g, x, w, (True, False, False))[0], from_images
    x, g = images(first), images(second)
    w = kernel(np.zeros(layer.kernel_shape, np.float32))
    return lambda: gradients(g, x, w, (False, True, False))[1], from_kernel


def _to_torch(layer: Layer, kernel: torch.Tensor) -> torch.Tensor:
    """Convert a kernel ``(*window, C_in / groups, C_out)`` to PyTorch's axis order.

    The input channels of a transposed convolution's kernel come first there.
    """
    kernel = kernel.movedim((-1, -2), (0, 1))
    return kernel.transpose(0, 1) if layer.transposed else kernel


def _from_torch(layer: Layer, kernel: torch.Tensor) -> torch.Tensor:
    kernel = kernel.transpose(0, 1) if layer.transposed else kernel
    return kernel.movedim((0, 1), (-1, -2))


def _flip(layer: Layer, kernel: torch.Tensor) -> torch.Tensor:
    """Flip a transposed convolution's kernel: PyTorch uses the adjoint, JAX the kernel."""
    return kernel.flip(tuple(range(2, kernel.ndim))) if layer.transposed else kernel

"""Patches: what a sliding window sees at each position (im2col), and their sum back (col2im)."""

from collections.abc import Sequence
from functools import partial
from itertools import product
from math import prod

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn._support.arrays import as_operand
from jaxcnn.functional._padding import PaddingLike, is_named
from jaxcnn.functional._resolve import IntOrInts, conv_window, spatial_shape_of
from jaxcnn.lowering import SlidingWindow


def patches(
    inputs: ArrayLike,
    window_shape: Sequence[int],
    *,
    strides: IntOrInts = 1,
    padding: PaddingLike = "VALID",
    kernel_dilation: IntOrInts = 1,
) -> Array:
    """Extract the patch under each position of a sliding window, as one row per position (im2col).

    A convolution is a matrix product with patches: ``conv(x, kernel, padding="VALID")`` is
    ``patches(x, kernel.shape[:-2]) @ kernel.reshape(-1, kernel.shape[-1])``. The values of a patch
    are in the order of a kernel, `(*window, C)`, as in `tf.image.extract_patches`. PyTorch's
    `unfold` and `jax.lax.conv_general_dilated_patches` order them `(C, *window)`. `fold` is the
    adjoint.

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`; any dtype.
        window_shape: Sizes of the window, one per spatial dimension (1 to 3 sizes).
        strides: Steps of the window: an int, or one int per dimension.
        padding: `"VALID"` (none), `"SAME"`, `"CIRCULAR"`, an int, an int per dimension, or a (low,
            high) pair per dimension. The padding is zeros, except for CIRCULAR.
        kernel_dilation: Distance between neighboring elements of the window.

    Returns:
        `(N, *positions, prod(window_shape) * C)`, without N for one example, in the inputs' dtype.

    Raises:
        ValueError: If the window is larger than the padded input, or an argument is out of range.
        TypeError: If an integer argument is not an integer.

    Example:
        >>> x = jnp.arange(12).reshape(3, 4, 1)
        >>> patches(x, (2, 2), strides=2).tolist()
        [[[0, 1, 4, 5], [2, 3, 6, 7]]]

    Source: Chellapilla, Puri and Simard, "High performance convolutional neural networks for
    document processing", 2006.
    """
    inputs = as_operand("inputs", inputs)
    rank = len(window_shape)
    spatial_shape = spatial_shape_of(inputs, rank, implied_by="window_shape")
    window = conv_window(
        spatial_shape,
        window_shape,
        strides=strides,
        padding=padding,
        kernel_dilation=kernel_dilation,
    )
    return _patches(inputs, window, "wrap" if is_named(padding, "CIRCULAR") else "constant")


def fold(
    patches: ArrayLike,
    spatial_shape: Sequence[int],
    window_shape: Sequence[int],
    *,
    strides: IntOrInts = 1,
    padding: PaddingLike = "VALID",
    kernel_dilation: IntOrInts = 1,
) -> Array:
    """Add patches up to an image, each at its position (col2im): the adjoint of `patches`.

    Where patches overlap, their values are added, as in PyTorch's `fold`. So `fold` undoes
    `patches` exactly where each pixel lies in one patch, as with strides of the window's size.
    Elsewhere, divide by ``fold(jnp.ones_like(p), ...)``, which counts the patches of each pixel.
    For all x and p, ``vdot(patches(x), p) == vdot(x, fold(p))``.

    Args:
        patches: `(N, *positions, prod(window_shape) * C)`, or one example without N; floating
            point, in the order of the function `patches`.
        spatial_shape: Spatial sizes of the image, such as `(H, W)`.
        window_shape: Sizes of the window, one per spatial dimension (1 to 3 sizes).
        strides: Steps of the window: an int, or one int per dimension.
        padding: `"VALID"` (none), `"SAME"`, `"CIRCULAR"`, an int, an int per dimension, or a (low,
            high) pair per dimension.
        kernel_dilation: Distance between neighboring elements of the window.

    Returns:
        `(N, *spatial_shape, C)`, without N for one example, in the dtype of the patches.

    Raises:
        ValueError: If the patches have not as many positions or values as the other arguments say,
            the window is larger than the padded image, or an argument is out of range.
        TypeError: If the patches are not floating point, or an integer argument is not an integer.

    Example:
        >>> x = jnp.arange(16.0).reshape(4, 4, 1)
        >>> bool((fold(patches(x, (2, 2), strides=2), (4, 4), (2, 2), strides=2) == x).all())
        True
    """
    rows = as_operand("patches", patches)
    if not jnp.issubdtype(rows.dtype, jnp.inexact):
        raise TypeError(f"patches: expected floating point, got {rows.dtype}")
    rank = len(window_shape)
    spatial_shape_of(rows, rank, implied_by="window_shape", name="patches")
    window = conv_window(
        spatial_shape,
        window_shape,
        strides=strides,
        padding=padding,
        kernel_dilation=kernel_dilation,
    )
    channels, rest = divmod(rows.shape[-1], prod(window.sizes))
    if rows.shape[-1 - rank : -1] != window.outputs or rest or not channels:
        raise ValueError(
            f"patches: expected shape (N, *{window.outputs}, C * {prod(window.sizes)}), got "
            f"{rows.shape}"
        )
    image = jax.ShapeDtypeStruct((*rows.shape[: -1 - rank], *window.shape, channels), rows.dtype)
    mode = "wrap" if is_named(padding, "CIRCULAR") else "constant"
    (total,) = jax.linear_transpose(partial(_patches, window=window, mode=mode), image)(rows)
    return total


def _patches(inputs: Array, window: SlidingWindow, mode: str) -> Array:
    """Return one slice of the padded inputs per element of the window, concatenated."""
    rank = len(window.sizes)
    before = inputs.ndim - 1 - rank
    around = [*[(0, 0)] * before, *window.padding, (0, 0)]
    padded = jnp.pad(inputs, around, mode=mode)  # pyright: ignore[reportArgumentType]
    dilation = window.dilation or (1,) * rank
    taps = []
    for element in product(*map(range, window.sizes)):
        starts = [place * step for place, step in zip(element, dilation, strict=True)]
        ends = [
            start + (size - 1) * stride + 1
            for start, size, stride in zip(starts, window.outputs, window.strides, strict=True)
        ]
        taps.append(
            lax.slice(
                padded,
                (*(0,) * before, *starts, 0),
                (*inputs.shape[:before], *ends, inputs.shape[-1]),
                (*(1,) * before, *window.strides, 1),
            )
        )
    return jnp.concatenate(taps, axis=-1)

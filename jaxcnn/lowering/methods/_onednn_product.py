"""Matrix products by oneDNN, for 1×1 convolutions and their kernel gradients.

For a kernel gradient, XLA transposes the tall matrix in memory before it multiplies. oneDNN does
not, and takes about half the time. In predictions, oneDNN does what follows a product while the
output is in a register, and unlike its convolution, it takes the kernel as it is.

Source: ``onednn_matmul.cc`` and ``onednn_config.proto`` of XLA.
"""

import json
from collections.abc import Sequence

import jax
from jax import Array

from jaxcnn.lowering._onednn_support import ONEDNN_MATMUL


def onednn_sum_rows(first: Array, second: Array) -> Array:
    """Multiply float32 matrices ``(P, M)`` and ``(P, N)``, and sum over the rows P.

    The narrower one is transposed, which is faster.

    Returns:
        ``(M, N)``.
    """
    if first.shape[-1] > second.shape[-1]:
        return onednn_sum_rows(second, first).T
    return _call((first.shape[-1], second.shape[-1]), (first, second), transposes=True)


def onednn_product(
    rows: Array, kernel: Array, operations: Sequence[str], operands: Sequence[Array]
) -> Array:
    """Multiply float32 matrices ``(P, C)`` and ``(C, O)``, and go on with the products.

    Args:
        rows: The first matrix.
        kernel: The second matrix.
        operations: What oneDNN does with each output before it is written, by XLA's names.
        operands: The arrays that the operations take, in order, as matrices.

    Returns:
        ``(P, O)``.
    """
    shape = len(rows), kernel.shape[-1]
    return _call(shape, (rows, kernel, *operands), transposes=False, operations=operations)


def _call(
    shape: tuple[int, int],
    arrays: Sequence[Array],
    *,
    transposes: bool,
    operations: Sequence[str] = (),
) -> Array:
    content = {
        "transpose_a": transposes,
        "transpose_b": False,
        "fusions": {"ops": list(operations)},
    }
    call = jax.ffi.ffi_call(
        ONEDNN_MATMUL,
        jax.ShapeDtypeStruct(shape, arrays[0].dtype),
        custom_call_api_version=1,
        legacy_backend_config=json.dumps({"onednn_matmul_config": content}),
    )
    return call(*arrays)

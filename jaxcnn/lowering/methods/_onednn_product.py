"""Products of a transposed matrix by oneDNN, for kernel gradients of 1×1 convolutions.

XLA transposes the tall matrix in memory before it multiplies. oneDNN does not, and takes about half
the time.

Source: ``onednn_matmul.cc`` and ``onednn_config.proto`` of XLA.
"""

import json

import jax
from jax import Array

from jaxcnn.lowering._onednn_support import ONEDNN_MATMUL

CONFIGURATION = json.dumps({"onednn_matmul_config": {"transpose_a": True, "transpose_b": False}})


def onednn_sum_rows(first: Array, second: Array) -> Array:
    """Multiply float32 matrices ``(P, M)`` and ``(P, N)``, and sum over the rows P.

    The narrower one is transposed, which is faster.

    Returns:
        ``(M, N)``.
    """
    if first.shape[-1] > second.shape[-1]:
        return onednn_sum_rows(second, first).T
    call = jax.ffi.ffi_call(
        ONEDNN_MATMUL,
        jax.ShapeDtypeStruct((first.shape[-1], second.shape[-1]), first.dtype),
        custom_call_api_version=1,
        legacy_backend_config=CONFIGURATION,
    )
    return call(first, second)

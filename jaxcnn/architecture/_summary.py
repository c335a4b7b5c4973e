"""A network in one table, before an array exists."""

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.typing import DTypeLike

from jaxcnn._support.arguments import check_int
from jaxcnn.architecture._build import check_input_shape, warn_of_axes
from jaxcnn.architecture._layer import Layer, Shape
from jaxcnn.architecture._summary_of_layers import summary_of_layers
from jaxcnn.architecture._summary_of_module import summary_of_module
from jaxcnn.architecture._summary_table import Summary


def summary(
    network: Layer | nnx.Module,
    input_shape: Shape,
    *,
    batch_size: int = 1,
    dtype: DTypeLike = jnp.float32,
) -> Summary:
    """Everything about a network that can be known before an array exists.

    Of an architecture there is a row for each layer, and for each sum or concatenation: shapes,
    parameters, multiply-accumulates, memory and what it sees of the input, from the data alone.
    Nothing is traced, and no device is used.

    Memory of the activations follows a plain model, in which no layer works in place and none is
    fused with the next. In inference, a tensor lives from the layer that makes it to the last
    one that reads it: the shortcut of a Residual is held while its layers run, and what the
    branches of a Parallel made, until it is joined. Training keeps all of them, the network's
    input included, for the backward pass. A compiler may need less.

    Of a Flax module there is a row for each call of a module that holds weights or contains no
    other modules, found by tracing the network in eval mode without running it: the output's
    shape, and at its first call the parameters and the bytes of its weights. Modules that are
    never called come last.

    Args:
        network: an architecture, or any `nnx.Module` called as ``module(inputs)``.
        input_shape: of one example, with no batch axis: ``(H, W, C)``.
        batch_size: examples that all costs are for.
        dtype: of weights and activations; for a module, of the inputs.

    Returns:
        The table: `print` it, or take its `rows`, its totals, `to_markdown()` or `to_json()`.

    Raises:
        TypeError: if `network` is neither, or `batch_size` no integer, or `dtype` no dtype.
        ValueError: if `input_shape` holds no positive integers, or a layer does not fit where it
            stands; the error names the layer.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(8, 3), jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> table = jaxcnn.summary(net, (32, 32, 3))
        >>> table.parameters, table.macs, table.flops
        (82154, 303104, 606208)
        >>> [row.output_shape for row in table.rows]
        [(32, 32, 8), (8192,), (10,)]
    """
    shape = check_input_shape(input_shape)
    warn_of_axes(shape, stacklevel=2)
    check_int("batch_size", batch_size)
    batch_size = int(batch_size)  # NumPy's integers overflow
    kind = _checked(dtype)
    if isinstance(network, Layer):
        return summary_of_layers(network, shape, batch_size, kind.name, kind.itemsize)
    if isinstance(network, nnx.Module) and callable(network):
        return summary_of_module(network, shape, batch_size, kind)
    raise TypeError(
        "network must be a layer such as Sequential, or an nnx.Module that can be called, got "
        f"{type(network).__name__}"
    )


def _checked(dtype: DTypeLike) -> np.dtype:
    try:
        kind = jnp.dtype(dtype)
    except TypeError:
        kind = None
    # NumPy takes None for float64, and has dtypes of texts and objects, too.
    if kind is None or dtype is None or not jnp.issubdtype(kind, jnp.number):
        raise TypeError(f"dtype must be a dtype such as jnp.float32, got {dtype!r}")
    return kind

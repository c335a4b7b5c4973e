"""Check that the modules of custom layers return what the layers say."""

import jax.numpy as jnp
from flax import nnx

from jaxcnn.architecture._walk import walk
from jaxcnn.layers import LAYERS, ArchitectureError, Layer, Shape, call

BATCH = 2
"""The number of examples with which a module is traced."""


def check_custom_layers(architecture: Layer, input_shape: Shape) -> None:
    """Raise ArchitectureError if the module of a custom layer does not return its `output_shape`.

    The layers of the library are tested for this, so that only others are traced.

    Args:
        architecture: The network as data.
        input_shape: Shape of one example, already checked.
    """
    for visit in walk(architecture, input_shape):
        if type(visit.layer) in LAYERS:
            continue
        found = _traced_shape(visit.layer, visit.input_shape)
        if found in (None, (BATCH, *visit.output_shape)):
            continue
        label = visit.layer.label(visit.input_shape)
        place, message = (visit.path, f"{label}: ") if visit.path else (f"{label}:", "")
        raise ArchitectureError(
            place,
            f"{message}expected outputs of shape {_text((BATCH, *visit.output_shape))} for inputs "
            f"of shape {_text((BATCH, *visit.input_shape))}, as output_shape says, got "
            f"{_text(found)} from its module",
        )


def _traced_shape(layer: Layer, input_shape: Shape) -> Shape | None:
    """Return the shape of what the layer's module returns; None if it takes other dtypes."""

    def outputs(dtype) -> object:
        module = layer.build(input_shape, rngs=nnx.Rngs(0))
        return call(module, jnp.zeros((BATCH, *input_shape), dtype), train=False, key=None)

    for dtype in (jnp.float32, jnp.int32):
        try:
            made = nnx.eval_shape(lambda dtype=dtype: outputs(dtype))
        except TypeError:
            continue
        return getattr(made, "shape", ())
    return None


def _text(shape: Shape) -> str:
    """Write a shape with N for the batch axis.

    Example:
        >>> _text((2, 8, 8)), _text((8, 2)), _text((2,))
        ('(N, 8, 8)', '(8, 2)', '(N,)')
    """
    return str(shape).replace(f"({BATCH},", "(N,", 1)

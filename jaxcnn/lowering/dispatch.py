"""Which method computes a convolution."""

from collections.abc import Callable

from jax import Array

from jaxcnn.lowering._convolution import Convolution

Method = Callable[[Convolution, Array, Array], Array]
"""``method(convolution, lhs, rhs)``: the convolution, with plain JAX operations."""


def choose(convolution: Convolution, *, devices: int) -> Method | None:  # noqa: ARG001
    """Choose the method for a CPU.

    Args:
        convolution: what is to be computed on one device.
        devices: number of devices that share the machine's cores.

    Returns:
        A method, or None for XLA's own convolution.
    """
    return None

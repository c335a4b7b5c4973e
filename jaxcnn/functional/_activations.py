"""Activations that `jax.nn` lacks, or has only as an option."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arrays import as_operand


def exact_gelu(x: ArrayLike) -> Array:
    """Compute the Gaussian error linear unit (GELU) exactly, with the error function.

    Use it with weights from PyTorch: PyTorch's ``GELU`` is the same function. `gelu` approximates
    this function with tanh; the error is at most 5e-4.

        exact_gelu(x) = x Φ(x) = x (1 + erf(x / √2)) / 2

    where Φ is the cumulative distribution function of the normal distribution.

    Args:
        x: Array of any shape, of a real dtype.

    Returns:
        Array of the shape of `x`. If `x` is floating point, the array has the dtype of `x`.

    Example:
        >>> from jaxcnn import functional as F
        >>> [round(float(y), 4) for y in F.exact_gelu(jnp.array([-1.0, 0.0, 1.0]))]
        [-0.1587, 0.0, 0.8413]

    Source: Hendrycks and Gimpel 2016, *Gaussian Error Linear Units*.
    """
    return jax.nn.gelu(as_operand("x", x), approximate=False)


def heaviside(x: ArrayLike) -> Array:
    """Compute the Heaviside step function: 1 where x > 0, and 0 elsewhere, including at 0.

    The step function is the derivative that JAX uses for `relu`, also at 0. The derivative of the
    step function is 0 everywhere, so no gradients reach the layers before a step function.

    Args:
        x: Array of any shape, of a real dtype.

    Returns:
        Zeros and ones, of the shape and dtype of `x`; NaN stays NaN.

    Example:
        >>> from jaxcnn import functional as F
        >>> F.heaviside(jnp.array([-2.0, 0.0, 3.0]))
        Array([0., 0., 1.], dtype=float32)

    Source: Rosenblatt, "The perceptron", Psychological Review 65 (1958).
    """
    return jnp.maximum(jnp.sign(as_operand("x", x)), 0)


def thresholded_relu(x: ArrayLike, threshold: float = 0.0) -> Array:
    """Pass values above a threshold unchanged and set all others to 0.

        thresholded_relu(x) = x if x > threshold, else 0

    With threshold 0, the function is `relu`. With any other threshold, the output jumps from 0 to
    `threshold` where x passes `threshold`. ``relu(x - threshold)`` has no jump, but its values
    above the threshold are lower by `threshold`.

    Args:
        x: Array of any shape, of a real dtype.
        threshold: The largest value that is still set to 0, in the units of `x`.

    Returns:
        Array of the shape and dtype of `x`; NaN stays NaN.

    Example:
        >>> from jaxcnn import functional as F
        >>> F.thresholded_relu(jnp.array([-2.0, 0.5, 1.0, 3.0]), threshold=1.0)
        Array([0., 0., 0., 3.], dtype=float32)

    Source: Konda, Memisevic, Krueger, "Zero-bias autoencoders and the benefits of
    co-adapting features" (2015), https://arxiv.org/abs/1402.3337
    """
    x = as_operand("x", x)
    return jnp.where(jnp.less_equal(x, threshold), 0, x)

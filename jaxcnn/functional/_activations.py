"""The activations of the textbooks that jax.nn lacks, or has under an option."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike


def exact_gelu(x: ArrayLike) -> Array:
    """Each value times the share of a normal distribution that lies below it.

    ``x * (1 + erf(x / sqrt(2))) / 2``. `gelu` replaces it by a formula with tanh, which is off by
    up to 5e-4; PyTorch's ``GELU`` is this one.

    Args:
        x: Array of any shape, of a real dtype.

    Returns:
        Array of the shape of `x`, and of its dtype where that is a float.

    Example:
        >>> from jaxcnn import functional as F
        >>> [round(float(y), 4) for y in F.exact_gelu(jnp.array([-1.0, 0.0, 1.0]))]
        [-0.1587, 0.0, 0.8413]

    Source: Hendrycks and Gimpel 2016, *Gaussian Error Linear Units*.
    """
    return jax.nn.gelu(x, approximate=False)


def heaviside(x: ArrayLike) -> Array:
    """Heaviside step: 1 where x > 0 and 0 elsewhere, so ``heaviside(0)`` is 0.

    It is the derivative of `relu` as JAX defines it, also at 0. Its own derivative is 0
    everywhere, so nothing before it can learn by gradients.

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
    return jnp.maximum(jnp.sign(x), 0)


def thresholded_relu(x: ArrayLike, threshold: float = 0.0) -> Array:
    """Pass what lies above the threshold unchanged and set the rest to 0.

    ``x if x > threshold else 0``: at threshold 0 this is `relu`; elsewhere it jumps by
    `threshold` there. (``relu(x - threshold)`` would shift instead of jump.)

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
    return jnp.where(jnp.less_equal(x, threshold), 0, x)

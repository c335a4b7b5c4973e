"""Apply an attribution method to all classes, in one compiled program of bounded memory."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn.explain._inputs import Model, as_array, as_inputs, subject_of


def for_every_class(
    method: Callable[[Model, Array, Array], Array],
    model: Model,
    images: ArrayLike,
    *,
    num_classes: int,
    batch_size: int = 64,
) -> Array:
    """Apply an attribution method to every class of every image.

    All pairs of an image and a class go through one `jax.lax.map`, `batch_size` pairs at a time.
    Under `jax.jit`, the computation is one program. The memory of this program does not grow with
    the number of images or classes.

    Args:
        method: The attribution method, such as `saliency`. Bind its other arguments first:
            ``functools.partial(smooth_grad, key=key)``. For occlusion, use
            `occlusion_for_every_class` instead, which is about K times as fast for K classes.
        model: A built module, a trained network or a run.
        images: Images ``(N, H, W, C)`` in the form that the model expects.
        num_classes: Number of classes to explain: 0 to ``num_classes - 1``.
        batch_size: Pairs per batch.

    Returns:
        ``(num_classes, N, ...)``: for each class, ``method(model, images, class)``. A method with
        random numbers uses the same random numbers for every pair.

    Raises:
        TypeError: If the method raises a TypeError, or `num_classes` or `batch_size` is not an
            integer.
        ValueError: If the method raises a ValueError. Also if `num_classes` or `batch_size` is not
            positive, or if the model has fewer than `num_classes` classes.

    Example:
        >>> import jax, jaxcnn
        >>> from flax import nnx
        >>> from jaxcnn.explain import saliency
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(3)])
        >>> model = jaxcnn.build(net, (4, 4, 1), rngs=nnx.Rngs(0))
        >>> for_every_class(saliency, model, jax.numpy.ones((2, 4, 4, 1)), num_classes=3).shape
        (3, 2, 4, 4, 1)
    """
    check_int("num_classes", num_classes)
    check_int("batch_size", batch_size)
    images = as_array(images)
    count = len(images)
    classes = _number_of_classes(model, images)
    if num_classes > classes:
        raise ValueError(f"num_classes: expected at most the model's {classes}, got {num_classes}")

    def of_pair(pair: Array) -> Array:
        return method(model, images[pair % count][None], pair // count)[0]

    maps = lax.map(of_pair, jnp.arange(num_classes * count), batch_size=batch_size)
    return maps.reshape(num_classes, count, *maps.shape[1:])


def _number_of_classes(model: Model, images: Array) -> int:
    """Count the network's outputs without computing them."""
    subject = subject_of(model)
    outputs = jax.eval_shape(lambda images: subject(as_inputs(subject, images)), images)
    return outputs.shape[-1]

"""One method for all classes, in one compiled program of bounded memory."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn.explain._inputs import Model, as_inputs, subject_of


def for_every_class(
    method: Callable[[Model, Array, Array], Array],
    model: Model,
    images: ArrayLike,
    *,
    num_classes: int,
    batch_size: int = 64,
) -> Array:
    """What a method gives for each class of each image.

    All pairs of an image and a class go through one `jax.lax.map`, `batch_size` at a time: under
    `jax.jit` that is one program, whose memory does not grow with the images or classes.

    Args:
        method: such as `saliency`, with its own arguments given:
            ``functools.partial(smooth_grad, key=key)``. For occlusion there is
            `occlusion_for_every_class`, which is as many times faster as there are classes.
        model: a built module, a trained network or a run.
        images: ``(N, H, W, C)``, as the model takes them.
        num_classes: classes 0 to this are explained.
        batch_size: how many pairs at once.

    Returns:
        ``(num_classes, N, ...)``: of each class what ``method(model, images, class)`` gives. Of
        random numbers each pair has the same ones.

    Raises:
        TypeError: as the method.
        ValueError: as the method, if a size is not positive, or if there are fewer classes.

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
    images = jnp.asarray(images)
    count = len(images)
    classes = _number_of_classes(model, images)
    if num_classes > classes:
        raise ValueError(f"num_classes must be at most {classes}, got {num_classes}")

    def of_pair(pair: Array) -> Array:
        return method(model, images[pair % count][None], pair // count)[0]

    maps = lax.map(of_pair, jnp.arange(num_classes * count), batch_size=batch_size)
    return maps.reshape(num_classes, count, *maps.shape[1:])


def _number_of_classes(model: Model, images: Array) -> int:
    """How many outputs the network has, without computing them."""
    subject = subject_of(model)
    outputs = jax.eval_shape(lambda images: subject(as_inputs(subject, images)), images)
    return outputs.shape[-1]

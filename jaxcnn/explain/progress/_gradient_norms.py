"""How much of the loss each layer gets to hear."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer
from jax.typing import ArrayLike

from jaxcnn.architecture._walk import spoken
from jaxcnn.explain._layers import layer_names
from jaxcnn.explain._subject import Model, as_inputs, subject_of
from jaxcnn.explain.progress._order import in_order
from jaxcnn.inference import purify
from jaxcnn.inference import default_loss
from jaxcnn.training import layer_norms


def gradient_norms(
    model: Model, images: ArrayLike, labels: ArrayLike, *, key: Array | None = None
) -> dict[str, Array]:
    """The norm of each layer's gradient of a batch's mean loss, in train mode.

    A network whose first layers have norms that are many times smaller than the last ones' has
    vanishing gradients: its first layers hardly learn.

    Args:
        model: a built module, as it is before training, say; a trained network or a run.
        images: ``(N, H, W, C)``, as the model takes them.
        labels: classes, integers ``(N,)``; or ``(N, K)``, 1 where an image shows a class.
        key: randomness for dropout; needed only by networks that have some.

    Returns:
        For each layer with parameters, by its name, the Euclidean norm of the gradient of all of
        them; in the order of the layers (within `jax.jit`, which sorts dicts, in that of the
        names). The loss is softmax cross-entropy, for ``(N, K)`` that of sigmoids.

    Raises:
        TypeError: if `model` or `images` are of the wrong kind.
        ValueError: for labels of another shape, or classes that the network does not have (where
            they are known, not traced).

    Example:
        >>> import jaxcnn
        >>> from flax import nnx
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(2, name="head")])
        >>> model = jaxcnn.build(net, (2, 2, 1), rngs=nnx.Rngs(0))
        >>> norms = gradient_norms(model, jnp.zeros((1, 2, 2, 1)), jnp.array([0]))
        >>> f"{norms['head']:.4f}"  # 0.5 to either bias: √(0.5² + 0.5²)
        '0.7071'

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks" (2010), https://proceedings.mlr.press/v9/glorot10a.html
    """
    subject = subject_of(model)
    inputs = as_inputs(subject, images)
    if subject.normalization is not None:
        inputs = subject.normalization(inputs)
    truths = jnp.asarray(labels)
    per_example = default_loss(multilabel=truths.ndim == 2)
    apply, variables = purify(subject.module)

    def loss(params: object) -> Array:
        logits, _ = apply(variables._replace(params=params), inputs, train=True, key=key)
        _check_classes(labels, logits.shape[-1])
        return per_example(logits, truths).mean()

    found = layer_norms(jax.grad(loss)(variables.params))
    norms = {spoken(layer): norm for layer, norm in found.items()}
    return {name: norms[name] for name in in_order(norms, layer_names(model))}


def _check_classes(labels: ArrayLike, classes: int) -> None:
    """Raise for classes that the loss would silently make something of."""
    if isinstance(labels, Tracer) or np.ndim(labels) != 1:
        return
    known = np.asarray(labels)
    if known.min(initial=0) < 0 or known.max(initial=0) >= classes:
        raise ValueError(
            f"labels must lie between 0 and {classes - 1}; got {known.min()} to {known.max()}"
        )

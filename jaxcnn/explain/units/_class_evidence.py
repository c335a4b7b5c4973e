"""The terms behind a class's score."""

import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn import nn
from jaxcnn._support.arguments import check_int
from jaxcnn.architecture._walk import spoken
from jaxcnn.explain._calls import Call, calls_of
from jaxcnn.explain._layers import innermost, last_weighted
from jaxcnn.explain._score import checked_classes
from jaxcnn.explain._subject import Model, Subject, as_batch_of_one, subject_of
from jaxcnn.explain.units._evidence import Evidence

_IN_PLACE = (
    nn.Activation,
    nn.LayerScale,
    nn.Rescale,
    nnx.BatchNorm,
    nnx.Dropout,
    nnx.LayerNorm,
)
"""Layers that leave each value of a vector in its place."""


def class_evidence(
    model: Model, image: ArrayLike, target: ArrayLike | None = None, *, top: int | None = 10
) -> Evidence:
    """The largest weight × activation terms behind a class's logit.

    Args:
        model: a built module, a trained network or a run, which ends in a dense layer.
        image: ``(H, W, C)``, one image as the model takes it, with no batch axis.
        target: the class; None: the most probable one.
        top: how many terms, the largest first, whether they speak for the class or against it;
            None: all.

    Raises:
        TypeError: if an argument is of the wrong kind.
        ValueError: if the network's last layer with weights is not dense, there is no such class,
            or `top` is not positive.

    Example:
        >>> import jax, jaxcnn
        >>> from flax import nnx
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(4, 3), jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> model = jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))
        >>> evidence = class_evidence(model, jax.numpy.ones((8, 8, 1)), 3, top=2)
        >>> evidence.axes, evidence.places.shape
        (('row', 'column', 'channel'), (2, 3))
    """
    if top is not None:
        check_int("top", top)
    subject = subject_of(model)
    path, dense = _last_dense(subject)
    layers = innermost(subject.module)
    scores, calls = calls_of(subject, as_batch_of_one(subject, image), layers)
    if path not in calls or calls[path].outputs.shape != scores.shape or scores.ndim != 2:
        raise ValueError(f"the logits must be what the last dense layer makes; {path} makes others")
    activations, logits = calls[path].inputs[0], calls[path].outputs[0]
    label = _class(target, scores[0])
    weights = dense.kernel[...][:, label]
    products = activations * weights
    features = jnp.argsort(-abs(products), stable=True)[:top]
    places, axes = _places(features, _shape_before(layers, calls, path))
    return Evidence(
        layer=spoken(path),
        target=label,
        logit=logits[label],
        bias=jnp.zeros(()) if dense.bias is None else dense.bias[...][label],
        features=features,
        places=places,
        axes=axes,
        activations=activations[features],
        weights=weights[features],
        rest=products.sum() - products[features].sum(),
    )


def _last_dense(subject: Subject) -> tuple[str, nnx.Linear]:
    """The last layer that has weights, and its path."""
    path, last = last_weighted(subject.module) or (None, None)
    if path is None or not isinstance(last, nnx.Linear):
        raise ValueError(
            "model must end in a dense layer, for its logits to be sums of weighted activations; "
            f"its last layer with weights is {path and spoken(path)}. "
            "explain_unit explains any other layer"
        )
    return path, last


def _class(target: ArrayLike | None, scores: Array) -> Array:
    if target is None:
        return scores.argmax()
    return checked_classes(target, 1, len(scores))[0]


def _shape_before(
    layers: dict[str, nnx.Module], calls: dict[str, Call], path: str
) -> tuple[int, ...]:
    """The shape that was flattened or pooled to the inputs of a layer; () if neither was."""
    shape = calls[path].inputs.shape
    for before in reversed([*calls][: [*calls].index(path)]):
        layer, call = layers[before], calls[before]
        if call.outputs.shape == shape and isinstance(layer, nn.Flatten):
            return call.inputs.shape[1:]
        if call.outputs.shape == shape and isinstance(layer, nn.GlobalPool):
            return call.inputs.shape[-1:]
        if call.outputs.shape != shape or not isinstance(layer, _IN_PLACE):
            return ()
    return ()


def _places(features: Array, shape: tuple[int, ...]) -> tuple[Array, tuple[str, ...]]:
    """Where features lie in what has a shape, and what its axes are called."""
    if not shape:
        return features[:, None], ("feature",)
    spatial = ("step",) if len(shape) == 2 else ("plane", "row", "column")[4 - len(shape) :]
    return jnp.stack(jnp.unravel_index(features, shape), axis=-1), (*spatial, "channel")

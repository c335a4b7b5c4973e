"""Compute the largest terms of a class's score: activations times weights."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.tables import Table
from jaxcnn.architecture import short_path
from jaxcnn.explain._inputs import Model, Subject, as_batch_of_one, subject_of
from jaxcnn.explain._layer_calls import Call, record_calls
from jaxcnn.explain._layer_names import last_layer_with_weights, leaf_layers
from jaxcnn.explain._target import checked_classes
from jaxcnn.explain.units._terms import number
from jaxcnn.layers import (
    ActivationModule,
    FlattenModule,
    GlobalPoolModule,
    LayerScaleModule,
    RescaleModule,
)


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class ClassEvidence(TableResult):
    """The largest terms of a class's logit; ``print`` shows them.

    ``logit = products.sum() + rest + bias``. If the network multiplies the outputs of its last
    dense layer by a constant (`jaxcnn.Rescale`), the constant is part of the weights and the bias.
    If a custom module changes these outputs in its ``__call__`` without a layer, the logit is what
    the dense layer computes, not the network's score.

    Attributes:
        layer: The name of the dense layer that computes the logits.
        target: The class.
        logit: The network's score of the class, before a softmax or another activation.
        bias: The layer's bias for the class.
        features: ``(top,)``, the indices of the terms among the layer's inputs.
        places: ``(top, axes)``, where the terms come from: their positions in the feature maps that
            were flattened, or their channels after a global pooling. In other networks, the same
            indices as in `features`.
        axes: Names of the axes of `places`: ``("row", "column", "channel")``, ``("channel",)``
            or ``("feature",)``.
        activations: ``(top,)``, the values of the inputs with the indices `features`.
        weights: ``(top,)``, the weights of these inputs for the class.
        rest: The sum of all other terms.
        class_names: The names of the classes; empty if the model has no class names.
    """

    layer: str
    target: Array
    logit: Array
    bias: Array
    features: Array
    places: Array
    axes: tuple[str, ...]
    activations: Array
    weights: Array
    rest: Array
    class_names: tuple[str, ...] = ()

    @property
    def target_in_words(self) -> str:
        """The class with its name, such as "circle (class 0)", or "class 0"."""
        number = int(self.target)
        name = self.class_names[number] if self.class_names else str(number)
        return f"class {number}" if name == str(number) else f"{name} (class {number})"

    @property
    def products(self) -> Array:
        """``(top,)``, activations times weights, in descending order of absolute value."""
        return self.activations * self.weights

    def __repr__(self) -> str:
        return f"{type(self).__name__}(class {self.target}, layer {self.layer!r})"

    def __str__(self) -> str:
        rows = [f"{self.target_in_words}: {number(self.logit)} ="]
        columns = zip(self.products, self.activations, self.weights, self.places, strict=True)
        for product, activation, weight, place in columns:
            where = ", ".join(
                f"{axis} {int(index)}" for axis, index in zip(self.axes, place, strict=True)
            )
            rows.append(_row(product, f"({number(activation)}·{number(weight)}) {where}"))
        return "\n".join([*rows, _row(self.rest, "all other terms"), _row(self.bias, "bias")])

    _derived = ("products",)

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        arrays = (self.products, self.activations, self.weights, self.places)
        columns = (np.asarray(values).tolist() for values in arrays)
        for product, activation, weight, place in zip(*columns, strict=True):
            where = dict(zip(self.axes, place, strict=True))
            yield {**where, "activation": activation, "weight": weight, "product": product}

    def _blocks(self) -> Iterable[Block]:
        rows = [*self._rows()]
        rows += [{"product": float(self.rest)}, {"product": float(self.bias)}]
        head, *lines = Table.of(rows, words=0).lines
        names = [*[""] * len(self.products), "all other terms", "bias"]
        named = [(*cells, name) for cells, name in zip(lines, names, strict=True)]
        title = f"{self.target_in_words}: {number(self.logit)} ="
        return [title, Table([(*head, ""), *named], words=0)]


_STATIC = ("layer", "axes", "class_names")
_ARRAYS = tuple(f.name for f in dataclasses.fields(ClassEvidence) if f.name not in _STATIC)

jax.tree_util.register_dataclass(ClassEvidence, data_fields=[*_ARRAYS], meta_fields=[*_STATIC])


def _row(value: Array, text: str) -> str:
    return f"  {float(value):+10.4f}  {text}"


_ELEMENTWISE = (
    ActivationModule,
    LayerScaleModule,
    RescaleModule,
    nnx.BatchNorm,
    nnx.Dropout,
    nnx.LayerNorm,
)
"""Layers that do not move the values of a vector."""


def class_evidence(
    model: Model, image: ArrayLike, target: ArrayLike | None = None, *, top: int | None = 10
) -> ClassEvidence:
    """Compute the largest terms, weight × activation, of a class's logit.

    Use it to see which features speak for a class and which speak against the class. The last layer
    with weights must be dense: the logit is then the sum of all terms and a bias. To see why one
    class is predicted and not another, compare the terms of both.

    Args:
        model: A built module, a trained network or a run. The network must end in a dense layer.
        image: ``(H, W, C)``, one image as the model expects it, without a batch axis.
        target: The class. None means the most probable class.
        top: Number of terms, in descending order of absolute value. None means all terms.

    Returns:
        A `ClassEvidence`: the largest terms, the sum of all other terms, and the bias.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If the network's last layer with weights is not dense, there is no such class,
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
    layers = leaf_layers(subject.module)
    scores, calls = record_calls(subject, as_batch_of_one(subject, image), layers)
    if path not in calls or calls[path].outputs.shape != scores.shape or scores.ndim != 2:
        raise ValueError(
            f"model: expected logits from the last dense layer, {short_path(path)}, got a network "
            "that changes its outputs"
        )
    activations, logits = calls[path].inputs[0], calls[path].outputs[0]
    label = _class(target, scores[0])
    factor = _factor_after(layers, calls, path)
    weights = factor * dense.kernel[...][:, label]
    products = activations * weights
    features = jnp.argsort(-abs(products), stable=True)[:top]
    places, axes = _places(features, _shape_before(layers, calls, path))
    return ClassEvidence(
        layer=short_path(path),
        target=label,
        logit=factor * logits[label],
        bias=jnp.zeros(()) if dense.bias is None else factor * dense.bias[...][label],
        features=features,
        places=places,
        axes=axes,
        activations=activations[features],
        weights=weights[features],
        rest=products.sum() - products[features].sum(),
        class_names=subject.class_names,
    )


def _last_dense(subject: Subject) -> tuple[str, nnx.Linear]:
    """Return the last layer that has weights, and its path."""
    path, last = last_layer_with_weights(subject.module) or (None, None)
    if path is None or not isinstance(last, nnx.Linear):
        raise ValueError(
            "model: expected one that ends in a dense layer, so that logits are sums of weighted "
            f"activations, got {path and short_path(path)} as the last layer with weights "
            "(explain_unit explains any other layer)"
        )
    return path, last


def _class(target: ArrayLike | None, scores: Array) -> Array:
    if target is None:
        return scores.argmax()
    return checked_classes(target, 1, len(scores))[0]


def _factor_after(layers: dict[str, nnx.Module], calls: dict[str, Call], path: str) -> float:
    """Return the constant by which the network multiplies a layer's outputs directly after it."""
    factor = 1.0
    for later in [*calls][[*calls].index(path) + 1 :]:
        layer = layers[later]
        if isinstance(layer, RescaleModule):
            factor *= layer.factor
        elif not _is_identity(layer, calls[later]):
            break
    return factor


def _is_identity(layer: nnx.Module, call: Call) -> bool:
    """Return whether a layer returns a batch of vectors unchanged in eval mode."""
    return isinstance(layer, nnx.Dropout | FlattenModule) or call.outputs is call.inputs


def _shape_before(
    layers: dict[str, nnx.Module], calls: dict[str, Call], path: str
) -> tuple[int, ...]:
    """Return the shape that was flattened or pooled to a layer's inputs; () if neither was."""
    shape = calls[path].inputs.shape
    for before in reversed([*calls][: [*calls].index(path)]):
        layer, call = layers[before], calls[before]
        if call.outputs.shape == shape and isinstance(layer, FlattenModule):
            return call.inputs.shape[1:]
        if call.outputs.shape == shape and isinstance(layer, GlobalPoolModule):
            return call.inputs.shape[-1:]
        if call.outputs.shape != shape or not isinstance(layer, _ELEMENTWISE):
            return ()
    return ()


def _places(features: Array, shape: tuple[int, ...]) -> tuple[Array, tuple[str, ...]]:
    """Return the features' positions within a shape, and the names of its axes."""
    if not shape:
        return features[:, None], ("feature",)
    spatial = ("step",) if len(shape) == 2 else ("plane", "row", "column")[4 - len(shape) :]
    return jnp.stack(jnp.unravel_index(features, shape), axis=-1), (*spatial, "channel")

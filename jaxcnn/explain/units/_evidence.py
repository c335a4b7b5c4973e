"""What is said about a class's score."""

import dataclasses
from typing import Any

import jax
import numpy as np
from jax import Array

from jaxcnn.explain.units._text import number


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class Evidence:
    """The largest terms of a logit; ``print`` shows them.

    ``logit = products.sum() + rest + bias``.

    Attributes:
        layer: the name of the dense layer that makes the logits.
        target: the class.
        logit: its score, as that layer makes it.
        bias: its bias.
        features: ``(top,)``, which of the layer's inputs the terms are of.
        places: ``(top, axes)``, where these lie in what was flattened, or their channels behind
            a global pooling; the same as `features` where neither is the case.
        axes: names of the axes of `places`: ``("row", "column", "channel")``, ``("channel",)``
            or ``("feature",)``.
        activations: ``(top,)``, the inputs.
        weights: ``(top,)``, theirs for this class.
        rest: the sum of all other terms.
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

    @property
    def products(self) -> Array:
        """``(top,)``, activations times weights, the largest first, whatever their signs."""
        return self.activations * self.weights

    def __repr__(self) -> str:
        return f"{type(self).__name__}(class {self.target}, layer {self.layer!r})"

    def __str__(self) -> str:
        rows = [f"class {int(self.target)}: {number(self.logit)} ="]
        columns = zip(self.products, self.activations, self.weights, self.places, strict=True)
        for product, activation, weight, place in columns:
            where = ", ".join(
                f"{axis} {int(index)}" for axis, index in zip(self.axes, place, strict=True)
            )
            rows.append(_row(product, f"({number(activation)}·{number(weight)}) {where}"))
        return "\n".join([*rows, _row(self.rest, "all other terms"), _row(self.bias, "bias")])

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data, for JSON."""
        arrays = {name: np.asarray(getattr(self, name)).tolist() for name in (*_ARRAYS, "products")}
        return {"layer": self.layer, "axes": list(self.axes), **arrays}


_STATIC = ("layer", "axes")
_ARRAYS = tuple(f.name for f in dataclasses.fields(Evidence) if f.name not in _STATIC)

jax.tree_util.register_dataclass(Evidence, data_fields=[*_ARRAYS], meta_fields=[*_STATIC])


def _row(value: Array, text: str) -> str:
    return f"  {float(value):+10.4f}  {text}"

"""What is said about a unit."""

import dataclasses
from typing import Any

import jax
import numpy as np
from jax import Array

from jaxcnn.explain._score import Unit
from jaxcnn.explain.units._box import Box
from jaxcnn.explain.units._terms import Terms
from jaxcnn.explain.units._text import text_of
from jaxcnn.explain.units._where import where


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class UnitExplanation(Terms):
    """The sum behind one number within a network; ``print`` shows it, and `where` says whose.

    In every case ``value = products.sum() + bias``. Where the layer is no weighted sum, that is
    its tangent at this image, and `formula` says how the value comes about:

    =============  ==================================================================
    ``sum``        ``(50·30) + (20·30) + 0.5 = 2100.5``: convolutions, dense layers; products
                   that are 0 are left out, and of more than 30 only the 10 largest shown
    ``max``        ``max(1, 1, 5, 6) = 6``: the weight of the winner is 1
    ``mean``       ``mean(1, 1, 5, 6) = 3.25``
    ``add``        ``2 (shortcut) + -3 (layers) = -1``: what several layers make
    ``copy``       ``inputs[1, 2, 0] = 7``: flattening, dropout, stacked branches, embedding
    ``function``   ``relu(-2) = 0``: activations; the weight is the slope
    ``normalize``  ``2 · (3 - 1) / sqrt(4 + 1e-05) + 0.5 = 2.5``: batch norm and others, whose
                   statistics count as constants, part of the weight and the bias
    ``tangent``    inputs times the gradient, and what is left over: all others
    =============  ==================================================================

    Attributes:
        unit: what is explained.
        kind: of its layer: the class of the module, such as ``"Conv"``.
        position: where in the layer's outputs: one number for each spatial axis.
        value: the unit's value, one number.
        formula: how it is computed; see above.
        inputs: what the layer reads for it, lying as it lies there: of a convolution the patch
            ``(*kernel_size, C)``; 0 where it is padding. The first layer of a trained network
            reads normalised pixels, of which the dark ones are negative.
        weights: of the shape of `inputs`.
        products: inputs times weights.
        bias: what is added to the products, one number.
        inside: of the shape of `inputs`: whether it is read; False in the padding.
        box: the receptive field in the image; None where the architecture is not known.
        name: of the function, or of what a value is copied from.
        place: where there the copied value is, its channel last.
        sources: the names of what is added.
        numbers: what a normalisation is made of, by name.
    """

    unit: Unit
    kind: str
    position: tuple[int | Array, ...]
    value: Array
    box: Box | None = None

    @property
    def products(self) -> Array:
        """Inputs times weights."""
        return self.inputs * self.weights

    @property
    def zeros(self) -> int:
        """How many products are 0, which the printed sum leaves out."""
        return int((np.asarray(self.products) == 0).sum())

    @property
    def where(self) -> str:
        """Which number it is, and what it sees of the image, in words, both ends included.

        ``"layer 3, channel 0 at row 2, column 1; sees rows 2 to 6, columns 0 to 4"``
        """
        return where(self.unit, self.position, self.box)

    def __repr__(self) -> str:
        unit = f"{self.kind} {self.unit.layer!r}, channel {self.unit.channel}"
        return f"{type(self).__name__}({unit}, {self.formula})"

    def __str__(self) -> str:
        return text_of(self, self.value)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data, for JSON."""
        plain = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        plain |= {"unit": vars(self.unit), "box": self.box and self.box._asdict()}
        plain |= {"products": self.products, "zeros": self.zeros}
        plain |= {"text": str(self), "where": self.where}
        return jax.tree.map(_plain, plain)


_STATIC = ("kind", "formula", "name", "sources")

jax.tree_util.register_dataclass(
    UnitExplanation,
    data_fields=[f.name for f in dataclasses.fields(UnitExplanation) if f.name not in _STATIC],
    meta_fields=[*_STATIC],
)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else np.asarray(value).tolist()

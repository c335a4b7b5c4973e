"""The terms that make one value of a layer's outputs, and their sum as text and as bars."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array

from jaxcnn.explain.drawing._figure import GRAY
from jaxcnn.explain.drawing._signed_numbers import DARK_BLUE_TO_PALE_YELLOW, as_number
from jaxcnn.layers import call

if TYPE_CHECKING:
    from matplotlib.axes import Axes


Place = tuple[int | Array, ...]
"""An index into a layer's outputs or inputs: spatial axes, then the channel; may be traced."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms that make one value of a layer's outputs.

    In every case ``value = (inputs * weights).sum() + bias``. For a layer that is not a weighted
    sum, the weights and bias are those of its linear approximation (tangent) at these inputs.
    `formula` says how the value was really computed.

    Attributes:
        formula: ``"sum"``, ``"max"``, ``"mean"``, ``"add"`` (of several layers' outputs),
            ``"copy"``, ``"function"``, ``"normalize"``, or ``"tangent"`` for everything else.
        inputs: The layer's inputs that matter, in their own layout; 0 in the padding.
        weights: The weights of `inputs`, in the same shape.
        bias: Added to the sum, a scalar.
        inside: Whether each value of `inputs` lies within the layer's input, in the same shape;
            False in the padding.
        name: The name of the function, or of the array that a value is copied from.
        place: The index of a copied value in that array.
        sources: The names of the summands.
        numbers: The values in a normalization, by name.
    """

    formula: str
    inputs: Array
    weights: Array
    bias: Array
    inside: Array
    name: str = ""
    place: Place = ()
    sources: tuple[str, ...] = ()
    numbers: Mapping[str, Array] = dataclasses.field(default_factory=dict)


def terms_of_copy(value: Array, name: str, place: Place) -> Terms:
    """Return the terms of a value that is passed on unchanged."""
    one = jnp.ones_like(value)
    return Terms(
        formula="copy",
        inputs=value,
        weights=one,
        bias=jnp.zeros_like(value),
        inside=one > 0,
        name=name,
        place=place,
    )


def terms_of_tangent(
    layer: nnx.Module, inputs: Array, place: Place, formula: str = "tangent"
) -> Terms:
    """Return the gradient of a value with respect to the layer's inputs, and the remainder as bias.

    Args:
        layer: Any layer that takes floats.
        inputs: Its inputs, without a batch axis.
        place: The value's index in its outputs.
        formula: ``"sum"``, if the layer is known to be a weighted sum.
    """

    def value_of(inputs: Array) -> Array:
        return call(layer, inputs[None], train=False, key=None)[(0, *place)]

    value, weights = jax.value_and_grad(value_of)(inputs)
    return Terms(
        formula=formula,
        inputs=inputs,
        weights=weights,
        bias=value - (inputs * weights).sum(),
        inside=weights != 0,
    )


MAX_TERMS = 30
"""Longer sums are written with their `TERMS_SHOWN` largest terms only."""

TERMS_SHOWN = 10


def text_of(terms: Terms, value: Array) -> str:
    """Write how the value is computed: ``(50·30) + (20·30) + 0.5 = 2100.5``."""
    equals = f" = {number(value)}"
    if terms.formula == "sum":
        return _sum(terms) + equals
    if terms.formula == "tangent":
        return f"{_sum(terms)}{equals}, the tangent at this image"
    read = [number(each) for each in np.asarray(terms.inputs)[np.asarray(terms.inside)]]
    if terms.formula in ("max", "mean"):
        return f"{terms.formula}({_listed(read)}){equals}"
    if terms.formula == "add":
        named = zip(read, terms.sources, strict=True)
        return " + ".join(f"{each} ({source})" for each, source in named) + equals
    place = f"[{', '.join(number(index) for index in terms.place)}]" if terms.place else ""
    if terms.formula == "copy":
        return terms.name + place + equals
    if terms.formula == "function":
        return f"{terms.name}({_listed(read)}){place}{equals}"
    of = {name: number(each) for name, each in terms.numbers.items()}
    text = f"{of['scale']} · ({read[0]} - {of['mean']}) / sqrt({of['variance']} + {of['epsilon']})"
    return text.replace("- -", "+ ") + _signed(terms.numbers["bias"]) + equals


def number(value: object) -> str:
    """Write a number briefly: with four digits, or all digits of an integer."""
    plain = float(np.asarray(value))
    if plain == 0:
        return "0"
    if abs(plain) < 1e15 and plain == round(plain):
        return f"{plain:.0f}"
    return f"{plain:.1f}" if 1e3 <= abs(plain) < 1e7 else f"{plain:.4g}"


def _sum(terms: Terms) -> str:
    """Write the products that are not 0, the last one first, as the guides do, and the bias.

    Of more than `MAX_TERMS` products, only the largest are written, in descending order.
    """
    inputs = np.asarray(terms.inputs, np.float64).ravel()
    weights = np.asarray(terms.weights, np.float64).ravel()
    products = inputs * weights
    shown = np.flatnonzero(products)[::-1]
    if len(shown) > MAX_TERMS:
        shown = np.argsort(-np.abs(products), kind="stable")[:TERMS_SHOWN]
    parts = [f"({number(inputs[index])}·{number(weights[index])})" for index in shown]
    others = np.count_nonzero(products) - len(shown)
    if others:
        parts.append(f"{number(products.sum() - products[shown].sum())} ({others} smaller terms)")
    return (" + ".join(parts) or "0") + _signed(terms.bias)


def _signed(bias: object) -> str:
    plain = float(np.asarray(bias))
    if plain == 0:
        return ""
    return f" {'-' if plain < 0 else '+'} {number(abs(plain))}"


def _listed(numbers: list[str]) -> str:
    if len(numbers) <= MAX_TERMS:
        return ", ".join(numbers)
    return ", ".join(numbers[:MAX_TERMS]) + f", ... ({len(numbers)} in all)"


INCHES_PER_BAR = 0.29
_, MINUS, _, PLUS, _ = DARK_BLUE_TO_PALE_YELLOW


class Bar(NamedTuple):
    """A term's value and its label."""

    value: float
    name: str


def draw_terms(axes: "Axes", terms: Sequence[Bar], total: Bar) -> None:
    """Draw a bar per term from top to bottom, and their total below a line."""
    bars = [*terms, total]
    values = np.array([bar.value for bar in bars])
    rows = np.arange(len(bars)) + 0.4 * (np.arange(len(bars)) == len(terms))
    colors = [GRAY if bar is total else PLUS if bar.value > 0 else MINUS for bar in bars]
    axes.barh(rows, values, color=colors, height=0.75)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.axhline(len(terms) - 0.3, color="black", linewidth=0.8)
    for row, value in zip(rows, values, strict=True):
        text = as_number(float(value))
        axes.annotate(
            f"+{text}" if value > 0 else text,
            (value, row),
            xytext=(-3 if value < 0 else 3, 0),
            textcoords="offset points",
            ha="right" if value < 0 else "left",
            va="center",
            fontsize=8,
        )
    axes.set_yticks(rows, [bar.name for bar in bars], fontsize=9)
    axes.get_yticklabels()[-1].set_fontweight("bold")
    axes.set_ylim(rows[-1] + 0.6, -0.6)
    axes.margins(x=0.16)  # room for the values beside the bars
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel("contribution to the sum", fontsize=9)


def factors(name: str, first: float, second: float) -> str:
    """Label a product: ``channel 3 (0.5·−2)``."""
    return f"{name} ({as_number(float(first))}·{as_number(float(second))})"

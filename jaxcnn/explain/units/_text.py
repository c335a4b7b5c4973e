"""A unit's sum as a line of text."""

import numpy as np
from jax import Array

from jaxcnn.explain.units._terms import Terms

MOST_TERMS = 30
"""Of sums that are longer, `LARGEST_TERMS` are written out, the largest first."""

LARGEST_TERMS = 10


def text_of(terms: Terms, value: Array) -> str:
    """How the value comes about: ``(50·30) + (20·30) + 0.5 = 2100.5``."""
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
    """A number as short as it can be read: four digits, or all of a whole number."""
    plain = float(np.asarray(value))
    if plain == 0:
        return "0"
    if abs(plain) < 1e15 and plain == round(plain):
        return f"{plain:.0f}"
    return f"{plain:.1f}" if 1e3 <= abs(plain) < 1e7 else f"{plain:.4g}"


def _sum(terms: Terms) -> str:
    """The products that are not 0, the last first, as the guides write them; and the bias.

    Of very many, only the largest are shown, and they in the order of their sizes.
    """
    inputs = np.asarray(terms.inputs, np.float64).ravel()
    weights = np.asarray(terms.weights, np.float64).ravel()
    products = inputs * weights
    shown = np.flatnonzero(products)[::-1]
    if len(shown) > MOST_TERMS:
        shown = np.argsort(-np.abs(products), kind="stable")[:LARGEST_TERMS]
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
    if len(numbers) <= MOST_TERMS:
        return ", ".join(numbers)
    return ", ".join(numbers[:MOST_TERMS]) + f", ... ({len(numbers)} in all)"

"""Learning rates of single layers, and frozen ones."""

import math
from collections.abc import Mapping
from typing import Any

import optax

from jaxcnn._support.leaves import check_patterns, map_named, matches


def by_path(
    tx: optax.GradientTransformation, rates: Mapping[str, float]
) -> optax.GradientTransformationExtraArgs:
    """Scale the updates of some parameters, and freeze others.

    What is frozen has no gradient clipped, no momentum, no weight decay and no memory in the
    optimizer: `tx` does not see it. (A batch norm's running statistics are no parameters; they go
    on.) All else is what `tx` makes of it, times its factor: with SGD or Adam, a factor on the
    learning rate. What must see the final update, such as `max_norm`, goes into a chain behind.

    Args:
        tx: an Optax transformation.
        rates: a factor for each glob pattern of parameter names, which are those of a saved
            run's weights without ``params.``, such as ``layers.0.kernel``; 0 freezes. ``*``
            matches anything, dots too. Where several patterns match a name, the last one counts:
            ``{"*": 0, "layers.6.*": 1}`` trains layer 6 alone. What none matches has factor 1.

    Returns:
        An Optax transformation.

    Raises:
        ValueError: if a factor is negative or not finite; from `init`, if a pattern matches no
            parameter.

    Example:
        >>> import jax.numpy as jnp
        >>> params = {"first": jnp.ones(2), "last": jnp.ones(2)}
        >>> tx = by_path(optax.sgd(0.5), {"first": 0, "last": 0.1})
        >>> updates, _ = tx.update(params, tx.init(params), params)
        >>> updates["first"].tolist(), updates["last"].round(3).tolist()
        ([0.0, 0.0], [-0.05000000074505806, -0.05000000074505806])
    """
    for pattern, rate in rates.items():
        if not 0 <= rate < math.inf:
            raise ValueError(f"rates: {pattern!r}: expected a factor of 0 or more, got {rate}")

    def factor(name: str) -> float:
        found = matches(name, rates)
        return rates[found[-1]] if found else 1.0

    def scale(updates: optax.Updates, params: optax.Params | None) -> optax.Updates:
        del params
        return map_named(lambda name, update: factor(name) * update, updates)

    def labels(params: Any) -> Any:
        check_patterns("rates", rates, params)
        return map_named(lambda name, _: "trained" if factor(name) else "frozen", params)

    return optax.partition(
        {"trained": optax.chain(tx, optax.stateless(scale)), "frozen": optax.set_to_zero()}, labels
    )

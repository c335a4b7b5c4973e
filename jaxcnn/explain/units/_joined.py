"""Containers: what several layers make, added up or stacked."""

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from jaxcnn.explain.units._terms import Place, Terms, copied
from jaxcnn.layers import ParallelModule, ResidualModule, SequentialModule, call


def terms_of_residual(residual: ResidualModule, inputs: Array, place: Place) -> Terms:
    """What the layers make, and what the shortcut does."""
    made = SequentialModule.__call__(residual, inputs[None])[0]
    if residual.shortcut is None:
        return _added([inputs, made], ("input", "layers"), place)
    return _added([residual.shortcut(inputs[None])[0], made], ("shortcut", "layers"), place)


def terms_of_parallel(parallel: ParallelModule, inputs: Array, place: Place) -> Terms:
    """What each branch makes; of stacked ones, the branch whose channel it is."""
    outputs = [call(branch, inputs[None], train=False, key=None)[0] for branch in parallel]
    keys = parallel.names or range(len(outputs))
    names = tuple(f"branch {key}" for key in keys)
    if parallel.combine == "sum":
        return _added(outputs, names, place)
    *position, channel = place
    if isinstance(channel, Tracer):  # whose branch it is, is not known yet
        return copied(jnp.concatenate(outputs, axis=-1)[place], "branches", place)
    ends = np.cumsum([output.shape[-1] for output in outputs])
    branch = int(np.searchsorted(ends, channel, side="right"))
    within = (*position, channel - int(ends[branch]) + outputs[branch].shape[-1])
    return copied(outputs[branch][within], names[branch], within)


def _added(outputs: list[Array], names: tuple[str, ...], place: Place) -> Terms:
    values = jnp.stack([output[place] for output in outputs])
    return Terms(
        formula="add",
        inputs=values,
        weights=jnp.ones_like(values),
        bias=jnp.zeros((), values.dtype),
        inside=jnp.ones(values.shape, bool),
        sources=names,
    )

"""Compute and draw the loss on a plane through a trained network's weights."""

import dataclasses
from functools import partial
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array

from jaxcnn._support.arguments import check_int
from jaxcnn.data import LabeledImages, Loss
from jaxcnn.explain._inputs import check_key
from jaxcnn.explain.drawing._figure import ORANGE, new_figure
from jaxcnn.inference import Apply, Network, Normalization, Variables
from jaxcnn.runs import Run, network_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclasses.dataclass(frozen=True, eq=False)
class LossSurface:
    """Losses on a grid of weights around a trained network.

    Attributes:
        offsets: The distances of the grid points along each direction, ``(steps,)``, from -reach to
            reach. A distance of 1 changes each filter by a vector as long as the filter itself.
        losses: The losses in nat, ``(steps, steps)``. The row is the point along the second
            direction, the column the point along the first direction.
        examples: Number of images over which each loss is averaged.
    """

    offsets: np.ndarray
    losses: np.ndarray
    examples: int

    @property
    def loss(self) -> float:
        """The loss of the trained network itself, in the middle of the grid."""
        middle = len(self.offsets) // 2
        return float(self.losses[middle, middle])


def loss_surface(
    network: Network | Run,
    dataset: LabeledImages,
    *,
    key: Array,
    steps: int = 15,
    reach: float = 1.0,
    examples: int = 200,
) -> LossSurface:
    """Compute the loss surface of a trained network: the loss on a plane through its weights.

    Use it to compare how flat the minima of networks are. Two random directions span the plane. The
    network runs in eval mode. So that networks can be compared, each filter of a direction is
    scaled to the norm of the same filter in the network. (A filter is the weights of one output.)
    Biases and other vectors, such as the scales of batch norm, are the same at all points of the
    plane.

    Args:
        network: A trained network or a run.
        dataset: Labeled images.
        key: A random key for the directions.
        steps: Points along each direction, an odd number of at least 3.
        reach: Largest distance along each direction, positive.
        examples: Number of images to average each loss over, spaced evenly through the data set. If
            the data set has fewer images, all are used.

    Returns:
        A `LossSurface` with the losses ``(steps, steps)``. ``steps² * examples`` images go through
        the network.

    Raises:
        TypeError: If `network`, `dataset` or `key` is of the wrong kind.
        ValueError: If the images do not fit the network's input, or `steps`, `reach` or `examples`
            is out of range.

    Source: Li et al., "Visualizing the loss landscape of neural nets" (2018),
    https://arxiv.org/abs/1712.09913
    """
    check_key(key)
    trained = network_of(network)
    trained.check_takes(dataset)
    if steps < 3 or steps % 2 == 0:
        raise ValueError(f"steps: expected an odd number of at least 3, got {steps}")
    if not reach > 0:
        raise ValueError(f"reach: expected a positive number, got {reach}")
    check_int("examples", examples)
    chosen = np.linspace(0, len(dataset) - 1, min(examples, len(dataset))).round().astype(int)
    directions = tuple(
        filter_normalized_direction(one, trained.variables.params) for one in jax.random.split(key)
    )
    offsets = np.linspace(-reach, reach, steps)
    second, first = np.meshgrid(offsets, offsets, indexing="ij")
    losses = _losses(
        trained.variables,
        directions,
        np.stack([first.ravel(), second.ravel()], axis=1),
        dataset.read(chosen),
        dataset.labels[chosen],
        trained.apply,
        trained.normalization,
        trained.task.default_loss(),
    )
    return LossSurface(offsets, np.asarray(losses).reshape(steps, steps), len(chosen))


def filter_normalized_direction(key: Array, params: nnx.State) -> nnx.State:
    """Draw a random direction in which each filter is as long as that of `params`.

    The last axis of an array counts its filters; arrays of a single axis get zeros.
    """
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(key, len(leaves))
    return jax.tree.unflatten(tree, map(_filters_like, keys, leaves))


def _filters_like(key: Array, weights: Array) -> Array:
    if weights.ndim < 2:
        return jnp.zeros_like(weights)
    drawn = jax.random.normal(key, weights.shape, weights.dtype)
    axes = tuple(range(weights.ndim - 1))
    length, wanted = (jnp.sqrt(jnp.square(array).sum(axis=axes)) for array in (drawn, weights))
    return drawn * (wanted / length)


@partial(jax.jit, static_argnums=(5, 6, 7))
def _losses(
    variables: Variables,
    directions: tuple[nnx.State, nnx.State],
    points: Array,
    images: Array,
    labels: Array,
    apply: Apply,
    normalization: Normalization,
    loss: Loss,
) -> Array:
    """Compute the mean loss at each of the points ``(P, 2)``, one after another."""
    inputs = normalization(images)

    def mean_loss(point: Array) -> Array:
        moved = jax.tree.map(
            lambda weights, first, second: weights + point[0] * first + point[1] * second,
            variables.params,
            *directions,
        )
        logits, _ = apply(variables._replace(params=moved), inputs, train=False)
        return loss(logits, labels).mean()

    return jax.lax.map(mean_loss, points)


LEVELS = 12


def plot_loss_surface(surface: LossSurface, *, title: str = "Loss surface") -> "Figure":
    """Draw a contour map of the loss around a trained network: dark is high.

    Args:
        surface: From `loss_surface`.
        title: The figure's title, such as the network and the data.

    Returns:
        The figure: ``figure.savefig("surface.png")`` writes it.

    Raises:
        ValueError: If no loss is finite.
        ImportError: If matplotlib is not installed.
    """
    known = surface.losses[np.isfinite(surface.losses)]
    if not known.size:
        raise ValueError("surface: expected at least one finite loss, got none")
    figure = new_figure(6.6, 5.8, title=title, caption=_caption(surface))
    from matplotlib import colormaps  # after `new_figure`, which explains a missing matplotlib

    axes = figure.subplots()
    # Levels at equal ratios show the small differences near the minimum.
    low = max(known.min(), known.max() / 1e4, 1e-12)
    levels = np.geomspace(low, max(known.max(), 1.001 * low), LEVELS)
    drawn = np.clip(np.ma.masked_invalid(surface.losses), low, None)
    filled = axes.contourf(
        surface.offsets,
        surface.offsets,
        drawn,
        levels=levels,
        colors=colormaps["Blues"](np.linspace(0.02, 0.7, LEVELS - 1)),
    )
    lines = axes.contour(
        surface.offsets, surface.offsets, drawn, levels=levels, colors="black", linewidths=0.6
    )
    axes.clabel(lines, fmt="%.2g", fontsize=8)
    axes.plot(
        0,
        0,
        "*",
        color=ORANGE,
        markersize=16,
        markeredgecolor="black",
        label=f"the trained network, loss {surface.loss:.3g}",
    )
    bar = figure.colorbar(
        filled, ax=axes, ticks=levels[::2], format=lambda level, _: f"{level:.2g}"
    )
    bar.set_label("loss (nat)")
    axes.set(
        xlabel="along the first direction", ylabel="along the second direction", aspect="equal"
    )
    axes.legend(loc="upper right", fontsize=9)
    return figure


def _caption(surface: LossSurface) -> str:
    return (
        f"Mean loss of {surface.examples:,} images at {surface.losses.size:,} points of a plane "
        "through the network's weights. Two random directions span the plane. At 1, each filter "
        "has changed by its own norm. Contour lines are at equal ratios of the loss."
    )

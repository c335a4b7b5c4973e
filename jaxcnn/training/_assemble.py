"""The members of an ensemble before their first step, and how they are to be computed."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import numpy as np
import optax
from flax import nnx
from jax import Array
from jax.sharding import Mesh

from jaxcnn.data import Dataset
from jaxcnn.layers import Layer
from jaxcnn.training._devices import batch_mesh
from jaxcnn.training._feed import ResidentFeed
from jaxcnn.training._members import Crew, Member
from jaxcnn.training._network import Network, check_dataset
from jaxcnn.training._prepare import Prepared, fresh_network, prepare, run_keys
from jaxcnn.training._state import TrainState

OptimizerOfRate = Callable[[int, Array | float], optax.GradientTransformation]
"""A function from the number of steps in a run, and a member's learning rate, to an optimizer."""

Mode = Literal["auto", "together", "in turn"]


@dataclasses.dataclass(frozen=True, eq=False)
class Assembled:
    """An ensemble before its first step.

    Attributes:
        seeds: one a member.
        learning_rates: one a member.
        networks: one a member, untrained.
        prepared: what the members have in common, taken from the first one.
        crew: the members, ready to run.
        how: a sentence about how they are computed.
    """

    seeds: tuple[int, ...]
    learning_rates: tuple[float, ...]
    networks: tuple[Network, ...]
    prepared: Prepared
    crew: Crew
    how: str


def assemble(
    model: Layer | nnx.Module,
    train: Dataset,
    *,
    seeds: Sequence[int],
    learning_rates: float | Sequence[float],
    tx: OptimizerOfRate,
    epochs: int,
    batch_size: int,
    devices: int | None,
    mode: Mode,
    **options: Any,
) -> Assembled:
    """Check the arguments and compile the members' step; for them, see `fit_ensemble`."""
    check_dataset("train", train)
    if not isinstance(train, Dataset):
        raise TypeError("train: expected a Dataset in memory, got files; call their load() first")
    seeds, rates = _pairs(seeds, learning_rates)
    if not callable(tx):
        raise TypeError(
            "tx: expected a function of the number of steps and a learning rate, such as "
            f"lambda steps, rate: optax.adam(rate), got {tx!r:.80}"
        )
    if mode not in get_args(Mode):
        raise ValueError(f"mode: expected one of {get_args(Mode)}, got {mode!r}")
    mesh = _mesh(devices, len(seeds))
    sizes = {"epochs": epochs, "batch_size": batch_size}
    prepared = prepare(
        model, train, tx=optax.identity(), seed=seeds[0], devices=1, **sizes, **options
    )
    steps = epochs * prepared.steps
    normalization = prepared.network.normalization
    built = {seeds[0]: prepared.network}  # a range of rates has one seed for all
    networks, members = [], []
    for seed, rate in zip(seeds, rates, strict=True):
        init_key, data_key, train_key = run_keys(seed)
        if seed not in built:
            built[seed] = fresh_network(model, train, normalization, init_key)
        network = built[seed]
        state = TrainState.create(
            network.variables,
            tx=tx(steps, rate),
            key=train_key,
            average=prepared.recipe.average is not None,
        )
        networks.append(network)
        members.append(Member.start(state, data_key, rate))
    feed = prepared.feed
    assert isinstance(feed, ResidentFeed)  # as it is of a Dataset
    a_device = -(-len(members) // mesh.size)
    together = _is_together(mode, mesh)
    crew = Crew(
        members,
        feed.data.images,
        feed.data.labels,
        recipe=prepared.recipe,
        optimizer=lambda rate: tx(steps, rate),
        mesh=mesh,
        at_once=a_device if together else 1,
    )
    how = f"{len(members)} members on {mesh.size} device{'s' * (mesh.size > 1)}, "
    how += "together under vmap" if together else "in turn"
    return Assembled(seeds, rates, tuple(networks), prepared, crew, how)


def _pairs(
    seeds: Sequence[int], rates: float | Sequence[float]
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """A seed and a learning rate for each member."""
    if np.ndim(seeds) != 1:
        raise TypeError(f"seeds: expected several integers, such as range(4), got {seeds!r}")
    seeds, rates = tuple(np.asarray(seeds).tolist()), tuple(np.ravel(rates).tolist())
    members = max(len(seeds), len(rates))
    for name, given in (("seeds", seeds), ("learning_rates", rates)):
        if not given:
            raise ValueError(f"{name}: expected at least one number, got none")
        if len(given) not in (1, members):
            raise ValueError(f"{name}: expected 1 or {members} numbers, got {len(given)}")
    if not all(np.isfinite(rate) and rate > 0 for rate in rates):
        raise ValueError(f"learning_rates: expected finite numbers above 0, got {rates!r}")
    pairs = list(zip(seeds * (members // len(seeds)), rates * (members // len(rates)), strict=True))
    if len(set(pairs)) < members:
        raise ValueError(f"seeds: two members would be the same, with {seeds} and rates {rates}")
    return tuple(seed for seed, _ in pairs), tuple(rate for _, rate in pairs)


def _mesh(devices: int | None, members: int) -> Mesh:
    mesh = batch_mesh(devices)
    return mesh if mesh.size <= members else batch_mesh(members)


def _is_together(mode: Mode, mesh: Mesh) -> bool:
    """Whether to take a step of all members in one call."""
    if mode == "auto":
        return mesh.devices.flat[0].platform != "cpu"
    return mode == "together"

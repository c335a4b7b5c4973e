"""The members of an ensemble before their first step, and how they are to be computed."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np
import optax
from flax import nnx
from jax import Array
from jax.sharding import Mesh

from jaxcnn._support.arguments import check_choice
from jaxcnn.data import Dataset
from jaxcnn.inference import Network, batch_mesh, check_dataset
from jaxcnn.layers import Layer
from jaxcnn.training._batches import ResidentBatches
from jaxcnn.training._members import Member, MemberGroups
from jaxcnn.training._plan import Plan, check_seed
from jaxcnn.training._setup import TrainingSetup, fresh_network, run_keys, set_up
from jaxcnn.training._state import TrainState

OptimizerOfRate = Callable[[int, Array | float], optax.GradientTransformation]
"""A function from the number of steps in a run, and a member's learning rate, to an optimizer."""

Mode = Literal["auto", "together", "in turn"]

EXCLUDED = ("tx", "seed", "devices", "early_stopping", "initial", "norms")
"""Options of `fit` that an ensemble sets by itself, or does not have."""


@dataclasses.dataclass(frozen=True, eq=False)
class EnsembleSetup:
    """An ensemble before its first step.

    Attributes:
        seeds: One per member.
        learning_rates: One per member.
        networks: One per member, untrained.
        shared: What the members have in common, taken from the first one.
        groups: The members, ready to run.
        how: A sentence about how they are computed.
    """

    seeds: tuple[int, ...]
    learning_rates: tuple[float, ...]
    networks: tuple[Network, ...]
    shared: TrainingSetup
    groups: MemberGroups
    how: str


def set_up_ensemble(
    model: Layer | nnx.Module,
    train: Dataset,
    plan: Plan,
    *,
    seeds: Sequence[int],
    learning_rates: float | Sequence[float],
    tx: OptimizerOfRate,
    devices: int | None,
    mode: Mode,
) -> EnsembleSetup:
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
    check_choice("mode", mode, get_args(Mode))
    mesh = _mesh(devices, len(seeds))
    shared = set_up(model, train, plan.having(tx=optax.identity(), seed=seeds[0], devices=1))
    steps = plan.epochs * shared.steps
    same_pixels = plan.having(normalization=shared.network.normalization)
    built = {seeds[0]: shared.network}  # a range of rates has one seed for all
    networks, members = [], []
    for seed, rate in zip(seeds, rates, strict=True):
        init_key, data_key, train_key = run_keys(seed)
        if seed not in built:
            built[seed] = fresh_network(model, train, same_pixels, init_key)
        network = built[seed]
        state = TrainState.create(
            network.variables,
            tx=tx(steps, rate),
            key=train_key,
            average=plan.average is not None,
        )
        networks.append(network)
        members.append(Member.start(state, data_key, rate, train.task))
    assert isinstance(shared.batches, ResidentBatches)  # as those of a Dataset are
    per_device = -(-len(members) // mesh.size)
    together = _is_together(mode, mesh)
    groups = MemberGroups(
        members,
        shared.batches,
        optimizer=lambda rate: tx(steps, rate),
        mesh=mesh,
        at_once=per_device if together else 1,
    )
    how = f"{len(members)} members on {mesh.size} device{'s' * (mesh.size > 1)}, "
    how += "together under vmap" if together else "in turn"
    return EnsembleSetup(seeds, rates, tuple(networks), shared, groups, how)


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
    for seed in seeds:
        check_seed("seeds", seed)
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

"""Prepare the training of an ensemble: one network, optimizer and key per member."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np
import optax
from flax import nnx
from jax import Array
from jax.sharding import Mesh

from jaxcnn._support.arguments import as_plain, check_choice, check_function, check_seed
from jaxcnn.data import Dataset, PictureStatistics
from jaxcnn.distributed import check_started
from jaxcnn.inference import Network, batch_mesh
from jaxcnn.layers import Layer
from jaxcnn.training._batches import ResidentBatches
from jaxcnn.training._ensemble_members import Member, MemberGroups
from jaxcnn.training._fresh_network import fresh_network
from jaxcnn.training._plan import Plan
from jaxcnn.training._plan_checks import as_transformation
from jaxcnn.training._sets import check_model_and_set
from jaxcnn.training._setup import TrainingSetup, run_keys, set_up_training
from jaxcnn.training._state import TrainState

OptimizerFactory = Callable[[int, Array | float], optax.GradientTransformation]
"""A function ``(steps, rate)`` of the number of steps and a learning rate; returns an optimizer."""

Mode = Literal["auto", "together", "in turn"]

REFUSED = (
    *("tx", "swa_start", "early_stopping", "init_from", "log_norms"),
    *("max_steps", "max_seconds", "shard"),
)
"""Options of `fit` that a plan must not have, because ignoring them would change results."""

EXCLUDED = ("seed", "devices", *REFUSED)
"""Options of `fit` that an ensemble decides by itself or does not have."""


@dataclasses.dataclass(frozen=True, eq=False)
class EnsembleSetup:
    """Everything that an ensemble needs before its first step.

    Attributes:
        seeds: One seed per member.
        learning_rates: One learning rate per member.
        networks: One untrained network per member.
        shared: The setup of the first member, for everything that is the same for all members.
        groups: The members, with their compiled step.
        how: A phrase that says on which devices, and how, the members are computed.
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
    tx: OptimizerFactory,
    devices: int | None,
    mode: Mode,
    everywhere: bool = False,
) -> EnsembleSetup:
    """Check the arguments of `fit_ensemble`, and build and compile the members.

    With `everywhere`, the devices of all processes share the members.
    """
    if everywhere:
        check_started()
    check_model_and_set(model, train)
    if not isinstance(train, Dataset):
        raise TypeError(
            "train: expected a Dataset in memory, got a streamed set (call its load() first)"
        )
    seeds, rates = _pair_seeds_and_rates(seeds, learning_rates)
    check_function("tx", tx, "steps", "rate", example="lambda steps, rate: optax.adam(rate)")
    check_choice("mode", mode, get_args(Mode))
    mesh = _mesh(devices, len(seeds), everywhere)
    shared = set_up_training(
        model, train, plan.having(tx=optax.identity(), seed=seeds[0], devices=1)
    )
    steps = plan.epochs * shared.steps

    def optimizer(rate: Array | float) -> optax.GradientTransformation:
        return as_transformation(tx(steps, rate))

    optimizer(rates[0])  # raises for what is no optimizer
    same_pixels = plan.having(normalization=shared.network.normalization)
    built = {seeds[0]: shared.network}  # members with the same seed share their network
    pictures, networks, members = PictureStatistics.of(train), [], []
    for seed, rate in zip(seeds, rates, strict=True):
        init_key, data_key, train_key = run_keys(seed)
        if seed not in built:
            built[seed] = fresh_network(model, train, same_pixels, init_key)
        network = built[seed]
        state = TrainState.create(
            network.variables,
            tx=shared.learn.held.of_trained(optimizer(rate)),
            key=train_key,
            ema=plan.ema_decay is not None,
        )
        networks.append(dataclasses.replace(network, pictures=pictures))
        members.append(Member.start(state, data_key, rate, train.task))
    assert isinstance(shared.batches, ResidentBatches)  # because `train` is a Dataset
    together = _is_together(mode, mesh)
    groups = MemberGroups(
        members,
        shared.batches,
        optimizer=optimizer,
        mesh=mesh,
        per_device=-(-len(members) // mesh.size) if together else 1,
    )
    how = f"{len(members)} members on {mesh.size} device{'s' * (mesh.size > 1)}, "
    how += "together under vmap" if together else "in turn"
    return EnsembleSetup(seeds, rates, tuple(networks), shared, groups, how)


def _pair_seeds_and_rates(
    seeds: Sequence[int], rates: float | Sequence[float]
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Check seeds and learning rates, and repeat a single one for all members."""
    if np.ndim(seeds) != 1:
        raise TypeError(f"seeds: expected several integers, such as range(4), got {seeds!r}")
    seeds, rates = tuple(map(as_plain, seeds)), tuple(np.ravel(rates).tolist())
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
        raise ValueError(
            f"seeds: expected members that differ in seed or learning rate, got equal members from "
            f"the seeds {seeds} and learning rates {rates}"
        )
    return tuple(seed for seed, _ in pairs), tuple(rate for _, rate in pairs)


def _mesh(devices: int | None, members: int, everywhere: bool) -> Mesh:
    mesh = batch_mesh(devices, everywhere=everywhere)
    if mesh.size <= members:
        return mesh
    processes = mesh.size // len(mesh.local_devices)
    return batch_mesh(-(-members // processes), everywhere=everywhere)


def _is_together(mode: Mode, mesh: Mesh) -> bool:
    """Return whether to take the step of all members in one call."""
    if mode == "auto":
        return mesh.devices.flat[0].platform != "cpu"
    return mode == "together"

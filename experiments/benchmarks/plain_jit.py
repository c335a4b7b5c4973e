"""Time a training step on several CPU devices: plain `jax.jit` against `jax.shard_map`.

    python experiments/benchmarks/plain_jit.py --out experiments/results/plain_jit

An unchanged Flax network trains under `jaxcnn.fast_convolutions`. With plain `jit`, the batch has a
`NamedSharding`, and XLA splits the program. With `shard_map` the program of one device is written
by hand: batch norm has the name of the mesh axis, and gradients are summed. "XLA" is plain `jit`
with XLA's own convolutions. All take turns in one process; ratios are of medians, with 95%
bootstrap intervals.
"""

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
import tyro
from _networks import IMAGE, LEARNING_RATE, MOMENTUM, NETWORKS
from _results import cores, facts, write_json
from _timing import interleave, ratio, spread
from flax import nnx
from jax.sharding import NamedSharding, PartitionSpec
from libraries import batch
from libraries.with_flax import Stack

import jaxcnn

AXIS = "batch"
PLAIN, MAPPED, XLA = "plain jit", "shard_map", "plain jit, XLA's convolutions"
TX = optax.sgd(LEARNING_RATE, MOMENTUM)


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        networks: Regular expression; only networks whose name it matches are timed.
        batch_size: Images per step.
        repeats: Largest number of rounds.
        seconds: Time for the rounds of one network; compiling is not included.
        out: Folder for `plain_jit.json`.
    """

    networks: str = ""
    batch_size: int = 128
    repeats: int = 25
    seconds: float = 30.0
    out: Path | None = None


def make_model(name: str) -> Stack:
    """Make a network as Flax has it, in train mode."""
    size, _, channels = IMAGE
    model = Stack(tuple(NETWORKS[name]()), channels, size, nnx.Rngs(0))
    model.train()
    return model


def make_step(model: Stack, axis_name: str | None) -> tuple[Callable, Any]:
    """Return a training step as a pure function, and its state.

    Args:
        model: The network.
        axis_name: The mesh axis over which devices split the batch by `shard_map`; None: the step
            sees the whole batch.
    """
    for _, module in nnx.iter_graph(model):
        if isinstance(module, nnx.BatchNorm):
            module.axis_name = axis_name
    graph, parameters, others = nnx.split(model, nnx.Param, ...)

    def step(state: Any, images: jax.Array, labels: jax.Array) -> tuple[Any, jax.Array]:
        parameters, others, optimizer = state

        def mean_loss(parameters: Any) -> tuple[jax.Array, Any]:
            module = nnx.merge(graph, parameters, others, copy=True)
            losses = optax.softmax_cross_entropy_with_integer_labels(module(images), labels)
            loss = losses.mean()
            if axis_name is not None:
                loss = jax.lax.pmean(loss, axis_name)
            return loss, nnx.split(module, nnx.Param, ...)[2]

        (loss, others), gradients = jax.value_and_grad(mean_loss, has_aux=True)(parameters)
        updates, optimizer = TX.update(gradients, optimizer, parameters)
        return (optax.apply_updates(parameters, updates), others, optimizer), loss

    return step, (parameters, others, TX.init(parameters))


def trainer(name: str, mesh: jax.sharding.Mesh, batch_size: int, *, mapped: bool) -> Callable:
    """Compile a training step on all devices; return a function that makes one step."""
    step, state = make_step(make_model(name), AXIS if mapped else None)
    everywhere, shared = PartitionSpec(), PartitionSpec(AXIS)
    if mapped:
        step = jax.shard_map(
            step, mesh=mesh, in_specs=(everywhere, shared, shared), out_specs=everywhere
        )
    state = jax.device_put(state, NamedSharding(mesh, everywhere))
    data = jax.device_put(batch(batch_size), NamedSharding(mesh, shared))
    compiled = jax.jit(step, donate_argnums=0).lower(state, *data).compile()
    box = [state]

    def once() -> float:
        box[0], loss = compiled(box[0], *data)
        return float(loss)

    return once


def main(config: Config) -> None:
    jax.config.update("jax_num_cpu_devices", cores())
    mesh = jax.make_mesh((cores(),), (AXIS,), axis_types=(jax.sharding.AxisType.Auto,))
    results = []
    for name in NETWORKS:
        if not re.search(config.networks, name):
            continue
        calls = {XLA: trainer(name, mesh, config.batch_size, mapped=False)}
        with jaxcnn.fast_convolutions():
            calls[PLAIN] = trainer(name, mesh, config.batch_size, mapped=False)
            calls[MAPPED] = trainer(name, mesh, config.batch_size, mapped=True)
        losses = [calls[way]() for way in (PLAIN, MAPPED)]
        np.testing.assert_allclose(*losses, rtol=1e-4)
        samples = interleave(calls, repeats=config.repeats, seconds=config.seconds)
        found = {way: ratio(samples[way], samples[PLAIN]).interval for way in (MAPPED, XLA)}
        print(f"{name}: {MAPPED} {found[MAPPED]}, {XLA} {found[XLA]} times as long as {PLAIN}")
        seconds = {way: spread(each) for way, each in samples.items()}
        results.append({"network": name, "seconds": seconds, "times_plain_jit": found})
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(("jax", "jaxlib", "flax")) | {"batch_size": config.batch_size}
        write_json(config.out / "plain_jit.json", about | {"networks": results})


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

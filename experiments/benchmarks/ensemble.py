"""Compare training eight networks together under `jax.vmap` with training them in turn.

    python experiments/benchmarks/ensemble.py --out experiments/results/ensemble

Each member takes one step on the same batch of random images, over all cores as devices. Printed
are the median seconds of one step of all members, and the ratio with its 95% bootstrap interval;
it is above 1 where training them together is faster.
"""

import dataclasses
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import optax
import tyro
from _networks import LEARNING_RATE, MOMENTUM, NETWORKS
from _results import cores, facts, write_json
from _timing import interleave, ratio, spread
from jax.sharding import AxisType
from jax.sharding import PartitionSpec as P
from libraries import batch
from libraries.with_jaxcnn import Convolutions, network

from jaxcnn.functional import softmax_cross_entropy_with_integer_labels
from jaxcnn.lowering import compiler_options
from jaxcnn.training import TrainState, train_step


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        network: One of the networks of `training_step.py`.
        members: Number of networks.
        batch_size: Images per step.
        devices: CPU devices that share the batch; None for one per core.
        repeats: Number of rounds.
        convolutions: "jaxcnn" or "xla".
        out: Folder for `ensemble.json`.
    """

    network: str = "six-convolutions"
    members: int = 8
    batch_size: int = 128
    devices: int | None = None
    repeats: int = 11
    convolutions: Convolutions = "jaxcnn"
    out: Path | None = None


def main(config: Config) -> None:
    devices = config.devices or cores()
    if config.batch_size % devices:
        raise SystemExit(f"--batch-size: must be a multiple of {devices}, the number of devices")
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_num_cpu_devices", devices)
    layers = tuple(NETWORKS[config.network]())
    apply, variables = network(layers, convolutions=config.convolutions)
    tx = optax.sgd(LEARNING_RATE, MOMENTUM)
    loss = softmax_cross_entropy_with_integer_labels
    mesh = jax.make_mesh((devices,), ("batch",), axis_types=(AxisType.Auto,))
    in_specs = (P(), P("batch"), P("batch"))
    images, labels = jax.device_put(batch(config.batch_size), jax.NamedSharding(mesh, P("batch")))
    step = partial(train_step, apply=apply, tx=tx, loss=loss, axis_name="batch")

    def compile_step(step):
        over_devices = jax.shard_map(step, mesh=mesh, in_specs=in_specs, out_specs=P())
        return jax.jit(over_devices, donate_argnums=0, compiler_options=compiler_options())

    def fresh(member: int) -> TrainState:
        state = TrainState.create(variables, tx=tx, key=jax.random.key(member))
        state = jax.tree.map(jnp.copy, state)
        return jax.device_put(state, jax.NamedSharding(mesh, P()))

    one = compile_step(step)
    all_together = compile_step(jax.vmap(step, in_axes=(0, None, None)))
    states = [fresh(member) for member in range(config.members)]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *map(fresh, range(config.members)))

    def in_turn() -> None:
        for member, state in enumerate(states):
            states[member], _ = one(state, images, labels)
            jax.block_until_ready(states[member])

    def together() -> None:
        nonlocal stacked
        stacked, _ = all_together(stacked, images, labels)
        jax.block_until_ready(stacked)

    calls = {"in turn": in_turn, "together": together}
    samples = interleave(calls, repeats=config.repeats, seconds=600)
    faster = ratio(samples["in turn"], samples["together"]).interval
    seconds = {name: spread(values) for name, values in samples.items()}
    for name, found in seconds.items():
        print(f"{name:9} {found['median']:7.3f} s ({found['low']:.3f} to {found['high']:.3f})")
    print(f"together is {faster} times as fast")
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(("jax", "jaxlib", "flax", "optax"))
        results = {"seconds": seconds, "ratio": [round(x, 3) for x in faster]}
        write_json(config.out / "ensemble.json", about | results)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

"""Memory and time of a step whose weights and optimizer state are split over devices.

    python experiments/benchmarks/shard.py --model resnet50 --devices 2 4 8

For each number of CPU devices, `dry_run` compiles and takes two steps with whole copies of weights
and Adam's state on each device, and two with ``shard="fsdp"``. Printed are, per device, the memory
of weights and optimizer, and of the whole step as XLA reports it; and the time of the second step.
"""

import dataclasses

import jax
import numpy as np
import optax
import tyro


@dataclasses.dataclass(frozen=True)
class Config:
    """What to measure.

    Attributes:
        model: A network of the zoo.
        devices: Numbers of CPU devices.
        batch_size: Images per step, over all devices.
        size: Height and width of the images.
    """

    model: str = "resnet50"
    devices: tuple[int, ...] = (2, 4, 8)
    batch_size: int = 32
    size: int = 64


def main(config: Config) -> None:
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_num_cpu_devices", max(config.devices))
    import jaxcnn

    rng = np.random.default_rng(0)
    shape = (2 * config.batch_size, config.size, config.size, 3)
    images = rng.integers(0, 256, shape, np.uint8)
    data = jaxcnn.data.Dataset(images, np.arange(len(images)) % 10, tuple("abcdefghij"))
    print("devices  split  weights and optimizer  step, of this temporaries  second step")
    for devices in config.devices:
        for shard in (None, "fsdp"):
            found = jaxcnn.training.dry_run(
                getattr(jaxcnn.models, config.model)(10),
                data,
                tx=optax.adam(1e-3),
                batch_size=config.batch_size,
                devices=devices,
                shard=shard,
            )
            state, memory = found.state, found.memory
            assert memory is not None
            sizes = (state.split if shard else state.whole, memory.total, memory.temporaries)
            in_mib = "  ".join(f"{size / 2**20:6.1f} MiB" for size in sizes)
            print(f"{devices}  {shard}  {in_mib}  {found.second.seconds:.2f} s", flush=True)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

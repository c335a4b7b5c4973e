"""Measure the overhead of the loop in `fit` against a bare jitted step and against a scan.

    python experiments/benchmarks/epoch_loop.py

All three train the same network on the same batches, in turn, several times, in one process:

- bare: a Python loop that calls the jitted step and reads nothing until the end;
- scan: one compiled `jax.lax.scan` over all steps of the epoch;
- fit:  jaxcnn's loop, which reads each step's loss, counts, checks, and can be interrupted; the
  second of two epochs.

Printed are the median seconds per epoch, the quartiles, and the ratios to bare. Compiling is not
included. Measured results are in experiments/results/.
"""

import dataclasses
import time
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import tyro
from flax import nnx

import jaxcnn
from jaxcnn.data import Augmentation, Dataset, epoch_order
from jaxcnn.functional import softmax_cross_entropy_with_integer_labels
from jaxcnn.inference import Normalization, functionalize
from jaxcnn.lowering import compiler_options
from jaxcnn.training import TrainState, sgd, train_step


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        model: A network of the zoo for 32×32×3 images.
        images: Number of random training images.
        batch_size: Images per step.
        repeats: Number of times each loop is timed.
        scan: Whether to time the scan too, which can be many times slower on a CPU.
    """

    model: str = "cifar_small"
    images: int = 5_000
    batch_size: int = 250
    repeats: int = 7
    scan: bool = True


TX = sgd(0.01)
AUGMENTATION = Augmentation(flip="alternating", shift=2)


def random_images(n: int) -> Dataset:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)
    return Dataset(images, rng.integers(0, 10, n), [str(i) for i in range(10)], "random")


def make_step(config: Config, dataset: Dataset) -> tuple[Callable, TrainState]:
    """Return a training step on the examples of given indices, and the initial state."""
    architecture = jaxcnn.models.by_name(config.model).make()
    module = jaxcnn.build(architecture, dataset.input_shape, rngs=nnx.Rngs(0))
    apply, variables = functionalize(module)
    normalize = Normalization.of(dataset)
    images, labels = jnp.asarray(dataset.images), jnp.asarray(dataset.labels)
    key = jax.random.key(0)

    def step(state: TrainState, indices: jax.Array):
        batch = AUGMENTATION.apply(images[indices], key=key, epoch=0, indices=indices)
        return train_step(
            state,
            normalize(batch),
            labels[indices],
            apply=apply,
            tx=TX,
            loss=softmax_cross_entropy_with_integer_labels,
        )

    return step, TrainState.create(variables, tx=TX, key=key)


def main(config: Config) -> None:
    dataset = random_images(config.images)
    step, first_state = make_step(config, dataset)
    order = epoch_order(jax.random.key(0), 0, len(dataset))
    batches = order[: len(order) // config.batch_size * config.batch_size]
    batches = batches.reshape(-1, config.batch_size)
    compile_step = partial(jax.jit, donate_argnums=0, compiler_options=compiler_options())
    jitted = compile_step(step)
    scanned = compile_step(lambda state: jax.lax.scan(step, state, batches))

    def fresh() -> TrainState:
        return jax.block_until_ready(jax.tree.map(jnp.copy, first_state))

    def bare() -> float:
        state, started = fresh(), time.perf_counter()
        for indices in batches:
            state, _ = jitted(state, indices)
        jax.block_until_ready(state)
        return time.perf_counter() - started

    def scan() -> float:
        state, started = fresh(), time.perf_counter()
        jax.block_until_ready(scanned(state))
        return time.perf_counter() - started

    def fit() -> float:
        run = jaxcnn.fit(
            jaxcnn.models.by_name(config.model).make(),
            dataset,
            epochs=2,
            batch_size=config.batch_size,
            tx=TX,
            augmentation=AUGMENTATION,
            devices=1,
            progress=False,
        )
        # Each call compiles, and the first steps of a new program are slower than later ones.
        return run.history[-1]["seconds"]

    loops = {"bare": bare, "fit": fit} | ({"scan": scan} if config.scan else {})
    for loop in loops.values():
        loop()  # compile
    seconds = {name: [] for name in loops}
    for _ in range(config.repeats):
        for name, loop in loops.items():
            seconds[name].append(loop())
    print(f"{config.model}, {len(batches)} steps of {config.batch_size}, {config.repeats} repeats")
    ratios = {name: np.divide(values, seconds["bare"]) for name, values in seconds.items()}
    for name, values in seconds.items():
        low, middle, high = np.percentile(values, (25, 50, 75))
        ratio = np.median(ratios[name])
        print(f"{name:5} {middle:7.3f} s ({low:.3f} to {high:.3f})   {ratio:.3f} of bare")


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

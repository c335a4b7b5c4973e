"""Compare training eight seeds by one `fit_ensemble` with eight calls of `fit`.

    python experiments/benchmarks/seeds.py --out experiments/results/ensemble

The networks are the README's small network and LeNet-5, on scikit-learn's digits. The following
calls take turns in each round:

- fit:      one `fit` per seed, on all cores as devices, which share each batch;
- in turn:  `fit_ensemble(mode="in turn")`, the cores share the members;
- together: `fit_ensemble(mode="together")`, the members of each core under one `jax.vmap`.

Printed are the median seconds, the quartiles, the part spent on building and compiling, and the
ratios of `fit` to the others, with and without compiling, with their 95% bootstrap intervals. A
ratio above 1 means that the ensemble is faster. Each call compiles anew. The goal for the faster
mode is 1.3.
"""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import tyro
from _results import facts, write_json
from _timing import ratio, spread

import jaxcnn
from jaxcnn.data import Dataset, digits, to_shape
from jaxcnn.training import fit_ensemble

SMALL = jaxcnn.Sequential(
    [
        *(jaxcnn.Conv(32, 3), jaxcnn.BatchNorm(), jaxcnn.Activation("relu"), jaxcnn.MaxPool(2)),
        jaxcnn.Residual([jaxcnn.Conv(32, 3), jaxcnn.Activation("relu")]),
        *(jaxcnn.Flatten(), jaxcnn.Dense(10)),
    ]
)
NETWORKS = {
    "small": (SMALL, (8, 8, 1)),
    "lenet5": (jaxcnn.models.lenet5(), jaxcnn.models.by_name("lenet5").input_shape),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        networks: Names of the networks.
        seeds: Number of seeds.
        epochs: Number of epochs per seed.
        batch_size: Images per step.
        devices: CPU devices; None for one per core.
        repeats: Number of rounds.
        out: Folder for `seeds.json`.
    """

    networks: tuple[str, ...] = tuple(NETWORKS)
    seeds: int = 8
    epochs: int = 10
    batch_size: int = 128
    devices: int | None = None
    repeats: int = 7
    out: Path | None = None


class CallSeconds(NamedTuple):
    """Seconds of one call: in total, and without building and compiling."""

    total: float
    training: float


def ways(
    config: Config, network: jaxcnn.Sequential, train: Dataset
) -> dict[str, Callable[[], float]]:
    """Return the calls to compare; each returns the seconds that its training took."""
    how = {"epochs": config.epochs, "batch_size": config.batch_size, "progress": False}

    def one_by_one() -> float:
        runs = [jaxcnn.fit(network, train, seed=seed, **how) for seed in range(config.seeds)]
        return sum(run.seconds_train for run in runs)

    def in_turn() -> float:
        seeds = range(config.seeds)
        return fit_ensemble(network, train, seeds=seeds, mode="in turn", **how).seconds_train

    def together() -> float:
        seeds = range(config.seeds)
        return fit_ensemble(network, train, seeds=seeds, mode="together", **how).seconds_train

    return {"fit": one_by_one, "in turn": in_turn, "together": together}


def measure(calls: dict[str, Callable[[], float]], repeats: int) -> dict[str, list[CallSeconds]]:
    """Time all calls in rounds, in a different order each round."""
    order = np.random.default_rng(0)
    took: dict[str, list[CallSeconds]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name in order.permutation(list(calls)):
            started = time.perf_counter()
            training = calls[name]()
            took[name].append(CallSeconds(time.perf_counter() - started, training))
    return took


def report(network: str, took: dict[str, list[CallSeconds]]) -> dict[str, object]:
    """Print the results of one network, and return them for the result file."""
    print(f"\n{network}")
    figures = []
    for name, calls in took.items():
        total, training = (list(seconds) for seconds in zip(*calls, strict=True))
        fit_total, fit_training = (list(seconds) for seconds in zip(*took["fit"], strict=True))
        seconds, compiling = spread(total), float(np.median(np.subtract(total, training)))
        whole, alone = ratio(fit_total, total).interval, ratio(fit_training, training).interval
        print(
            f"{name:8} {seconds['median']:7.2f} s ({seconds['low']:.2f} to {seconds['high']:.2f}), "
            f"{compiling:.2f} s of them compiling; fit takes {whole} times as long, "
            f"without compiling {alone}"
        )
        figures.append(
            {
                "how": name,
                "seconds": seconds,
                "seconds_training": spread(training),
                "ratio": [round(x, 3) for x in whole],
                "ratio_training": [round(x, 3) for x in alone],
            }
        )
    return {"network": network, "ways": figures}


def main(config: Config) -> None:
    if unknown := set(config.networks) - set(NETWORKS):
        raise SystemExit(f"--networks: there is no {unknown.pop()!r}; there are {list(NETWORKS)}")
    jax.config.update("jax_platforms", "cpu")
    jaxcnn.set_up(config.devices, huge_pages=True, cache=False)
    found = []
    for name in config.networks:
        network, shape = NETWORKS[name]
        calls = ways(config, network, to_shape(digits().train, shape))
        calls["together"]()  # one-time work of the process is done here, untimed
        found.append(report(name, measure(calls, config.repeats)))
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(("jax", "jaxlib", "flax", "optax", "scikit-learn"))
        write_json(config.out / "seeds.json", about | {"networks": found})


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

"""Time `summary` of an architecture, and compare the speed of `build` with Flax.

    python experiments/benchmarks/architecture.py --out experiments/results/architecture

- summary: the table of a network of the zoo, from the data alone: the first call in the process,
  and the median of later calls.
- build: VGG-16 for 224×224×3, 138,357,544 parameters, by `jaxcnn.build` and as a module of
  `nnx.Conv` and `nnx.Linear` with the same initializers, in turn; the median of the ratios, with a
  95% interval by resampling. Both draw all weights. The first build of each is not counted.

Measured results are in experiments/results/.
"""

import dataclasses
import itertools
import statistics
import time
from pathlib import Path

import _results
import jax
import tyro
from _timing import interleave, ratio, spread
from flax import nnx

import jaxcnn
from jaxcnn.models import by_name

IMAGE = (224, 224, 3)
WIDTHS = (64, 64, "M", 128, 128, "M", *(256,) * 3, "M", *(512,) * 3, "M", *(512,) * 3, "M")


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        models: Networks of the zoo to summarize.
        repeats: Number of summaries of each network; the builds are repeated a tenth as often.
        out: Folder for architecture.json; None to print only.
    """

    models: tuple[str, ...] = ("lenet5", "resnet18", "resnet50", "densenet121", "resnet152")
    repeats: int = 100
    out: Path | None = None


class Vgg16(nnx.Module):
    """VGG-16 as it is usually written in Flax."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        init = nnx.initializers.variance_scaling(2.0, "fan_out", "normal")
        channels, convolutions = IMAGE[-1], []
        for width in WIDTHS:
            if isinstance(width, int):
                conv = nnx.Conv(channels, width, (3, 3), padding=1, kernel_init=init, rngs=rngs)
                convolutions.append(conv)
                channels = width
        self.features = nnx.List(convolutions)
        sizes = (7 * 7 * 512, 4096, 4096, 1000)
        normal = nnx.initializers.normal(0.01)
        self.classifier = nnx.List(
            nnx.Linear(inputs, outputs, kernel_init=normal, rngs=rngs)
            for inputs, outputs in itertools.pairwise(sizes)
        )


def time_summary(name: str, repeats: int) -> dict[str, object]:
    """Return the milliseconds of the first summary and of later ones."""
    make, input_shape = by_name(name)
    network = make()
    milliseconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        jaxcnn.summary(network, input_shape)
        milliseconds.append(1e3 * (time.perf_counter() - began))
    first, *later = milliseconds
    return {
        "network": name,
        "rows": len(jaxcnn.summary(network, input_shape).rows),
        "first": round(first, 2),
        "median": round(statistics.median(later), 2),
        "best": round(min(later), 2),
    }


def build_jaxcnn() -> None:
    _wait_for_weights(jaxcnn.build(jaxcnn.models.vgg16(), IMAGE, rngs=nnx.Rngs(0)))


def build_flax() -> None:
    _wait_for_weights(Vgg16(nnx.Rngs(0)))


def _wait_for_weights(module: nnx.Module) -> None:
    leaves = jax.tree.leaves(nnx.state(module, nnx.Param))
    assert sum(leaf.size for leaf in leaves) == 138_357_544
    jax.block_until_ready(leaves)


def main(config: Config) -> None:
    summaries = [time_summary(name, config.repeats) for name in config.models]
    for row in summaries:
        line = "{network:12} {rows:4} rows  first {first:6.2f} ms  median {median:6.2f} ms"
        print(line.format(**row))
    seconds = interleave(
        {"jaxcnn": build_jaxcnn, "flax": build_flax}, repeats=config.repeats // 10, seconds=600
    )
    against_flax = ratio(seconds["jaxcnn"], seconds["flax"]).interval
    print(f"vgg16: jaxcnn takes {against_flax} times as long to build as Flax")
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        _results.write_json(
            config.out / "architecture.json",
            {
                **_results.facts(("jax", "jaxlib", "flax")),
                "summary, milliseconds": summaries,
                "build vgg16, seconds": {name: spread(times) for name, times in seconds.items()},
                "build vgg16, jaxcnn / flax": against_flax._asdict(),
            },
        )


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

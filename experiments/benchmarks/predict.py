"""Picture files through a network, against the network alone on images that lie in memory.

    python experiments/benchmarks/predict.py --folder FOLDER --out experiments/results/data

In turn, several times, for the first files of a folder:

- predict: `predict_files`, which decodes in threads ahead of the network;
- network: `Network.predict_proba` on the same images, decoded before, in the same batches;
- decoder: the same threads decode the same files, and nothing else is done;
- by turns: decoded batch by batch in one thread, each before the network sees it.

Files have been read before, so that the disk is not measured. The goal is that `predict` takes
little longer than the slower of `network` and `decoder`. Both take time of the same cores where
the network's device is the CPU, so there it cannot be less than what they need together.
"""

import dataclasses
from pathlib import Path

import numpy as np
import tyro
from _results import facts, write_json
from _timing import interleave, ratio, spread
from flax import nnx

import jaxcnn
from jaxcnn.data import find_image_files, load_image, load_images
from jaxcnn.inference import Network, Normalization, functionalize
from jaxcnn.models import by_name

COLOURS = 3

BATCH_SIZE = 64
"""That of `predict_files`, unless it is told another."""

BATCHES_AHEAD = 2
"""So many batches does `predict_files` decode ahead."""


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        folder: The pictures, with any folders in it.
        images: How many of them.
        model: A network of the zoo, for color images; its weights are drawn at random.
        size: Height and width that it sees; None: those it is made for.
        batch_size: Images that go through it at once.
        devices: CPU devices that share each batch; None: as many as cores.
        repeats: Rounds.
        out: Folder for `predict.json`.
    """

    folder: Path
    images: int = 2_000
    model: str = "cifar_small"
    size: tuple[int, int] | None = None
    batch_size: int = BATCH_SIZE
    devices: int | None = None
    repeats: int = 9
    out: Path | None = None


def untrained(config: Config) -> Network:
    """The network, as a run would hold it."""
    made = by_name(config.model)
    architecture = made.make()
    height, width = config.size or made.input_shape[:2]
    shape = (height, width, COLOURS)
    classes = architecture.output_shape(shape)[-1]
    apply, variables = functionalize(jaxcnn.build(architecture, shape, rngs=nnx.Rngs(0)))
    normalization = Normalization((0.5,) * COLOURS, (0.25,) * COLOURS)
    return Network(apply, variables, normalization, shape, tuple(map(str, range(classes))))


def main(config: Config) -> None:
    jaxcnn.set_up(config.devices, huge_pages=True, cache=False)
    found = find_image_files(config.folder)
    if config.images > len(found):
        raise SystemExit(f"--images: there are only {len(found)} in {config.folder}")
    places = np.linspace(0, len(found) - 1, config.images).astype(int)
    files, size = [found[place] for place in places], config.batch_size
    network = untrained(config)
    batches = [files[start : start + size] for start in range(0, len(files), size)]

    def read(batch) -> np.ndarray:
        return np.stack([load_image(file, network.input_shape) for file in batch])

    in_memory = [read(batch) for batch in batches]

    def predict() -> None:
        for _ in jaxcnn.predict_files(network, files, batch_size=size):
            pass

    def alone() -> None:
        for images in in_memory:
            network.predict_proba(images, batch_size=size)

    def decoder() -> None:
        for _ in load_images(files, network.input_shape, ahead=BATCHES_AHEAD * size):
            pass

    def by_turns() -> None:
        for batch in batches:
            network.predict_proba(read(batch), batch_size=size)

    calls = {"predict": predict, "network": alone, "decoder": decoder, "by turns": by_turns}
    samples = interleave(calls, repeats=config.repeats, seconds=600)
    print(f"{config.model}, {config.images:,} files, batches of {size}")
    for name, values in samples.items():
        seconds = spread(values)
        rate = config.images / seconds["median"]
        spreads = f"({seconds['low']:.3f} to {seconds['high']:.3f})"
        print(f"{name:9}{seconds['median']:8.3f} s {spreads}   {rate:8.0f} images/s")
    others = [name for name in calls if name != "predict"]
    ratios = {name: ratio(samples["predict"], samples[name]).interval for name in others}
    for name, slower in ratios.items():
        print(f"predict takes {slower} times as long as {name}")
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(("jax", "jaxlib", "flax", "numpy", "pillow", "simplejpeg"))
        results = {
            "model": config.model,
            "images": config.images,
            "batch_size": size,
            "seconds": {name: spread(values) for name, values in samples.items()},
            "ratios": {name: [round(x, 3) for x in found] for name, found in ratios.items()},
        }
        write_json(config.out / "predict.json", about | results)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

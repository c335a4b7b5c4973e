"""Predict at each position of an image that is larger than memory, and measure memory and time.

    python experiments/benchmarks/tiled.py --folder FOLDER --out experiments/results/data

An image of noise is written to FOLDER, and `Network.predict_tiled` writes one output per pixel
beside it, both through memory maps. With a side of 20,000, the two files take 2.0 GB. The network
has two strided convolutions, one more at a quarter of the size, and two transposed convolutions
back to the full size. Measured are:

- the seconds, and the pixels per second;
- the peak memory of this process, which must stay below `--limit` GiB: the memory maps, JAX and
  everything else count;
- the largest difference from untiled outputs: parts at two corners are computed whole. They must
  agree up to rounding.
"""

import dataclasses
import tempfile
import time
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import tyro
from _memory import peak_bytes
from _results import facts, write_json
from flax import nnx

import jaxcnn
from jaxcnn import Activation, Conv, ConvTranspose, Sequential
from jaxcnn.inference import Network, Normalization, functionalize

NETWORK = Sequential(
    [
        *(Conv(8, 3, 2), Activation("relu")),
        *(Conv(16, 3, 2), Activation("relu")),
        *(Conv(16, 3), Activation("relu")),
        *(ConvTranspose(8, 4, 2), Activation("relu")),
        ConvTranspose(1, 4, 2),
    ]
)
ROWS = 500
"""Rows of the image that are written at once."""
PART = 1000
"""Side of the parts that are computed whole."""
EDGE = 100
"""Pixels at the inner edges of a part that are not compared: more than a receptive field."""
TOLERANCE = 1e-5


@dataclasses.dataclass(frozen=True)
class Config:
    """What to measure.

    Attributes:
        folder: Where to write the image and the outputs; None means a temporary folder.
        side: Side of the image in pixels.
        tile: Side of the tiles in pixels.
        limit: The most memory in GiB.
        out: Folder for `tiled.json`.
    """

    folder: Path | None = None
    side: int = 20_000
    tile: int = 1024
    limit: float = 2.0
    out: Path | None = None


def make_network() -> Network:
    shape = (256, 256, 1)
    apply, variables = functionalize(jaxcnn.build(NETWORK, shape, rngs=nnx.Rngs(0)))
    return Network(apply, variables, Normalization((0.5,), (0.25,)), shape, ("map",), NETWORK)


def write_image(path: Path, side: int) -> np.memmap:
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        for start in range(0, side, ROWS):
            rows = min(ROWS, side - start)
            file.write(rng.bytes(rows * side))
    return np.memmap(path, np.uint8, "r", shape=(side, side, 1))


def difference(network: Network, image: np.ndarray, found: np.ndarray) -> float:
    """Return the largest difference of parts at two corners from their untiled outputs."""
    first = slice(0, PART)
    last = slice(len(image) - PART - len(image) % 4, None)  # begins at a multiple of the stride
    largest = 0.0
    for part, kept in ((first, slice(0, -EDGE)), (last, slice(EDGE, None))):
        pixels = network.normalization(jnp.asarray(image[part, part][None]))
        whole, _ = network.apply(network.variables, pixels, train=False)
        tiled = found[part, part][kept, kept]
        largest = max(largest, float(np.abs(np.asarray(whole)[0, kept, kept] - tiled).max()))
    return largest


def main(config: Config) -> None:
    if config.side < 2 * PART:
        raise SystemExit(f"--side: expected at least {2 * PART}, got {config.side}")
    with tempfile.TemporaryDirectory(dir=config.folder) as folder:
        measure(config, Path(folder))


def measure(config: Config, folder: Path) -> None:
    network, side = make_network(), config.side
    image = write_image(folder / "image", side)
    shape = NETWORK.output_shape((side, side, 1))
    out = np.memmap(folder / "outputs", np.float32, "w+", shape=shape)
    started = time.perf_counter()
    network.predict_tiled(image, tile=config.tile, out=out)
    seconds = time.perf_counter() - started
    peak, largest = peak_bytes() / 2**30, difference(network, image, out)
    print(f"{side:,} × {side:,} pixels in tiles of {config.tile}: {seconds:.1f} s")
    print(f"peak memory {peak:.2f} GiB; the limit is {config.limit:.2f}")
    print(f"largest difference from untiled outputs {largest:.1e}; the limit is {TOLERANCE:.0e}")
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(("jax", "jaxlib", "flax", "numpy"))
        measured = {"seconds": round(seconds, 1), "peak_gib": round(peak, 2), "difference": largest}
        write_json(
            config.out / "tiled.json", about | {"side": side, "tile": config.tile} | measured
        )
    if peak > config.limit or largest > TOLERANCE:
        raise SystemExit(1)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

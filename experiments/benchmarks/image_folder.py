"""Compare the speed of decoding a folder of image files with Pillow, and time the cache.

    python experiments/benchmarks/image_folder.py --folder FOLDER --out experiments/results/data

FOLDER contains `train/<class>/` and `test/<class>/`. Measured in turn, several times:

- pillow: one thread opens and decodes every n-th file, as `Image.open(path).convert("RGB")`;
- decode: jaxcnn decodes the same files without a cache, in as many threads as it chooses;
- first:  a new process reads the whole folder and writes the cache;
- second: another process reads the cache.

The files have been read before, so the disk is not measured. The goals are that `decode` reaches
0.8 of Pillow's rate times the number of cores, and that `second` takes less than 3 s.
"""

import dataclasses
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import tyro
from _results import cores, facts, write_json
from _timing import interleave, ratio, spread
from PIL import Image

from jaxcnn.data import image_folder


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        folder: Folder of the image files.
        size: Height and width of the decoded images.
        every: Only every n-th training file is decoded to compare the rates.
        repeats: Number of rounds.
        out: Folder for `image_folder.json`.
    """

    folder: Path
    size: tuple[int, int] = (32, 32)
    every: int = 5
    repeats: int = 7
    out: Path | None = None


def whole_folder(config: Config, cache: str) -> float:
    """Return the seconds that a new process needs for the whole folder, without its imports."""
    request = {"folder": str(config.folder), "size": config.size, "cache": cache}
    script = Path(__file__).with_name("_decode_folder.py")
    answer = subprocess.check_output([sys.executable, str(script), json.dumps(request)])
    return json.loads(answer)["seconds"]


def main(config: Config) -> None:
    files = image_folder(config.folder, config.size, stream=True).train
    files = files.subset(np.arange(0, len(files), config.every))

    def pillow() -> None:
        for path in files.paths:
            with Image.open(path) as image:
                np.asarray(image.convert("RGB"))

    def decode() -> None:
        files.load(cache=False, progress=False)

    calls = {"pillow": pillow, "decode": decode}
    samples = interleave(calls, repeats=config.repeats, seconds=600)
    samples |= {"first": [], "second": []}
    for _ in range(config.repeats):
        with tempfile.TemporaryDirectory() as cache:
            samples["first"].append(whole_folder(config, cache))
            samples["second"].append(whole_folder(config, cache))

    seconds = {name: spread(values) for name, values in samples.items()}
    for name, found in seconds.items():
        line = f"{name:7}{found['median']:8.3f} s ({found['low']:.3f} to {found['high']:.3f})"
        rate = f"   {len(files) / found['median']:8.0f} images/s" * (name in ("pillow", "decode"))
        print(line + rate)
    faster = ratio(samples["pillow"], samples["decode"]).interval
    of_goal = faster.value / (0.8 * cores())
    print(f"jaxcnn has {faster} times Pillow's rate, {of_goal:.2f} of the goal on {cores()} cores")
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(("jax", "numpy", "pillow", "simplejpeg"))
        results = {"seconds": seconds, "images": len(files), "ratio": [round(x, 3) for x in faster]}
        write_json(config.out / "image_folder.json", about | results)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

"""Time networks of the zoo: jaxcnn against plain Flax, PyTorch and ONNX Runtime.

    python experiments/benchmarks/zoo.py --task predict --out experiments/results/zoo
    python experiments/benchmarks/zoo.py --task train --out experiments/results/zoo

Training: one step of momentum SGD on a batch of random 64×64 images. Predicting: the logits of a
batch of random 224×224 images, for jaxcnn from uint8 pixels in NumPy to logits in NumPy by
`Network.compile`. PyTorch and ONNX Runtime run torchvision's networks, which have the same
parameters. "Flax" is the same Flax module with XLA's convolutions, compiled by `jax.jit`. Each runs
in a process of its own, with all cores and huge memory pages; all take turns in rounds.

Ratios are of medians, with 95% bootstrap intervals; they are above 1 where jaxcnn is faster.
"""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import tyro
from _results import cores, facts, write_json
from training_step import FLAX, HUGE_PAGES, JAXCNN, Library, Result, measure
from training_step import Config as StepConfig

NETWORKS = {
    "train": ("mobilenet_v2", "efficientnet_b0"),
    "predict": ("resnet18", "resnet50", "mobilenet_v2", "efficientnet_b0", "convnext_tiny"),
}
PACKAGES = ("jax", "jaxlib", "flax", "torch", "torchvision", "onnxruntime")


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        task: ``"train"`` or ``"predict"``.
        networks: Regular expression; only networks whose name it matches are timed.
        libraries: Regular expression; only libraries whose name it matches are timed, and jaxcnn.
        batch_size: Images at once; None means 32 for training and 1 for predicting.
        repeats: Largest number of rounds.
        seconds: Time for the rounds of one network; starting and compiling are not included.
        out: Folder for the results.
    """

    task: Literal["train", "predict"] = "predict"
    networks: str = ""
    libraries: str = ""
    batch_size: int | None = None
    repeats: int = 25
    seconds: float = 40.0
    out: Path | None = None


def libraries(task: str) -> Iterator[Library]:
    n, size = cores(), 64 if task == "train" else 224
    common = {"task": task, "size": size}
    ours = common | ({"devices": n} if task == "train" else {})
    yield Library(JAXCNN, "zoo_with_jaxcnn", ours, HUGE_PAGES, peer=False)
    if task == "train":
        yield Library("jaxcnn, one device", "zoo_with_jaxcnn", common, HUGE_PAGES, peer=False)
    xla = common | {"convolutions": "xla"}
    yield Library(FLAX, "zoo_with_jaxcnn", xla, HUGE_PAGES, peer=False)
    runtimes = {"PyTorch": "eager", "PyTorch compiled": "compiled"}
    if task == "predict":
        runtimes["ONNX Runtime"] = "onnxruntime"
    for name, runtime in runtimes.items():
        options = common | {"threads": n, "runtime": runtime}
        yield Library(name, "zoo_with_torch", options, HUGE_PAGES)


def main(config: Config) -> None:
    batch_size = config.batch_size or (32 if config.task == "train" else 1)
    step = StepConfig(
        batch_size=batch_size,
        steps=1 if config.task == "train" or batch_size > 1 else 5,
        repeats=config.repeats,
        seconds=config.seconds,
    )
    chosen = [
        library
        for library in libraries(config.task)
        if library.name == JAXCNN or re.search(config.libraries, library.name)
    ]
    results: list[Result] = []
    for network in NETWORKS[config.task]:
        if re.search(config.networks, network):
            results.append(measure(network, chosen, step))
            print(results[-1].as_markdown(), flush=True)
    if config.out is None:
        return
    config.out.mkdir(parents=True, exist_ok=True)
    name = f"{config.task}-{batch_size}"
    about = facts(PACKAGES) | {"task": config.task, "batch_size": batch_size}
    entries = {"networks": [result.as_json() for result in results]}
    write_json(config.out / f"{name}.json", about | entries)
    (config.out / f"{name}.md").write_text("\n".join(each.as_markdown() for each in results))


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

"""Measure memory and time of attributions for all classes, in one program and in a loop.

    python experiments/benchmarks/attribution.py --out experiments/results/attribution

Each method runs in a separate process. It attributes all classes of 64 images of 32×32×3 by
`cifar_small` in one compiled call (`for_every_class`; `occlusion_for_every_class`). Printed are
the memory of the compiled program besides its arguments and results, as XLA reports it; the peak
memory of the process; and the seconds of a call. The first call is not counted. The calls take
turns with a loop over the classes in Python, which calls the compiled method for all images.
`cifar_small` has GELU activations; guided backpropagation and the deconvnet use ReLU instead.

Measured results are in experiments/results/.
"""

import dataclasses
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import _results
import jax
import numpy as np
import tyro
from _memory import peak_bytes
from _timing import interleave, spread
from flax import nnx

import jaxcnn
from jaxcnn import explain

IMAGE = (32, 32, 3)
CLASSES = 10
METHODS = (
    "saliency",
    "smooth_grad",
    "integrated_gradients",
    "guided_backprop",
    "deconvnet",
    "grad_cam",
    "grad_cam_plus_plus",
    "occlusion",
)


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        methods: Functions of `jaxcnn.explain`.
        images: Number of images.
        batch_size: Pairs of image and class that go through the network at a time.
        samples: Noisy copies for `smooth_grad`, and steps for `integrated_gradients`.
        stride: Stride of the windows of `occlusion`, which are 3×3.
        repeats: Number of times each call is timed.
        loop: Whether to time the loop over classes too.
        out: Folder for attribution.json; None to print only.
    """

    methods: tuple[str, ...] = METHODS
    images: int = 64
    batch_size: int = 64
    samples: int = 50
    stride: int = 1
    repeats: int = 5
    loop: bool = True
    out: Path | None = None


def measure(name: str, config: Config) -> dict[str, object]:
    """Measure one method, in a process that runs nothing else."""
    method = partial(getattr(explain, name), **options_of(name, config))
    model, images = network_of(name), images_of(config)
    every = jax.jit(partial(every_class_of(name, config), method)).lower(model, images).compile()
    of_class = jax.jit(method)

    def program() -> None:
        jax.block_until_ready(every(model, images))

    def loop() -> None:
        jax.block_until_ready([of_class(model, images, number) for number in range(CLASSES)])

    program()
    peak, memory = peak_bytes(), every.memory_analysis()
    assert memory is not None  # XLA reports it on all backends of JAX
    calls = {"program": program} | ({"loop": loop} if config.loop else {})
    seconds = interleave(calls, repeats=config.repeats, seconds=600)
    return {
        "method": name,
        "program, MiB": mebibytes(memory.temp_size_in_bytes),
        "process, MiB": mebibytes(peak),
        **{f"{call}, seconds": spread(times) for call, times in seconds.items()},
    }


def every_class_of(name: str, config: Config):
    """Return a function from a model and images to a method's maps for all classes."""
    if name == "occlusion":
        every = partial(explain.occlusion_for_every_class, **options_of(name, config))
        return lambda _, model, images: every(model, images)
    return partial(explain.for_every_class, num_classes=CLASSES, batch_size=config.batch_size)


def options_of(name: str, config: Config) -> dict[str, object]:
    return {
        "smooth_grad": {"key": jax.random.key(0), "samples": config.samples},
        "integrated_gradients": {"steps": config.samples},
        "occlusion": {"stride": config.stride, "batch_size": config.batch_size},
    }.get(name, {})


def network_of(name: str) -> nnx.Module:
    network = jaxcnn.models.cifar_small(CLASSES)
    if name in ("guided_backprop", "deconvnet"):
        relu = jaxcnn.Activation("relu")
        layers = [relu if isinstance(it, jaxcnn.Activation) else it for it in network.layers]
        network = jaxcnn.Sequential(layers)
    return jaxcnn.build(network, IMAGE, rngs=nnx.Rngs(0))


def images_of(config: Config) -> np.ndarray:
    return np.random.default_rng(0).random((config.images, *IMAGE), np.float32)


def mebibytes(size: int) -> float:
    return round(size / 2**20, 1)


def main(config: Config) -> None:
    rows = []
    fresh = multiprocessing.get_context("spawn")
    for name in config.methods:
        with ProcessPoolExecutor(1, mp_context=fresh) as process:
            rows.append(process.submit(measure, name, config).result())
        print(rows[-1], flush=True)
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        found = {
            **_results.facts(("jax", "jaxlib", "flax")),
            "network": "cifar_small",
            "images": config.images,
            "classes": CLASSES,
            "methods": rows,
        }
        _results.write_json(config.out / "attribution.json", found)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

"""Train one network in this process, or in this one of several, and write the time of its epochs.

    python _scaling_worker.py '{"model": "cifar_small", "devices": 2, ...}'

`scaling.py` starts it, because devices and cores are fixed before JAX begins; in several processes,
`jaxcnn launch` does.
"""

import importlib
import json
import os
import sys
from pathlib import Path

import jax
import numpy as np

import jaxcnn
from jaxcnn import models
from jaxcnn.data import Dataset
from jaxcnn.training import sgd


def main() -> None:
    request = json.loads(sys.argv[1])
    devices = request["devices"] // request["processes"]
    use_cores(devices, first=devices * int(os.environ.get("JAXCNN_PROCESS", "0")))
    if request["processes"] > 1:
        importlib.import_module("jaxcnn.distributed").start()
    else:
        jax.config.update("jax_num_cpu_devices", devices)
    seconds = epochs(request["model"], request["batch_size"], request["steps"])
    if jax.process_index() == 0:
        Path(request["out"]).write_text(json.dumps(seconds))


def use_cores(count: int, *, first: int) -> None:
    """Use one core per device, because XLA and oneDNN otherwise use all cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[first : first + count])


def epochs(model: str, batch_size: int, steps: int) -> list[float]:
    """Return the seconds per step of the epochs after the first one, which warms up."""
    found = models.by_name(model)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (batch_size * steps, *found.input_shape), np.uint8)
    train = Dataset(images, np.arange(len(images)) % 10, tuple("abcdefghij"), "noise")
    run = jaxcnn.fit(
        *(found.make(10), train), epochs=3, batch_size=batch_size, tx=sgd(0.01), progress=False
    )
    return [epoch["seconds"] / steps for epoch in run.history[1:]]


if __name__ == "__main__":
    main()

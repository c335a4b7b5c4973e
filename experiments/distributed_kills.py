"""Kill one of several processes at random steps of a training, and count how often nothing is lost.

    python experiments/distributed_kills.py                 # 10 trainings, 2 processes of 2 devices
    python experiments/distributed_kills.py --kills 50 --processes 3 --devices 1

Each training has checkpoints. One of its processes, drawn at random, is killed (SIGKILL) after a
random step, and the others soon after, as `jaxcnn launch` does (with `--grace 60`, they end by
themselves). Then the training is started again, and goes on to its end. Its weights, optimizer and
history must have the bits of the training that nobody killed.
It prints one line per kill, and "n of n" at the end; the exit status is 1 if any bit differs.
"""

import argparse
import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

EPOCHS, STEPS = 4, 10
MAX_SECONDS = 600


def train(folder: Path, accumulate_steps: int) -> None:
    """Be one of the processes: train, and note the checksum of what was reached."""
    import jax
    import numpy as np

    import jaxcnn
    from jaxcnn.data import Augmentation, Dataset

    jaxcnn.distributed.start()
    drawn = np.random.default_rng(0)
    images = drawn.integers(0, 256, (8 * STEPS, 8, 8, 1)).astype(np.uint8)
    data = Dataset(images, drawn.integers(0, 3, len(images)), ("a", "b", "c"))
    network = jaxcnn.Sequential(
        [
            *(jaxcnn.Conv(4, 3), jaxcnn.BatchNorm(), jaxcnn.Activation("relu")),
            *(jaxcnn.Flatten(), jaxcnn.Dropout(0.2), jaxcnn.Dense(3)),
        ]
    )
    process = jax.process_index()

    def on_step(step: int) -> None:
        (folder / f"step{process}").write_text(str(step))
        time.sleep(0.02)  # so that a signal arrives within a few steps

    run = jaxcnn.fit(
        network,
        data,
        validation=data.take(11),
        epochs=EPOCHS,
        batch_size=8,
        augmentation=Augmentation(flip="random", shift=1),
        accumulate_steps=accumulate_steps,
        checkpoints=jaxcnn.training.Checkpoints(folder / "checkpoints", every_steps=3),
        on_step=on_step,
        progress=False,
    )
    leaves = jax.tree.leaves((run.state.variables, run.state.opt_state, run.state.step))
    bits = hashlib.sha256(b"".join(np.asarray(leaf).tobytes() for leaf in leaves))
    for logs in run.history:
        numbers = [logs[name] for name in sorted(logs) if name.endswith(("loss", "accuracy"))]
        bits.update(json.dumps(numbers).encode())
    (folder / f"bits{process}").write_text(bits.hexdigest())


class Size(NamedTuple):
    """The number of processes, of devices of each, and of micro-batches per step."""

    processes: int
    devices: int
    accumulate_steps: int


def start(folder: Path, size: Size) -> list[subprocess.Popen]:
    """Start the processes of a training."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    root = Path(__file__).parents[1]
    shared = {
        "JAXCNN_COORDINATOR": f"127.0.0.1:{port}",
        "JAXCNN_PROCESSES": str(size.processes),
        "JAX_NUM_CPU_DEVICES": str(size.devices),
        "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]),
    }
    started = []
    for process in range(size.processes):
        environment = os.environ | shared | {"JAXCNN_PROCESS": str(process)}
        command = [sys.executable, __file__, "--train", str(folder)]
        command += ["--accumulate-steps", str(size.accumulate_steps)]
        with open(folder / f"log{process}", "a") as log:
            one = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        started.append(one)
    return started


def wait(started: list[subprocess.Popen], seconds: float = MAX_SECONDS) -> list[int]:
    """Wait for the end of all processes, kill the rest, and return their exit statuses."""
    ends = time.monotonic() + seconds
    while any(one.poll() is None for one in started) and time.monotonic() < ends:
        time.sleep(0.01)
    for one in started:
        one.kill()
    return [one.wait() for one in started]


def step_of(folder: Path, process: int) -> int:
    """Return how far a process has come."""
    try:
        return int((folder / f"step{process}").read_text() or 0)
    except FileNotFoundError:
        return 0


def to_the_end(folder: Path, size: Size) -> set[str]:
    """Train to the end; return the checksums that the processes have noted."""
    statuses = wait(start(folder, size))
    if any(statuses):
        raise SystemExit(f"the processes ended with {statuses}; see {folder}/log*")
    return {(folder / f"bits{process}").read_text() for process in range(size.processes)}


def main() -> None:
    """Kill, start again, and compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=10, help="number of trainings")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--devices", type=int, default=2, help="CPU devices of each process")
    parser.add_argument("--accumulate-steps", type=int, default=1, help="micro-batches per step")
    parser.add_argument("--grace", type=float, default=1.0, help="seconds until all are killed")
    parser.add_argument("--seed", type=int, default=0, help="of the processes and steps")
    parser.add_argument("--train", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train is not None:
        train(options.train, options.accumulate_steps)
        return
    drawn, right = random.Random(options.seed), 0
    size = Size(options.processes, options.devices, options.accumulate_steps)
    with tempfile.TemporaryDirectory() as place:
        whole = to_the_end(Path(place) / "whole", size)
        for number in range(options.kills):
            folder = Path(place) / str(number)
            process, step = drawn.randrange(options.processes), drawn.randint(1, EPOCHS * STEPS)
            started = start(folder, size)
            while step_of(folder, process) < step and started[process].poll() is None:
                time.sleep(0.002)
            started[process].send_signal(signal.SIGKILL)
            began, statuses = time.monotonic(), wait(started, options.grace)
            seconds = time.monotonic() - began
            found = to_the_end(folder, size)
            right += found == whole and len(whole) == 1
            print(
                f"{number + 1}: process {process} was killed after step {step}, the others ended "
                f"after {seconds:.1f} s with {statuses}; then "
                f"{'the same bits' if found == whole else 'OTHER BITS'}",
                flush=True,
            )
    print(f"{right} of {options.kills}")
    sys.exit(right != options.kills)


if __name__ == "__main__":
    main()

"""Kill one of several processes at random steps of a training, and count how often nothing is lost.

    python experiments/distributed_kills.py                 # 50 trainings, 2 processes of 2 devices
    python experiments/distributed_kills.py --kills 9 --per-training 3 --processes 3 --devices 1

`jaxcnn launch --restarts` starts each training. One of its processes, drawn at random, is killed
(SIGKILL) after a random step, and all are started again, and go on from the last checkpoint. At the
end, weights, optimizer and history must have the bits of the training that nobody killed.

A training counts only if the launcher says that this process was ended by SIGKILL; otherwise it had
ended before, and another training takes its place. It prints a line per training, and one with the
counts at the end. The exit status is 1 if a training failed or has other bits.
"""

import argparse
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

EPOCHS, STEPS, BETWEEN_CHECKPOINTS = 3, 8, 3
LATEST = EPOCHS * STEPS - 3
"""The last step after which a process is killed, so that the signal comes before its end."""
MAX_SECONDS = 600
"""A training that takes longer has failed."""
SPARE = 3
"""Restarts in addition to one per kill: on a busy machine, processes may fail to find each other in
time. They change no bits, and are counted in the lines of the trainings."""
RESTARTED = "[launch] starting all again"
KILLED = re.compile(r"^\[launch\] process (\d+) was ended by SIGKILL", re.MULTILINE)


class Size(NamedTuple):
    """The processes of a training.

    Attributes:
        processes: Number of processes.
        devices: Number of CPU devices of each.
        accumulate_steps: Number of micro-batches per step.
        grace: Seconds after a kill until the launcher kills the other processes.
    """

    processes: int
    devices: int
    accumulate_steps: int
    grace: float


class Kill(NamedTuple):
    """Kill a process after a step."""

    process: int
    step: int


class Position(NamedTuple):
    """The position of a process: how often it was started again, its step, and its id."""

    restart: int
    step: int
    pid: int


class Ended(NamedTuple):
    """The end of a training.

    Attributes:
        status: The exit status of `jaxcnn launch`.
        killed: The processes that SIGKILL has ended, as the launcher says.
        restarts: How often all were started again.
        went_on: The steps after which the training went on when it was started again.
        bits: The checksums of what the processes have reached.
        seconds: Its time.
    """

    status: int
    killed: list[int]
    restarts: int
    went_on: list[int]
    bits: set[str]
    seconds: float


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
    process, restart = jax.process_index(), int(os.environ["JAXCNN_RESTART"])

    def on_step(step: int) -> None:
        first = folder / f"first{restart}"
        if process == 0 and not first.exists():
            first.write_text(str(step))
        (folder / f"position{process}").write_text(f"{restart} {step} {os.getpid()}\n")
        time.sleep(0.02)  # so that a signal arrives within a few steps

    run = jaxcnn.fit(
        network,
        data,
        validation=data.take(11),
        epochs=EPOCHS,
        batch_size=8,
        augmentation=Augmentation(flip="random", shift=1),
        accumulate_steps=accumulate_steps,
        checkpoints=jaxcnn.training.Checkpoints(
            folder / "checkpoints", every_steps=BETWEEN_CHECKPOINTS
        ),
        on_step=on_step,
        progress=False,
    )
    leaves = jax.tree.leaves((run.state.variables, run.state.opt_state, run.state.step))
    bits = hashlib.sha256(b"".join(np.asarray(leaf).tobytes() for leaf in leaves))
    for logs in run.history:
        numbers = [logs[name] for name in sorted(logs) if name.endswith(("loss", "accuracy"))]
        bits.update(json.dumps(numbers).encode())
    (folder / f"bits{process}").write_text(bits.hexdigest())


def launch(folder: Path, size: Size, restarts: int) -> subprocess.Popen:
    """Start a training by `jaxcnn launch`."""
    folder.mkdir()
    root = Path(__file__).parents[1]
    environment = {
        "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]),
        # Each start takes the programs of the first one, which those with oneDNN do not allow.
        "JAXCNN_ONEDNN": "0",
        "JAX_COMPILATION_CACHE_DIR": str(folder.parent / "cache"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    command = [
        *(sys.executable, "-m", "jaxcnn", "launch", "-n", str(size.processes)),
        *("--devices", str(size.devices), "--grace", str(size.grace)),
        *("--restarts", str(restarts), __file__, "--train", str(folder)),
        *("--accumulate-steps", str(size.accumulate_steps)),
    ]
    with open(folder / "log", "w") as log:
        return subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log)


def position_of(folder: Path, process: int) -> Position | None:
    """Return the position of a process; None if it has taken no step."""
    with suppress(FileNotFoundError):
        text = (folder / f"position{process}").read_text()
        if text.endswith("\n"):  # otherwise it is being written
            return Position(*map(int, text.split()))
    return None


def train_and_kill(folder: Path, size: Size, kills: Sequence[Kill] = ()) -> Ended:
    """Train to the end, and kill a process after a step, once per start."""
    began = time.monotonic()
    launched = launch(folder, size, len(kills) + SPARE if kills else 0)
    last = -1
    for process, step in kills:
        while launched.poll() is None and time.monotonic() < began + MAX_SECONDS:
            at = position_of(folder, process)
            if at is not None and at.restart > last and at.step >= step:
                with suppress(ProcessLookupError):
                    os.kill(at.pid, signal.SIGKILL)
                last = at.restart
                break
            time.sleep(0.002)
    status = wait(launched, began + MAX_SECONDS - time.monotonic())
    said = (folder / "log").read_text()
    restarts = said.count(RESTARTED)
    firsts = (folder / f"first{number}" for number in range(1, restarts + 1))
    return Ended(
        status=status,
        killed=[int(number) for number in KILLED.findall(said)],
        restarts=restarts,
        went_on=[int(first.read_text()) - 1 for first in firsts if first.exists()],
        bits={file.read_text() for file in folder.glob("bits*")},
        seconds=time.monotonic() - began,
    )


def wait(launched: subprocess.Popen, seconds: float) -> int:
    """Wait for the end of a training, which three signals end if it takes too long."""
    for limit in (max(0.1, seconds), 10, 10):
        with suppress(subprocess.TimeoutExpired):
            return launched.wait(limit)
        launched.terminate()
    return launched.wait()


def listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"


def main() -> None:
    """Kill, wait for the restarts, and compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=50, help="number of kills in all")
    parser.add_argument("--per-training", type=int, default=1, help="kills of each training")
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
    drawn = random.Random(options.seed)
    size = Size(options.processes, options.devices, options.accumulate_steps, options.grace)
    trainings = -(-options.kills // options.per_training)
    ended: list[bool] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        whole = train_and_kill(Path(place) / "whole", size)
        if whole.status or len(whole.bits) != 1:
            log = (Path(place) / "whole" / "log").read_text()
            raise SystemExit(f"the training that nobody kills ended with {whole.status}:\n{log}")
        print(f"without a kill: {whole.seconds:.1f} s", flush=True)
        for number in range(2 * trainings + 10):  # some end before they are killed
            if len(ended) == trainings:
                break
            kills = [
                Kill(drawn.randrange(options.processes), step)
                for step in sorted(drawn.randint(1, LATEST) for _ in range(options.per_training))
            ]
            folder = Path(place) / str(number)
            found = train_and_kill(folder, size, kills)
            processes, steps = zip(*kills, strict=True)
            line = (
                f"{len(ended) + 1}: process {listed(processes)} after step {listed(steps)}, went "
                f"on after step {listed(found.went_on)}, {found.seconds:.1f} s: "
            )
            if found.restarts > len(found.killed):
                line += f"{found.restarts - len(found.killed)} more restarts, "
            if found.status == 0 and found.killed != list(processes):
                print(f"{line}not killed in time, once more", flush=True)
                continue
            is_right = found.status == 0 and found.bits == whole.bits
            ended.append(is_right)
            failed = f"status {found.status}\n{(folder / 'log').read_text()}"
            bits = "the same bits" if found.bits == whole.bits else "OTHER BITS"
            print(line + (failed if found.status else bits), flush=True)
    right, seconds = sum(ended), (time.monotonic() - began) / max(1, len(ended))
    print(
        f"{right} of {trainings} trainings in {size.processes} processes ended with the bits of "
        f"the one that nobody killed; SIGKILL of one process at a random step, "
        f"{options.per_training} per training, by jaxcnn launch --restarts ({seconds:.1f} s each)"
    )
    sys.exit(right != trainings)


if __name__ == "__main__":
    main()

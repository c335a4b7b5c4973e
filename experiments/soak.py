"""Kill a training at random instants, start it again until it is done, and compare the bits.

    python experiments/soak.py --kills 20              # make soak: 1,000 kills, an hour or two
    python experiments/soak.py --kills 1000            # counts go on from the last call

A small network is trained on scikit-learn's digits by `experiments/cifar10.py`, as a user would.
SIGKILL ends it; then the same command starts it again. Half of the kills come at an instant that is
uniform over the length of a life, the other half after one to three new checkpoints of the life.
After each whole training, its weights file must have the bytes of the one that was never killed.
The counts are in `soak.json` in the folder, whatever ends this script.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import tyro

SCRIPT = Path(__file__).parent / "cifar10.py"
TRAINING = [
    *("--dataset", "digits", "--model", "lenet5", "--shift", "0", "--devices", "2"),
    *("--epochs", "6", "--checkpoint-every", "5", "--resume", "auto"),
]
MAX_NEW = 3
"""New checkpoints that a life may save before it is killed."""
# Otherwise each life imports JAX twice: the script restarts itself to get them.
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


@dataclasses.dataclass(frozen=True)
class Soak:
    """The options of the script.

    Attributes:
        kills: Total number of kills to reach, counting those of earlier calls.
        folder: Where the runs and the counts are.
        seed: Seed of the instants.
        life: Seconds within which a process is killed; by default those that one takes.
    """

    kills: int = 20
    folder: Path = Path("runs/soak")
    seed: int = 0
    life: float | None = None


class Pace(NamedTuple):
    """The speed of a training that nothing interrupts.

    Attributes:
        life: Seconds of the whole process.
        distance: Seconds between two checkpoints.
    """

    life: float
    distance: float


@dataclasses.dataclass
class Counts:
    """What has happened so far, in all calls.

    Attributes:
        kills: Processes that were killed.
        later: Those of them that had saved a checkpoint of their own before.
        trainings: Trainings that came to their end after at least one kill.
        different: Those of them whose weights have other bits.
        failed: Processes that ended with an error of their own.
    """

    kills: int = 0
    later: int = 0
    trainings: int = 0
    different: int = 0
    failed: int = 0

    @classmethod
    def read(cls, folder: Path) -> "Counts":
        """Read the counts of earlier calls, if there were any."""
        path = folder / "soak.json"
        return cls(**json.loads(path.read_text())) if path.exists() else cls()

    def write(self, folder: Path) -> None:
        """Write the counts, for later calls."""
        (folder / "soak.json").write_text(json.dumps(dataclasses.asdict(self)))


def main(options: Soak) -> None:
    """Kill until the number is reached, and end with status 1 if anything went wrong."""
    folder = options.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    counts, reference = Counts.read(folder), folder / "reference"
    if not reference.exists():
        run_whole(folder / "reference.partial", folder)  # also fills the compilation cache
        (folder / "reference.partial").rename(reference)
    pace = run_whole(folder / "timed", folder)
    if options.life is not None:
        pace = pace._replace(life=options.life)
    expected = digest(reference)
    instants = random.Random(options.seed + counts.kills)
    while counts.kills < options.kills:
        killed = train_with_kills(folder, pace, instants, counts, options.kills)
        found = digest(folder / "killed")
        counts.trainings += killed > 0
        counts.different += found != expected
        counts.write(folder)
        print(f"{counts.kills} kills, {counts.trainings} trainings, {counts.different} different")
        if found != expected:
            (folder / "killed").rename(folder / f"different-{counts.trainings}")
    print(counts)
    sys.exit(counts.different + counts.failed > 0)


def run_whole(out: Path, folder: Path) -> Pace:
    """Train from nothing to the end without a break, and return how fast that was."""
    shutil.rmtree(out, ignore_errors=True)
    began, process, instants = time.perf_counter(), start(out, folder), []
    while wait_for_checkpoints(process, out, saved_steps(out), 1):
        instants.append(time.perf_counter())
    if process.returncode != 0:
        sys.exit(f"{out}: a process ended with status {process.returncode}; see {folder}/log")
    distance = (instants[-1] - instants[0]) / (len(instants) - 1) if len(instants) > 1 else 0.0
    return Pace(time.perf_counter() - began, distance)


def train_with_kills(
    folder: Path, pace: Pace, instants: random.Random, counts: Counts, kills: int
) -> int:
    """Train once to the end, and return how often that was interrupted."""
    out, killed = folder / "killed", 0
    shutil.rmtree(out, ignore_errors=True)
    while True:
        steps, process = saved_steps(out), start(out, folder)
        if counts.kills < kills:
            wait_for_instant(process, out, steps, pace, instants)
            process.kill()  # without effect if it has ended
        status = process.wait()
        if status == 0:
            return killed
        if status != -signal.SIGKILL:
            counts.failed += 1
            counts.write(folder)
            sys.exit(f"{out}: a process ended with status {status}; see {folder}/log")
        killed += 1
        counts.kills += 1
        counts.later += saved_steps(out) > steps
        counts.write(folder)


def wait_for_instant(
    process: subprocess.Popen, out: Path, steps: int, pace: Pace, instants: random.Random
) -> None:
    """Wait until a process is to be killed, or has ended."""
    if instants.random() < 0.5:
        seconds = instants.uniform(0, pace.life)
    else:
        wait_for_checkpoints(process, out, steps, instants.randint(1, MAX_NEW))
        seconds = instants.uniform(0, pace.distance)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)


def wait_for_checkpoints(process: subprocess.Popen, out: Path, steps: int, number: int) -> bool:
    """Wait for a number of checkpoints after the one with so many steps.

    Returns:
        Whether the process is running then.
    """
    while process.poll() is None:
        latest = saved_steps(out)
        number -= latest > steps
        if number == 0:
            return True
        steps = latest
        time.sleep(0.005)
    return False


def saved_steps(out: Path) -> int:
    """Return the number of updates after which the latest checkpoint of a run was saved."""
    names = [path.name for path in (out / "checkpoints").glob("*")]
    return max((int(name) for name in names if name.isdecimal()), default=0)


def start(out: Path, folder: Path) -> subprocess.Popen:
    """Start the training in a process of its own, with a compilation cache in the folder."""
    with (folder / "log").open("a") as log:
        environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")} | HUGE_PAGES
        command = [sys.executable, SCRIPT, *TRAINING, "--out", out]
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment)


def digest(run: Path) -> str:
    """Return the checksum of a run's weights."""
    return hashlib.sha256((run / "weights.safetensors").read_bytes()).hexdigest()


if __name__ == "__main__":
    main(tyro.cli(Soak, description=__doc__))

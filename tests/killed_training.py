"""Kill a training of a small network after its checkpoints, and start it again until it is done.

    python tests/killed_training.py FOLDER KILLS

It prints, as JSON, the number of each life's first and latest checkpoint, and two checksums of the
weights: of this training, and of one that nothing kills. Each life is a fork of this process, which
has imported everything but started no backend.
"""

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import small

from jaxcnn.training import Checkpoints
from jaxcnn.training.checkpoints._store import checkpoint_numbers


def train(checkpoints: Checkpoints | None) -> str:
    """Return the checksum of the weights of a training that may be resumed."""
    run = small.quick_fit(small.LINEAR, epochs=20, checkpoints=checkpoints, devices=1)
    return hashlib.sha256(b"".join(small.as_bits(run.network.variables))).hexdigest()


def main(folder: Path, kills: int) -> None:
    instants, lives = random.Random(0), []
    folder, result, whole = folder / "checkpoints", folder / "digest", folder / "whole"
    # In a fork, too: other settings of a process change the bits.
    if (child := os.fork()) == 0:
        live(None, whole)
    os.waitpid(child, 0)
    for life in range(kills + 1):
        before = latest(folder)
        child = os.fork()
        if child == 0:
            # The last life has no need to save often.
            live(Checkpoints(folder, every_steps=1 if life < kills else 50), result)
        if life < kills:
            wait_for_checkpoints(folder, before, instants.randint(1, 3))
            time.sleep(instants.uniform(0, 0.05))
            os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        lives.append({"status": status, "before": before, "after": latest(folder)})
    print(json.dumps({"lives": lives, "digest": result.read_text(), "whole": whole.read_text()}))


def live(checkpoints: Checkpoints | None, result: Path) -> None:
    """Train to the end, if nothing kills this process, and exit."""
    status = 1
    try:
        result.write_text(train(checkpoints))
        status = 0
    finally:
        os._exit(status)


def wait_for_checkpoints(folder: Path, before: int, number: int) -> None:
    """Wait for a number of checkpoints after the one with so many steps."""
    ends = time.monotonic() + 60
    while number and time.monotonic() < ends:
        now = latest(folder)
        number -= now > before
        before = now
        time.sleep(0.001)


def latest(folder: Path) -> int:
    """Return the number of updates of the latest checkpoint; 0 if there is none."""
    return max(checkpoint_numbers(folder), default=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

"""Kill and fail the save of a checkpoint at each call that writes, and fill its disk.

    python tests/killed_checkpoints.py FOLDER EVERY

It prints as JSON, for the fault at every n-th call, how the save ended and the number of the
checkpoint that is resumed from. Orbax writes arrays in C++, whose calls are not counted; a limit of
the size of files stands for a full disk there. Saves that may die run in forks of this process,
which has imported everything but started no backend.
"""

import contextlib
import json
import os
import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from faults import CALLS, DELETIONS, Faults, injected

from jaxcnn.training import Checkpoints
from jaxcnn.training.checkpoints._store import CheckpointStore

COUNTED = (*CALLS, *DELETIONS)


def arrays(number: int) -> dict[str, jax.Array]:
    """The arrays of a checkpoint."""
    values = np.random.default_rng(number).normal(size=(64, 64))
    return {
        "weights": jnp.asarray(values, jnp.float32),
        "half": jnp.asarray(values[:8], jnp.bfloat16),
        "step": jnp.asarray(number),
    }


def record(number: int) -> dict[str, Any]:
    return {"epoch": number, "history": [{"loss": number / 3}] * number}


@contextlib.contextmanager
def opened(folder: Path):
    """A store that deletes the earlier checkpoint as soon as the next one is whole."""
    store = CheckpointStore(Checkpoints(folder, keep=1), sign=-1)
    try:
        yield store
    finally:
        store.close()


def save(folder: Path, number: int, faults: Faults | None = None) -> None:
    with opened(folder) as store, contextlib.ExitStack() as stack:
        if faults is not None:
            stack.enter_context(injected(faults, COUNTED))
        store.save(number, arrays(number), record(number))
        store.wait()


def left(folder: Path) -> int | str:
    """Return the number of the checkpoint that is resumed from, or the fault of it.

    If that is the earlier one, the later one must be possible to save now.
    """
    try:
        with opened(folder) as store:
            found = number = store.numbers[-1]
            check(store, number)
            if number == 1:
                store.save(2, arrays(2), record(2))
                store.wait()
                check(store, 2)
        return found
    except Exception as error:
        return f"{type(error).__name__}: {error!s:.300}"


def check(store: CheckpointStore, number: int) -> None:
    assert store.read_record(number) == record(number)
    found = store.read_arrays(number, arrays(number))
    for name, array in arrays(number).items():
        assert np.asarray(found[name]).tobytes() == np.asarray(array).tobytes(), name


def in_child(work: Callable[[], object]) -> str:
    """Do some work in a forked process, and return how it ended."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = ENDS.index(ending(work))
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return ENDS[status] if status < len(ENDS) else "killed" if status == 9 else f"status {status}"


ENDS = ("saved", "crashed", "named", "unnamed")


def ending(work: Callable[[], object]) -> str:
    """Return whether a save is successful, or fails with an error that names the checkpoint."""
    try:
        work()
    except Exception as error:
        is_named = isinstance(error, OSError) and "step 2 could not be saved" in str(error)
        return "named" if is_named else "unnamed"
    return "saved"


def limited(folder: Path, size: int) -> None:
    """Save while no file may have more than so many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    save(folder, 2)


def main(place: Path, every: int) -> None:
    template, found = place / "template", {}

    def copy(name: str) -> Path:
        return Path(shutil.copytree(template, place / name))

    def count() -> None:
        save(template, 1)
        faults = Faults()
        save(copy("counted"), 2, faults)
        sizes = [each.stat().st_size for each in (place / "counted").rglob("*")]
        (place / "counts.json").write_text(json.dumps([faults.calls, max(sizes)]))

    assert in_child(count) == "saved"
    calls, largest = json.loads((place / "counts.json").read_text())
    numbers = range(1, calls + 1, every)
    for at in numbers:
        folder = copy(f"killed{at}")
        found[folder.name] = in_child(lambda a=at, f=folder: save(f, 2, Faults(a, kills=True)))
    for size in range(0, largest, max(largest // 20, 1) * every):
        folder = copy(f"filled{size}")
        found[folder.name] = in_child(lambda s=size, f=folder: limited(f, s))
    # From here on a backend runs in this process.
    for at in numbers:
        for stays in (False, True):
            folder = copy(f"failed{at}{' and all later' * stays}")
            faults = Faults(at, stays=stays)
            found[folder.name] = ending(lambda one=faults, f=folder: save(f, 2, one))
    result = {name: [end, left(place / name)] for name, end in found.items()}
    print(json.dumps({"calls": calls, "faults": result}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
    os._exit(0)  # Orbax waits for minutes for saves that failed early

"""Kill `Run.save` at each call that writes, and fill its disk; print what is left.

A program of its own, because a process with JAX in it should not fork in the middle of tests.
"""

import json
import os
import resource
import sys
from pathlib import Path

import saved_runs
from faults import Faults, injected


def in_child(work) -> int:
    """Do some work in a forked process; return its exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except OSError as error:
            status = 3 if "expected space for a file of" in str(error) else 4
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def files(folder: Path) -> dict[str, bytes] | None:
    """The content of a folder; None if it is not there."""
    if not folder.exists():
        return None
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def main(place: Path) -> None:
    run = saved_runs.run()
    whole = files(run.save(place / "reference" / "run"))
    assert whole is not None
    with injected(Faults()) as counted:
        run.save(place / "counted" / "run")
    found = {"calls": counted.calls, "unseen": 0, "whole": 0, "bad": []}

    def kill(at: int, folder: Path) -> None:
        with injected(Faults(at, kills=True)):
            run.save(folder)

    for at in range(1, counted.calls + 1):
        folder = place / f"killed{at}" / "run"
        status, left = in_child(lambda at=at, folder=folder: kill(at, folder)), files(folder)
        if left is not None:
            left.pop(".lock", None)
        with injected(Faults()):
            again = left is None and files(run.save(folder))
        kind = "whole" if left == whole else "unseen" if again == whole else None
        if status != 9 or kind is None or [p.name for p in folder.parent.iterdir()] != ["run"]:
            found["bad"].append([at, status, kind])
        else:
            found[kind] += 1

    def fill(limit: int, folder: Path) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        run.save(folder)

    largest = max(map(len, whole.values()))
    sizes = range(150, largest, largest // 20)  # the lock's own file has fewer than 150 bytes
    for size in sizes:
        folder = place / f"filled{size}" / "run"
        status = in_child(lambda size=size, folder=folder: fill(size, folder))
        if status != 3 or [*folder.parent.iterdir()]:
            found["bad"].append([f"{size} bytes", status])
    print(json.dumps(found | {"filled": len(sizes)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

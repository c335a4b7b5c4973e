"""Several processes on this machine that train together."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import jax

TESTS = Path(__file__).parent
WORKER = TESTS / "distributed_worker.py"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def launch(folder, cases, *, processes=2, devices=2, environment=None):
    """Start the processes, which run some cases of the worker in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    port, started = free_port(), []
    for process in range(processes):
        settings = {
            "JAXCNN_COORDINATOR": f"127.0.0.1:{port}",
            "JAXCNN_PROCESSES": str(processes),
            "JAXCNN_PROCESS": str(process),
            "JAX_NUM_CPU_DEVICES": str(devices),
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
            "JAX_COMPILATION_CACHE_DIR": jax.config.values["jax_compilation_cache_dir"] or "",
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.02",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
            "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)]),
        }
        command = [sys.executable, WORKER, folder, *cases]
        settings |= environment or {}
        with open(folder / f"{process}.txt", "w") as log:
            started.append(
                subprocess.Popen(
                    command, env=os.environ | settings, stdout=log, stderr=subprocess.STDOUT
                )
            )
    return started


def wait(started, seconds=400.0):
    """Wait for the end of all processes, and return their exit statuses."""
    ends = time.monotonic() + seconds
    try:
        return [one.wait(max(0.1, ends - time.monotonic())) for one in started]
    finally:
        for one in started:
            one.kill()


def results(folder, cases, statuses=None, **options):
    """Run some cases; return per case what each process has found."""
    started = launch(folder, cases, **options)
    found = wait(started)
    printed = "\n".join((folder / f"{i}.txt").read_text() for i in range(len(started)))
    assert found == (statuses or [0] * len(started)), printed
    each = [json.loads((folder / f"{i}.json").read_text()) for i in range(len(started))]
    return {case: [one[case] for one in each] for case in cases}

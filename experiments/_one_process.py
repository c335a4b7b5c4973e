"""Refuse to run in several processes."""

import sys
from pathlib import Path

import jax

import jaxcnn


def check_one_process() -> None:
    """Exit with one line and status 2 if this process is one of several; do so in all of them."""
    jaxcnn.distributed.start()
    if jax.process_count() == 1:
        return
    if jaxcnn.distributed.is_first():
        print(
            f"{Path(sys.argv[0]).name}: expected one process, got {jax.process_count()} (it trains "
            "small networks one after the other, for which one machine is enough)",
            file=sys.stderr,
        )
    jaxcnn.distributed.leave(2)

"""`start`: join the other processes before anything is computed."""

import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from types import TracebackType
from typing import Any, NamedTuple

import jax

from jaxcnn._support.arguments import check_int
from jaxcnn._support.lifeline import follow_lifeline
from jaxcnn._support.set_up import has_started
from jaxcnn.distributed._connect import connect
from jaxcnn.distributed._proxies import without_needless_warning

VARIABLES = ("JAXCNN_COORDINATOR", "JAXCNN_PROCESSES", "JAXCNN_PROCESS")
"""The environment variables that say what the arguments of `start` say, in their order."""

ADDRESS = re.compile(r".+:\d{1,5}")

VISIBLE = ("jax_cuda_visible_devices", "jax_rocm_visible_devices", "jax_oneapi_visible_devices")
"""The settings by which JAX restricts a process to some of the GPUs that it sees."""

ONE_PER_NODE = re.compile(r"1(\(x\d+\))?")
"""How SLURM writes that each node runs one process, such as ``1(x4)``."""

HEARTBEAT_SECONDS = 30
"""How long a process may be silent until JAX takes it for dead, and ends the others. JAX's default
is 100. A thread of its own sends signs of life, so a busy process is not silent."""

SHUTDOWN_SECONDS = 3_600
"""How long a process that has ended well waits for the others, while they are alive."""

LEAVE_SECONDS = 5
"""How long a process that has failed waits for the others."""


class Place(NamedTuple):
    """The place of this process among the others.

    Attributes:
        coordinator: The address of process 0, ``HOST:PORT``.
        processes: The number of processes.
        process: The number of this process, from 0.
    """

    coordinator: str
    processes: int
    process: int


def start(
    coordinator: str | None = None, processes: int | None = None, process: int | None = None
) -> None:
    """Join the other processes of a training, before anything is computed.

    Call it at the beginning of a script that runs several times at once, on one machine or on many,
    and after `jaxcnn.set_up`. `fit` then trains one network on the devices of all processes.

    Where the other processes are is taken from the arguments; without arguments, from the
    environment variables JAXCNN_COORDINATOR, JAXCNN_PROCESSES and JAXCNN_PROCESS, as ``jaxcnn
    launch`` sets them; else from what `jax.distributed.initialize` finds by itself: SLURM, Open
    MPI, Kubernetes with the package ``kubernetes``, and TPU pods. If there is nothing of all that,
    or only one process, `start` does nothing. So a script that calls it also runs by itself. A
    second call does nothing.

    Processes on CPUs talk by gloo, which JAX's wheels for Windows do not have. Under SLURM and Open
    MPI, JAX gives each of several processes on a node one GPU, that of its number on the node; a
    process that is alone on its node gets all GPUs. JAX_LOCAL_DEVICE_IDS decides otherwise.

    `start` lets the devices compute a sum: what decides how many there are, such as
    `jaxcnn.set_up`, is called before it.

    After `start`, an error that nobody catches ends the process after 5 seconds, as ``mpi4py.run``
    does: otherwise it and the others would wait for each other. If ``jaxcnn launch`` has started
    the process and is killed, the process gets SIGTERM.

    Args:
        coordinator: The address of process 0, ``HOST:PORT``, with any free port.
        processes: The number of processes.
        process: The number of this process, from 0.

    Raises:
        RuntimeError: If JAX has computed something before, or the others cannot be reached.
        TypeError: If an argument has the wrong type.
        ValueError: If some of the arguments are missing, or one is out of range. If the processes
            have different numbers of devices.

    Example:
        >>> jaxcnn.distributed.start("10.0.0.1:9911", 2, 0)  # doctest: +SKIP
    """
    place = _asked(coordinator, processes, process)
    if jax.distributed.is_initialized() or _state["was called"]:
        return
    if has_started():
        raise RuntimeError(
            "jaxcnn.distributed.start: expected a call before JAX computes anything, got one after "
            "it"
        )
    follow_lifeline()
    if place is None:
        _join(jax.distributed.initialize)
    elif place.processes > 1:
        _check_collectives()
        _join(jax.distributed.initialize, place)
    _state["was called"] = True


_state = {"was called": False}


def check_started() -> None:
    """Raise if the environment says that there are other processes, and `start` was not called.

    Otherwise each process would train a network of its own, and all would write to one folder.
    `fit` and its relatives call it.

    Raises:
        RuntimeError: If JAXCNN_PROCESSES is above 1, and this process has joined no others.

    Example:
        >>> check_started()  # in a process that runs by itself
    """
    processes = os.environ.get("JAXCNN_PROCESSES", "1")
    if _state["was called"] or jax.process_count() > 1 or processes in ("0", "1"):
        return
    raise RuntimeError(
        "jaxcnn.distributed.start: expected a call at the beginning of the script, got none "
        f"(JAXCNN_PROCESSES={processes} in the environment, as jaxcnn launch sets it)"
    )


def _asked(coordinator: Any, processes: Any, process: Any) -> Place | None:
    """Return the place that the arguments say, else the environment; None: neither does."""
    given: dict[str, Any] = {
        "coordinator": coordinator,
        "processes": processes,
        "process": process,
    }
    if all(value is None for value in given.values()):
        given = {name: os.environ.get(name) for name in VARIABLES}
        if all(value is None for value in given.values()):
            return None
        for name in VARIABLES[1:]:
            given[name] = _as_int(name, given[name])
    _check(given)
    return Place(*given.values())


def _as_int(name: str, text: str | None) -> int | None:
    if text is not None and not text.isdecimal():
        raise ValueError(f"{name}: expected an integer, got {text!r}")
    return None if text is None else int(text)


def _check(given: Mapping[str, Any]) -> None:
    missing = [name for name, value in given.items() if value is None]
    if missing:
        there = ", ".join(name for name in given if name not in missing)
        raise ValueError(f"{missing[0]}: expected a value beside {there}, got none")
    (address, coordinator), (many, processes), (one, process) = given.items()
    if not isinstance(coordinator, str):
        raise TypeError(f"{address}: expected a text such as '10.0.0.1:9911', got {coordinator!r}")
    if not ADDRESS.fullmatch(coordinator):
        raise ValueError(f"{address}: expected HOST:PORT, got {coordinator!r}")
    check_int(many, processes)
    check_int(one, process, minimum=0)
    if process >= processes:
        raise ValueError(
            f"{one}: expected 0 to {processes - 1} for {processes} processes, got {process}"
        )


def _check_collectives() -> None:
    if sys.platform == "win32":
        raise RuntimeError(
            "jaxcnn.distributed.start: expected Linux or macOS, got Windows, whose wheel of JAX "
            "has no collectives for CPUs (one process uses all cores: jaxcnn.set_up())"
        )


def _join(initialize: Any, place: Place | None = None) -> None:
    """Connect to the other processes, where the place of this one says, or where JAX finds it."""
    if place is None and _is_only_task():
        return
    options: dict[str, Any] = {
        "heartbeat_timeout_seconds": HEARTBEAT_SECONDS,
        "shutdown_timeout_seconds": SHUTDOWN_SECONDS,
    }
    if place is not None:
        options["cluster_detection_method"] = "deactivate"
        keys = ("coordinator_address", "num_processes", "process_id")
        options |= dict(zip(keys, place, strict=True))
    try:
        with ExitStack() as stack:
            stack.enter_context(_handlers_kept())
            stack.enter_context(without_needless_warning())
            if place is None:
                stack.enter_context(_all_devices_of_node())
            initialize(**options)
    except ValueError as error:
        if place is None and "coordinator_address" in str(error):
            return  # JAX has found no other processes
        raise
    sys.excepthook = partial(_show_and_leave, sys.excepthook)
    connect()


def _is_only_task() -> bool:
    """Return whether SLURM runs one process only; JAX would take one of its GPUs."""
    return os.environ.get("SLURM_NTASKS") == "1"


@contextmanager
def _all_devices_of_node() -> Iterator[None]:
    """Undo within a block that JAX takes one GPU, for a process that is alone on its node."""
    per_node = os.environ.get("SLURM_STEP_TASKS_PER_NODE", "")
    is_alone = ONE_PER_NODE.fullmatch(per_node) is not None
    is_alone |= os.environ.get("OMPI_COMM_WORLD_LOCAL_SIZE") == "1"
    names = [name for name in VISIBLE if name in jax.config.values]
    before = {name: jax.config.values[name] for name in names}
    yield
    if is_alone and "JAX_LOCAL_DEVICE_IDS" not in os.environ:
        for name, value in before.items():
            jax.config.update(name, value)


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """Keep Python's handling of SIGTERM, which JAX replaces by one that ignores the signal."""
    is_main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if is_main and before is not None:
            signal.signal(signal.SIGTERM, before)


def leave(status: int) -> int:
    """End this process with a status other than 0, although others may wait for it.

    If they end, too, it waits for them, so that each keeps its own status. Otherwise JAX would wait
    for them until they end, and they for this process.

    Args:
        status: The exit status.

    Returns:
        The status, if there is only one process; otherwise it does not return.
    """
    if not jax.distributed.is_initialized():
        return status
    end = threading.Thread(target=jax.distributed.shutdown, daemon=True)
    end.start()
    end.join(LEAVE_SECONDS)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _show_and_leave(
    show: Callable[..., Any],
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
) -> None:
    """Show an error that nobody caught, and end the process."""
    show(kind, error, trace)
    leave(130 if issubclass(kind, KeyboardInterrupt) else 1)

"""The subcommand `jaxcnn launch`."""

import importlib
import os
import pkgutil
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from jaxcnn._support.arguments import check_int, check_number, did_you_mean
from jaxcnn._support.machine import cpu_cores
from jaxcnn._support.set_up import HUGE_PAGES
from jaxcnn.commands._processes import Launcher


def launch(
    script: Annotated[tuple[str, ...], Positional, arg(metavar="SCRIPT [ARGS ...]")] = (),
    *,
    processes: Annotated[int, arg(aliases=("-n",), metavar="N")],
    devices: Annotated[int | None, arg(metavar="M")] = None,
    restarts: Annotated[int, arg(metavar="K")] = 0,
    grace: Annotated[float, arg(metavar="SECONDS")] = 30,
) -> int:
    """Train in several processes on this machine, and start them again if one of them dies.

    For example, jaxcnn launch -n 2 --restarts 3 train pictures --out runs/pets.

    SCRIPT is a Python file, -m and a module, or the word train, for jaxcnn train. All that follows
    it are its own arguments. The function jaxcnn.distributed.start, which jaxcnn train calls
    itself, joins the processes: the environment has JAXCNN_COORDINATOR, JAXCNN_PROCESSES and
    JAXCNN_PROCESS.

    Each line that a process prints begins with its number, such as [1]. If a process fails, the
    others are ended. Ctrl-C and SIGTERM are passed on, and the command waits until all processes
    have saved their state; a third signal kills them. If the command itself is killed, the
    processes get SIGTERM.

    With --restarts, all processes are then started again, unless a signal was passed on, or the
    status of a process is 2 (the command line is wrong) or 3 (the training diverged). jaxcnn train
    and the scripts in experiments/ go on from their last checkpoint, as with --resume auto. Other
    scripts do it by fit(checkpoints=folder). JAXCNN_RESTART in the environment is the number of the
    restart.

    The processes share the CPU cores. Each GPU belongs to one process.

    Args:
        script: What each process runs.
        processes: Number of processes.
        devices: Number of CPU devices per process. By default, the processes share the cores.
        restarts: Largest number of times that all processes are started again.
        grace: Seconds from the failure of a process until the others are killed.

    Returns:
        The exit status: 0, or that of the process that failed first, such as 75 if it saved its
        state after SIGTERM, 130 after Ctrl-C, and 128 plus the signal's number if a signal ended
        it.
    """
    check_int("-n", processes)
    check_int("--restarts", restarts, minimum=0)
    check_number("--grace", grace, minimum=0)
    if devices is not None:
        check_int("--devices", devices)
    command = _command(script)
    environments = [_environment(number, processes, devices) for number in range(processes)]
    return Launcher(command, environments, grace).run(restarts)


def mark_script(arguments: Sequence[str]) -> list[str]:
    """Put "--" before SCRIPT, after which all arguments are those of the script.

    Args:
        arguments: The arguments of `jaxcnn launch`.

    Example:
        >>> mark_script(["-n", "2", "--grace=5", "train", "pictures", "--epochs", "3"])
        ['-n', '2', '--grace=5', '--', 'train', 'pictures', '--epochs', '3']
    """
    position = 0
    while position < len(arguments):
        argument = arguments[position]
        if argument == "--":
            return [*arguments]
        if argument == "-m" or not argument.startswith("-"):
            break
        has_value = "=" not in argument and argument not in ("-h", "--help")
        position += 2 if has_value else 1
    return [*arguments[:position], "--", *arguments[position:]]


def _command(script: Sequence[str]) -> list[str]:
    """Return the command line of each process."""
    python = [sys.executable]
    match script:
        case []:
            raise ValueError(f"SCRIPT: expected {_SCRIPTS}, got none")
        case ["-m"]:
            raise ValueError("-m: expected the name of a module, got none")
        case ["-m", *_]:
            return [*python, *script]
        case ["train", *_]:
            return [*python, "-m", "jaxcnn", *script]
    path = Path(script[0])
    if path.is_file() or (path / "__main__.py").is_file():
        return [*python, *script]
    hint = did_you_mean(script[0], ["train"])
    if path.suffix == ".py" or path.exists():
        hint = " (there is no such file)" if not path.exists() else " (this is a folder)"
    raise ValueError(f"SCRIPT: expected {_SCRIPTS}, got {script[0]!r}{hint}")


_SCRIPTS = "a Python file, -m and a module, or train"


def _environment(number: int, processes: int, devices: int | None) -> dict[str, str]:
    """Return the environment variables of a process."""
    found = {
        "JAXCNN_PROCESSES": str(processes),
        "JAXCNN_PROCESS": str(number),
        "PYTHONUNBUFFERED": "1",  # lines are printed when they are written
        "no_grpc_proxy": _unproxied(),
    }
    if devices is not None or "JAX_NUM_CPU_DEVICES" not in os.environ:
        found["JAX_NUM_CPU_DEVICES"] = str(devices or max(1, cpu_cores() // processes))
    if sys.platform == "linux" and "GLIBC_TUNABLES" not in os.environ:
        found["GLIBC_TUNABLES"] = HUGE_PAGES  # else jaxcnn train would start itself again for it
    if number == 0 and sys.stderr.isatty():
        columns, lines = shutil.get_terminal_size()
        found |= {"JAXCNN_PROGRESS": "1", "COLUMNS": str(columns - len("[0] "))}
        found["LINES"] = str(lines)  # tqdm reads one with the other
    return found | _gpus_of(number, processes, _visible_gpus())


def _unproxied() -> str:
    """Return the hosts to which gRPC takes no proxy: the user's, and this machine.

    By http_proxy, gRPC would look for the other processes at the proxy, and wait for minutes.
    """
    names = ("no_grpc_proxy", "no_proxy")  # in lower case, as gRPC reads them
    hosts = next(filter(None, map(os.environ.get, names)), None)
    return "127.0.0.1" if not hosts else f"{hosts},127.0.0.1"


def _gpus_of(number: int, processes: int, gpus: Sequence[str]) -> dict[str, str]:
    """Return the environment variables that give a process its share of the GPUs."""
    if not gpus:
        return {}
    if processes > len(gpus):
        raise ValueError(
            f"-n: expected at most one process per GPU ({len(gpus)}), got {processes} "
            "(JAX_PLATFORMS=cpu in the environment trains on the CPU)"
        )
    first, end = (n * len(gpus) // processes for n in (number, number + 1))
    return {"CUDA_VISIBLE_DEVICES": ",".join(gpus[first:end])}


def _visible_gpus() -> list[str]:
    """Return the names of the NVIDIA GPUs that JAX would use, as CUDA_VISIBLE_DEVICES has them.

    To ask JAX would start it, which takes memory of each GPU.
    """
    platforms = os.environ.get("JAX_PLATFORMS", "")
    if platforms and not {"cuda", "gpu"} & {*platforms.split(",")}:
        return []
    if not _has_cuda_plugin():
        return []
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return [name for name in map(str.strip, chosen.split(",")) if name not in ("", "-1")]
    files = (re.fullmatch(r"nvidia(\d+)", path.name) for path in Path("/dev").glob("nvidia*"))
    return sorted((found[1] for found in files if found), key=int)


def _has_cuda_plugin() -> bool:
    """Return whether JAX's plugin for NVIDIA GPUs is installed."""
    try:
        plugins = importlib.import_module("jax_plugins")
    except ImportError:
        return False
    return any(each.name.startswith("xla_cuda") for each in pkgutil.iter_modules(plugins.__path__))

"""Measure which method computes each convolution of a program fastest on this machine.

    python -m jaxcnn.lowering.tune --out methods.json experiments/cifar10.py --epochs 1
    python experiments/cifar10.py --methods methods.json

The first command runs the program with the arguments that follow its name, and records every
convolution that is compiled, including gradients. Then the command times all methods that can
compute each convolution, on as many devices as the program used. jaxcnn's default method is kept
unless another one is at least 5% faster.
"""

import argparse
import runpy
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

import jax
import numpy as np
from jax import Array
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from jaxcnn.lowering import dispatch
from jaxcnn.lowering._compiler import compiler_options
from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._machine import Machine
from jaxcnn.lowering._primitive import conv_general_dilated_p
from jaxcnn.lowering.choice import MethodTable, choose_methods_by, key_of, preferred

MAX_TIME_SHARE = 0.95
"""A method replaces the default one only if it takes less than this share of its time."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line with `arguments`, by default those of the process."""
    options = _parser().parse_args(arguments)
    if not options.out.parent.is_dir():  # before the program runs, which can take long
        raise SystemExit(f"--out: expected an existing folder, got {options.out.parent}")
    if options.out.is_dir():
        raise SystemExit(f"--out: expected a file, got the folder {options.out}")
    if options.rounds < 1:
        raise SystemExit(f"--rounds: expected at least 1, got {options.rounds}")
    if not Path(options.program).is_file():
        raise SystemExit(f"program: expected a Python file, got {options.program} (no such file)")
    asked = convolutions_of(options.program, options.arguments)
    if not asked:
        raise SystemExit(
            f"{options.program}: expected convolutions that jaxcnn compiles for a CPU, got none "
            "(those of other libraries count within jaxcnn.fast_convolutions())"
        )
    table = tune(asked, rounds=options.rounds)
    options.out.write_text(table.to_json(indent=1) + "\n")
    print(f"{len(table.methods)} convolutions are in {options.out}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m jaxcnn.lowering.tune",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    parser.add_argument(
        "--rounds", type=int, default=9, help="number of times each method is timed"
    )
    parser.add_argument("program", help="Python file to run")
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, help="command-line arguments of the program"
    )
    return parser


def convolutions_of(program: str, arguments: list[str]) -> list[tuple[Convolution, Machine]]:
    """Run a program and record the convolutions that are compiled for a CPU while it runs.

    Args:
        program: Path of a Python file.
        arguments: Its command-line arguments.

    Returns:
        The distinct convolutions of floats as one device computes them, each with the machine and
        its number of devices.
    """
    asked: dict[tuple[Convolution, Machine], None] = {}

    def note(convolution: Convolution, machine: Machine) -> None:
        asked[convolution, machine] = None

    argv, path = sys.argv, sys.path
    # Python itself sets both when it runs a file.
    sys.argv = [program, *arguments]
    sys.path = [str(Path(program).resolve().parent), *path]
    try:
        with choose_methods_by(note):
            runpy.run_path(program, run_name="__main__")
    except SystemExit as error:
        if error.code:
            raise
    finally:
        sys.argv, sys.path = argv, path
    return list(asked)


def tune(asked: Iterable[tuple[Convolution, Machine]], *, rounds: int) -> MethodTable:
    """Time all methods for each convolution, and print the times.

    Args:
        asked: Convolutions as one device computes them, each with the machine and its number of
            devices.
        rounds: Number of times each method is run.

    Returns:
        The fastest method of each convolution, or the default method if none is clearly faster.
        Convolutions that only one method can compute are left out.
    """
    fastest = {}
    for convolution, machine in asked:
        names = frozenset(dispatch.methods(convolution, machine))
        if len(names) > 1:
            usual = preferred(convolution, names, machine)
            seconds = measure(convolution, machine, rounds=rounds)
            best = min(seconds, key=lambda name: seconds[name])
            name = best if seconds[best] < MAX_TIME_SHARE * seconds[usual] else usual
            fastest[key_of(convolution, machine)] = name
            print(_line(convolution, seconds, name, usual), flush=True)
    return MethodTable(fastest)


def measure(convolution: Convolution, machine: Machine, *, rounds: int) -> dict[str, float]:
    """Time each method on all devices at the same time, as in training.

    Args:
        convolution: The convolution that each device computes.
        machine: The machine that this process runs on.
        rounds: Number of times each method is run, in turn with the others.

    Returns:
        Median seconds by the name of the method.
    """
    mesh = jax.make_mesh(
        (machine.devices,),
        ("devices",),
        axis_types=(AxisType.Auto,),
        devices=jax.local_devices(backend="cpu")[: machine.devices],
    )
    sharding = NamedSharding(mesh, PartitionSpec("devices"))
    rng = np.random.default_rng(0)
    arrays = [
        jax.device_put(rng.normal(size=(machine.devices, *shape)).astype(dtype), sharding)
        for shape, dtype in (
            (convolution.lhs_shape, convolution.dtypes[0]),
            (convolution.rhs_shape, convolution.dtypes[1]),
        )
    ]
    names = dispatch.methods(convolution, machine)
    programs = {name: _compile(convolution, name, mesh, arrays) for name in names}
    seconds = {name: [] for name in programs}
    for _ in range(1 + rounds):
        for name, program in programs.items():
            start = time.perf_counter()
            program(*arrays).block_until_ready()
            seconds[name].append(time.perf_counter() - start)
    # The first round warms up.
    return {name: median(times[1:]) for name, times in seconds.items()}


def _compile(
    convolution: Convolution, name: str, mesh: jax.sharding.Mesh, arrays: list[Array]
) -> Callable[..., Array]:
    def on_one_device(lhs: Array, rhs: Array) -> Array:
        return conv_general_dilated_p.bind(lhs[0], rhs[0], **convolution.params)[None]

    spec = PartitionSpec("devices")
    everywhere = jax.shard_map(on_one_device, mesh=mesh, in_specs=spec, out_specs=spec)
    with choose_methods_by(lambda asked, _: name if asked == convolution else None):
        return jax.jit(everywhere).lower(*arrays).compile(compiler_options())


def _line(convolution: Convolution, seconds: dict[str, float], name: str, usual: str) -> str:
    times = ", ".join(f"{method} {1e3 * time:.2f} ms" for method, time in seconds.items())
    replaced = f" in place of {usual}" if name != usual else ""
    return f"{_layer(convolution)}: {times}: {name}{replaced}"


def _layer(convolution: Convolution) -> str:
    kind = "kernel gradient" if convolution.is_kernel_gradient else "convolution"
    text = f"{kind} of {_by(convolution.lhs_shape)} and {_by(convolution.rhs_shape)}"
    for field in ("strides", "lhs_dilation", "rhs_dilation"):
        sizes = getattr(convolution, field)
        text += f", {field} {_by(sizes)}" if set(sizes) - {1} else ""
    return text + (f", {convolution.groups} groups" if convolution.groups > 1 else "")


def _by(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


if __name__ == "__main__":
    main()

"""Convolutions and their gradients, layer by layer: jaxcnn against XLA and PyTorch.

    python experiments/benchmarks/convolution.py --out experiments/results/convolution

For each layer of `_layers.py`, forward pass, input gradient and kernel gradient are timed, each
alone, all libraries in turn in one process:

- jaxcnn and xla: the batch split over all cores as devices, by `jax.shard_map`;
- jaxcnn-1 and xla-1: one CPU device, as JAX starts by default; where the batch cannot be split,
  these stand for the two above as well;
- torch: PyTorch where it is installed, with channels first and channels last.

All work on the same float32 arrays, which are ready in each one's own layout before the clock
starts, and all may use all cores. Compiling is timed apart. Ratios are of medians, over 1 where
jaxcnn is faster, with 95 % bootstrap intervals. `--check` compares all results with float64
instead of timing them. Measured results are in experiments/results/.
"""

import dataclasses
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import tyro
from _dots import Dot, save_dots
from _layers import GRID, Layer
from _on_jax import PLACES, Conv, exact, on_all_devices, on_one_device, operands
from _results import cores, facts, write_json
from _timing import Ratio, geometric_mean, interleave, ratio, spread

from jaxcnn.functional import conv_general_dilated


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        layers: Only layers whose name this regular expression finds, such as "depthwise" or "b1$".
        repeats: The most rounds for each measurement.
        seconds: Time for the rounds of the whole grid, shared out evenly; compiling comes on top.
        peers: Time PyTorch, too, if it is installed.
        check: Compare all results with float64 instead.
        out: Folder for `convolution.json` and `convolution.png`.
    """

    layers: str = ""
    repeats: int = 21
    seconds: float = 400.0
    peers: bool = True
    check: bool = False
    out: Path | None = None


@dataclasses.dataclass(frozen=True)
class Candidate:
    """One library's way to compute one direction of one layer.

    Attributes:
        call: Computes it and waits for it.
        to_numpy: Its result as `jax.lax` lays it out, channels last.
        compile_seconds: Time to trace and compile, where there is such a thing.
    """

    call: Callable[[], Any]
    to_numpy: Callable[[Any], np.ndarray] = np.asarray
    compile_seconds: float | None = None


@dataclasses.dataclass(frozen=True)
class Entry:
    """One direction of one layer, measured.

    Attributes:
        layer: The layer.
        direction: One of `PLACES`.
        samples: Seconds, by candidate.
        compile_seconds: By candidate.
    """

    layer: Layer
    direction: str
    samples: dict[str, list[float]]
    compile_seconds: dict[str, float]

    @property
    def ratios(self) -> dict[str, Ratio]:
        """How many times the time of jaxcnn on all cores each opponent takes."""
        ours = self.samples[self._split("jaxcnn")]
        against = {
            "XLA, all cores as devices": self._split("xla"),
            "XLA, one device": "xla-1",
            "PyTorch's best": self._best_torch(),
        }
        return {name: ratio(self.samples[key], ours) for name, key in against.items() if key}

    def _split(self, library: str) -> str:
        return library if library in self.samples else f"{library}-1"

    def _best_torch(self) -> str | None:
        torch = [name for name in self.samples if name.startswith("torch")]
        return min(torch, key=lambda name: np.median(self.samples[name]), default=None)

    def as_json(self) -> dict[str, object]:
        """Everything measured."""
        return {
            "layer": self.layer.name,
            "family": self.layer.family,
            "direction": self.direction,
            "gflop": round(self.layer.gflop, 4),
            "seconds": {name: spread(samples) for name, samples in self.samples.items()},
            "compile_seconds": {k: round(v, 3) for k, v in self.compile_seconds.items()},
            "ratios": {
                name: [round(float(x), 3) for x in each.interval]
                for name, each in self.ratios.items()
            },
        }


def compiled(
    place: Callable, layer: Layer, direction: str, conv: Conv, arrays: tuple[np.ndarray, ...]
) -> Candidate:
    """One direction as a JAX program."""
    function, shardings = place(layer, direction, conv)
    first, second = jax.block_until_ready(jax.device_put(list(arrays), shardings))
    started = time.perf_counter()
    program = jax.jit(function).lower(first, second).compile()
    seconds = time.perf_counter() - started
    return Candidate(lambda: jax.block_until_ready(program(first, second)), compile_seconds=seconds)


def candidates(layer: Layer, direction: str, peers: bool) -> dict[str, Candidate]:
    """Everyone who computes one direction of one layer, on the same arrays."""
    arrays = operands(layer, direction)
    places = {"-1": on_one_device}
    if jax.device_count() > 1 and layer.batch % jax.device_count() == 0:
        places[""] = on_all_devices
    convs = {"jaxcnn": conv_general_dilated, "xla": jax.lax.conv_general_dilated}
    found = {
        library + suffix: compiled(place, layer, direction, conv, arrays)
        for suffix, place in places.items()
        for library, conv in convs.items()
    }
    if peers:
        import _on_torch

        for layout in _on_torch.layouts(layer):
            call, to_numpy = _on_torch.make_call(layer, direction, layout, *arrays)
            found[f"torch, {layout}"] = Candidate(call, to_numpy)
    return found


def measure(layer: Layer, direction: str, config: Config, seconds: float) -> Entry:
    """Time all candidates in turn."""
    found = candidates(layer, direction, config.peers)
    calls = {name: candidate.call for name, candidate in found.items()}
    samples = interleave(calls, repeats=config.repeats, seconds=seconds)
    compiling = {k: v.compile_seconds for k, v in found.items() if v.compile_seconds is not None}
    return Entry(layer, direction, samples, compiling)


def check(layer: Layer, direction: str, peers: bool) -> dict[str, float]:
    """Each candidate's error against float64.

    The norm of the error is divided by that of what comes of the operands' absolute values: what
    rounding has to work on, also where the result itself is small.
    """
    arrays = operands(layer, direction)
    truth = exact(layer, direction, *arrays)
    scale = np.linalg.norm(exact(layer, direction, *map(np.abs, arrays)))
    return {
        name: float(np.linalg.norm(candidate.to_numpy(candidate.call()) - truth) / scale)
        for name, candidate in candidates(layer, direction, peers).items()
    }


def summarize(entries: list[Entry]) -> dict[str, dict[str, list[float]]]:
    """Geometric means of the ratios, for each family and direction, against each opponent."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.layer.family, []).append(entry)
        groups.setdefault(f"{entry.layer.family}, {entry.direction}", []).append(entry)
    return {
        group: {
            opponent: [round(x, 3) for x in geometric_mean(e.ratios[opponent] for e in members)]
            for opponent in members[0].ratios
        }
        for group, members in groups.items()
    }


def report(entries: list[Entry], config: Config) -> None:
    """Print the means, and the entries that are slower than they should be; write the files."""
    means = summarize(entries)
    print("\ngeometric means of the ratios (95 % intervals)")
    for group, ratios in means.items():
        parts = [f"{v:.2f} ({low:.2f} to {high:.2f})" for v, low, high in ratios.values()]
        print(f"{group:28}" + "".join(f"{part:>26}" for part in parts))
    print(" " * 28 + "".join(f"{name:>26}" for name in entries[0].ratios))
    opponent = "XLA, all cores as devices"
    slower = [entry for entry in entries if entry.ratios[opponent].interval.high < 0.95]
    print(f"\n{len(slower)} of {len(entries)} are surely under 0.95 of {opponent}")
    for entry in slower:
        print(f"  {entry.layer.name}, {entry.direction}: {entry.ratios[opponent].interval}")
    if config.out is None:
        return
    config.out.mkdir(parents=True, exist_ok=True)
    results = facts(("jax", "jaxlib", "numpy", *(["torch"] if config.peers else [])))
    results |= {"means": means, "entries": [entry.as_json() for entry in entries]}
    write_json(config.out / "convolution.json", results)
    panels = {
        f"against {opponent}": [
            Dot(e.layer.name, e.direction, e.ratios[opponent].interval) for e in entries
        ]
        for opponent in entries[0].ratios
    }
    title = f"How many times as fast jaxcnn is ({cores()} cores, float32, 95 % intervals)"
    save_dots(config.out / "convolution.png", panels, title=title)
    print(f"\nResults and a picture are in {config.out}")


def print_entry(entry: Entry) -> None:
    """One line: GFLOP/s of each candidate, then the ratios."""
    rates = {name: entry.layer.gflop / np.median(s) for name, s in entry.samples.items()}
    print(f"{entry.layer.name}, {entry.direction}")
    print("   GFLOP/s  " + "  ".join(f"{name} {rate:.4g}" for name, rate in rates.items()))
    print(
        "   " + "   ".join(f"{name} {r.interval}" for name, r in entry.ratios.items()), flush=True
    )


def start(config: Config) -> Config:
    """Make devices of the cores, and give PyTorch as many threads."""
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_num_cpu_devices", cores())
    if not config.peers:
        return config
    try:
        import torch  # pyright: ignore[reportMissingImports]
    except ImportError:
        print("PyTorch is not installed: the peers are left out")
        return dataclasses.replace(config, peers=False)
    torch.set_num_threads(cores())
    torch.set_grad_enabled(False)
    return config


def main(config: Config) -> None:
    config = start(config)
    if config.repeats < 1 or config.seconds < 0:
        raise SystemExit("--repeats: must be 1 or more; --seconds: 0 or more")
    try:
        layers = [layer for layer in GRID if re.search(config.layers, layer.name)]
    except re.error as error:
        raise SystemExit(f"--layers: {config.layers!r}: {error}") from None
    if not layers:
        raise SystemExit(f"--layers: no layer's name matches {config.layers!r}")
    work = [(layer, direction) for layer in layers for direction in PLACES]
    if config.check:
        for layer, direction in work:
            errors = check(layer, direction, config.peers)
            print(f"{layer.name}, {direction}")
            print("   error  " + "  ".join(f"{k} {v:.1e}" for k, v in errors.items()), flush=True)
        return
    entries = []
    for layer, direction in work:
        entries.append(measure(layer, direction, config, config.seconds / len(work)))
        print_entry(entries[-1])
    report(entries, config)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

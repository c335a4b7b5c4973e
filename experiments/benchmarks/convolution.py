"""Time convolutions and their gradients, layer by layer: jaxcnn against XLA and PyTorch.

    python experiments/benchmarks/convolution.py --out experiments/results/convolution

For each layer of `_layers.py`, the forward pass, the input gradient and the kernel gradient are
timed separately, with all libraries in turn in one process:

- jaxcnn and xla: the batch is split over all cores as devices, by `jax.shard_map`;
- jaxcnn-1 and xla-1: one CPU device, JAX's default; these also replace the two above where the
  batch cannot be split;
- torch: PyTorch, if installed, with channels first and channels last.

All work on the same float32 arrays, which are in each library's layout before the clock starts, and
all may use all cores. Compiling is timed separately. Ratios are of medians, with 95% bootstrap
intervals; they are above 1 where jaxcnn is faster. `--check` compares all results with float64
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
from _on_jax import SPECS, Conv, exact, on_all_devices, on_one_device, operands
from _results import cores, facts, write_json
from _timing import Ratio, geometric_mean, interleave, ratio, spread

from jaxcnn.functional import conv_general_dilated


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        layers: Regular expression; only layers whose name it matches are timed, such as "depthwise"
            or "b1$".
        repeats: Largest number of rounds per measurement.
        seconds: Time for the rounds of all layers, divided evenly; compiling is not included.
        peers: Whether to time PyTorch too, if it is installed.
        check: Whether to compare all results with float64 instead.
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
    """One library's implementation of one direction of one layer.

    Attributes:
        call: Runs it and waits for the result.
        to_numpy: Converts the result to the layout of `jax.lax`, channels last.
        compile_seconds: Time to trace and compile, in seconds; None without compilation.
    """

    call: Callable[[], Any]
    to_numpy: Callable[[Any], np.ndarray] = np.asarray
    compile_seconds: float | None = None


@dataclasses.dataclass(frozen=True)
class Entry:
    """The measurements of one direction of one layer.

    Attributes:
        layer: The layer.
        direction: One of `SPECS`.
        samples: Seconds of each round, by candidate.
        compile_seconds: Seconds to compile, by candidate.
    """

    layer: Layer
    direction: str
    samples: dict[str, list[float]]
    compile_seconds: dict[str, float]

    @property
    def ratios(self) -> dict[str, Ratio]:
        """The time of each competitor, divided by that of jaxcnn on all cores."""
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
        """Return all measurements."""
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
    """Compile one direction as a JAX program."""
    function, shardings = place(layer, direction, conv)
    first, second = jax.block_until_ready(jax.device_put(list(arrays), shardings))
    started = time.perf_counter()
    program = jax.jit(function).lower(first, second).compile()
    seconds = time.perf_counter() - started
    return Candidate(lambda: jax.block_until_ready(program(first, second)), compile_seconds=seconds)


def candidates(layer: Layer, direction: str, peers: bool) -> dict[str, Candidate]:
    """Return all implementations of one direction of one layer, on the same arrays."""
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
    """Return the error of each candidate against float64.

    The norm of the error is divided by the norm of the result for the operands' absolute values:
    the scale of rounding errors, even where the result itself is small.
    """
    arrays = operands(layer, direction)
    truth = exact(layer, direction, *arrays)
    scale = np.linalg.norm(exact(layer, direction, *map(np.abs, arrays)))
    return {
        name: float(np.linalg.norm(candidate.to_numpy(candidate.call()) - truth) / scale)
        for name, candidate in candidates(layer, direction, peers).items()
    }


def summarize(entries: list[Entry]) -> dict[str, dict[str, list[float]]]:
    """Return geometric means of the ratios by family and direction, for each competitor."""
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
    """Print the means and the entries in which jaxcnn is slower, and write the files."""
    means = summarize(entries)
    print("\ngeometric means of the ratios (95% intervals)")
    for group, ratios in means.items():
        parts = [f"{v:.2f} ({low:.2f} to {high:.2f})" for v, low, high in ratios.values()]
        print(f"{group:28}" + "".join(f"{part:>26}" for part in parts))
    print(" " * 28 + "".join(f"{name:>26}" for name in entries[0].ratios))
    opponent = "XLA, all cores as devices"
    slower = [entry for entry in entries if entry.ratios[opponent].interval.high < 0.95]
    print(f"\n{len(slower)} of {len(entries)} are certainly below 0.95 of {opponent}")
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
    title = f"How many times as fast jaxcnn is ({cores()} cores, float32, 95% intervals)"
    save_dots(config.out / "convolution.png", panels, title=title)
    print(f"\nResults and a plot are in {config.out}")


def print_entry(entry: Entry) -> None:
    """Print the GFLOP/s of each candidate, then the ratios."""
    rates = {name: entry.layer.gflop / np.median(s) for name, s in entry.samples.items()}
    print(f"{entry.layer.name}, {entry.direction}")
    print("   GFLOP/s  " + "  ".join(f"{name} {rate:.4g}" for name, rate in rates.items()))
    print(
        "   " + "   ".join(f"{name} {r.interval}" for name, r in entry.ratios.items()), flush=True
    )


def start(config: Config) -> Config:
    """Make one device per core, and let PyTorch use as many threads."""
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
    work = [(layer, direction) for layer in layers for direction in SPECS]
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

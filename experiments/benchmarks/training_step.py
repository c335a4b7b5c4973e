"""Time whole training steps of five networks: jaxcnn against other libraries.

    python experiments/benchmarks/training_step.py --out experiments/results/training_step

A step is the forward pass, the loss, the backward pass, the momentum update, and batch norm in
train mode, on a batch of random 32×32×3 float32 images that stays in memory. The networks are in
`_networks.py`, and the code for each library in `libraries/`. Each library runs in a separate
process, which sleeps while others are measured. All take turns in rounds, and each turn begins with
untimed steps. All may use all cores, and must agree in the number of parameters. Compiling is timed
separately: it is the first step, less a later one.

- jaxcnn: `jaxcnn.training.train_step` over all cores as devices, with huge memory pages, as in
  the experiments; also on one device, and over all cores with XLA's convolutions instead of
  jaxcnn's;
- Flax NNX as its guides write it, on JAX's default single CPU device; and the same code under
  `jaxcnn.fast_convolutions`;
- Flax with huge pages, Equinox, Haiku, Keras on JAX and on PyTorch, and PyTorch, if installed, all
  with huge pages.

Ratios are of medians, with 95% bootstrap intervals; they are above 1 where jaxcnn is faster.
Measured results are in experiments/results/.
"""

import dataclasses
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import tyro
from _dots import Dot, save_dots
from _networks import NETWORKS
from _results import cores, facts, write_json
from _timing import Interval, interleave, ratio, spread

HERE = Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        networks: Regular expression; only networks whose name it matches are trained.
        libraries: Regular expression; only libraries whose name it matches are timed, and jaxcnn.
        peers: Whether to time other libraries than jaxcnn and Flax.
        batch_size: Images per step; a multiple of the number of cores.
        steps: Steps per call of a library.
        repeats: Largest number of rounds.
        seconds: Time for the rounds of one network; starting and compiling are not included.
        out: Folder for `training_step.json`, `.md` and `.png`.
    """

    networks: str = ""
    libraries: str = ""
    peers: bool = True
    batch_size: int = 128
    steps: int = 2
    repeats: int = 15
    seconds: float = 200.0
    out: Path | None = None


@dataclasses.dataclass(frozen=True)
class Library:
    """A library, and how to use it.

    Attributes:
        name: Name in the results.
        module: Name of its file in `libraries/`.
        options: Keyword arguments for its `prepare`.
        environment: Environment variables of its process.
        peer: Whether `--no-peers` leaves it out.
    """

    name: str
    module: str
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    peer: bool = True


JAXCNN, XLA = "jaxcnn", "jaxcnn with XLA's convolutions"
FLAX, FAST_FLAX = "Flax", "Flax, fast_convolutions"
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


def all_libraries() -> Iterator[Library]:
    n = cores()
    yield Library(JAXCNN, "with_jaxcnn", {"devices": n}, HUGE_PAGES, peer=False)
    yield Library("jaxcnn, one device", "with_jaxcnn", {}, HUGE_PAGES, peer=False)
    options = {"devices": n, "convolutions": "xla"}
    yield Library(XLA, "with_jaxcnn", options, HUGE_PAGES, peer=False)
    yield Library(FAST_FLAX, "with_flax", {"fast": True}, peer=False)
    yield Library(FLAX, "with_flax", peer=False)
    yield Library("Flax, huge pages", "with_flax", environment=HUGE_PAGES)
    yield Library("Equinox", "with_equinox", environment=HUGE_PAGES)
    yield Library("Haiku", "with_haiku", environment=HUGE_PAGES)
    keras = HUGE_PAGES | {"KERAS_BACKEND": "jax"}
    yield Library("Keras on JAX", "with_keras", environment=keras)
    for layout in ("channels_last", "channels_first"):
        options, torch = {"threads": n, "layout": layout}, HUGE_PAGES | {"KERAS_BACKEND": "torch"}
        yield Library(f"Keras on PyTorch, {layout}", "with_keras", options, torch)
    for compiled in (False, True):
        for layout in ("channels_last", "channels_first"):
            name = f"PyTorch{' compiled' if compiled else ''}, {layout}"
            options = {"threads": n, "layout": layout, "compiled": compiled}
            yield Library(name, "with_torch", options, HUGE_PAGES)


class WorkerError(Exception):
    """The process of a library ended; the message is the end of its error output."""


class Worker:
    """A library's process, which runs `_worker.py`."""

    def __init__(self, process: subprocess.Popen[str], errors: Any) -> None:
        self._process, self._errors = process, errors
        ready = self._answer()
        self.parameters, self.compile_seconds = ready["parameters"], ready["compile_seconds"]
        self.loss = math.nan

    def train(self, steps: int) -> None:
        """Train for some steps, and wait for the result."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        self.loss = self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            raise WorkerError(self._errors.read().strip()[-2000:] or "no output")
        return json.loads(line)


@contextmanager
def start(library: Library, network: str, batch_size: int) -> Iterator[Worker]:
    """Start a library's process, ready to train a network; it ends with the context."""
    request = {
        "library": library.module,
        "network": network,
        "batch_size": batch_size,
        "options": library.options,
    }
    # PyTorch compiles in its own process instead of starting others, which would stay.
    environment = {"JAX_PLATFORMS": "cpu", "TORCHINDUCTOR_COMPILE_THREADS": "1"}
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            [sys.executable, HERE / "_worker.py", json.dumps(request)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=os.environ | environment | library.environment,
        ) as process,
    ):
        try:
            yield Worker(process, errors)
        finally:
            process.terminate()


@dataclasses.dataclass(frozen=True)
class Result:
    """The measurements of one network, by the name of the library.

    Attributes:
        network: Name of the network.
        parameters: Number of trained parameters.
        seconds: Seconds per step, one value per round.
        compile_seconds: Seconds of the first step, less a later one.
        losses: Loss after all steps.
    """

    network: str
    parameters: int
    seconds: dict[str, list[float]]
    compile_seconds: dict[str, float]
    losses: dict[str, float]

    def ratio(self, slower: str, faster: str = JAXCNN) -> Interval:
        """Return the time of one library, divided by that of another."""
        return ratio(self.seconds[slower], self.seconds[faster]).interval

    @property
    def ratios(self) -> dict[str, Interval]:
        """The ratios of all others to jaxcnn."""
        return {name: self.ratio(name) for name in self.seconds if name != JAXCNN}

    @property
    def notes(self) -> dict[str, list[float]]:
        """Ratios between others, and ratios of compile times."""
        notes: dict[str, list[float]] = {}
        if FAST_FLAX in self.seconds and FLAX in self.seconds:
            notes["Flax / Flax under fast_convolutions"] = [*self.ratio(FLAX, FAST_FLAX)]
        for ours, theirs in ((JAXCNN, XLA), (FAST_FLAX, FLAX)):
            if ours in self.seconds and theirs in self.seconds:
                compiling = self.compile_seconds[ours] / self.compile_seconds[theirs]
                notes[f"compiling: {ours} / {theirs}"] = [compiling]
        return notes

    def as_json(self) -> dict[str, object]:
        """Return all measurements."""
        return {
            "network": self.network,
            "parameters": self.parameters,
            "seconds": {name: spread(samples) for name, samples in self.seconds.items()},
            "compile_seconds": {k: round(v, 2) for k, v in self.compile_seconds.items()},
            "losses": {name: float(f"{loss:.4g}") for name, loss in self.losses.items()},
            "ratios": {k: [round(x, 3) for x in v] for k, v in self.ratios.items()},
            "notes": {k: [round(x, 3) for x in v] for k, v in self.notes.items()},
        }

    def as_markdown(self) -> str:
        """Return the measurements as a Markdown table."""
        lines = [
            f"### {self.network} ({self.parameters:,} parameters)\n",
            "| library | step, ms (quartiles) | times jaxcnn's (95% interval) | compiling, s |",
            "|---|---|---|---|",
        ]
        for name, samples in self.seconds.items():
            low, middle, high = (1e3 * spread(samples)[key] for key in ("low", "median", "high"))
            times = "" if name == JAXCNN else str(self.ratios[name])
            cells = (name, f"{middle:.0f} ({low:.0f} to {high:.0f})", times)
            lines.append(f"| {' | '.join(cells)} | {self.compile_seconds[name]:.1f} |")
        notes = (f"- {k}: {' '.join(f'{x:.2f}' for x in v)}" for k, v in self.notes.items())
        return "\n".join([*lines, "", *notes, ""])


def measure(network: str, libraries: list[Library], config: Config) -> Result:
    """Start all libraries one after another, then time them in turn."""
    with ExitStack() as stack:
        workers: dict[str, Worker] = {}
        for library in libraries:
            try:
                worker = stack.enter_context(start(library, network, config.batch_size))
            except WorkerError as error:
                if not library.peer:
                    raise SystemExit(f"{library.name}, {network}: {error}") from None
                print(f"{library.name} is left out: {str(error).splitlines()[-1]}", flush=True)
                continue
            print(f"{network}: {library.name} is ready", flush=True)
            workers[library.name] = worker
        parameters = {name: worker.parameters for name, worker in workers.items()}
        if len(set(parameters.values())) > 1:
            raise SystemExit(f"{network}: the numbers of parameters differ: {parameters}")
        calls = {name: lambda w=worker: w.train(config.steps) for name, worker in workers.items()}
        # After sleeping, a process has none of its memory in caches, and some of it unmapped.
        samples = interleave(calls, repeats=config.repeats, seconds=config.seconds, warm_up=True)
        losses = {name: worker.loss for name, worker in workers.items()}
        if not all(map(math.isfinite, losses.values())):
            raise SystemExit(f"{network}: a loss is not finite: {losses}")
        return Result(
            network,
            parameters[JAXCNN],
            {name: [second / config.steps for second in s] for name, s in samples.items()},
            {name: worker.compile_seconds for name, worker in workers.items()},
            losses,
        )


def save(results: list[Result], config: Config, folder: Path) -> None:
    """Write the result file, the tables and the plot."""
    folder.mkdir(parents=True, exist_ok=True)
    packages = ("jax", "jaxlib", "flax", "optax", "equinox", "dm-haiku", "keras", "torch")
    about = facts(packages) | {"batch_size": config.batch_size, "steps": config.steps}
    entries = {"networks": [result.as_json() for result in results]}
    write_json(folder / "training_step.json", about | entries)
    tables = "\n".join(result.as_markdown() for result in results)
    (folder / "training_step.md").write_text(tables)
    panels = {
        result.network: [Dot(name, "step", each) for name, each in result.ratios.items()]
        for result in results
    }
    title = (
        f"How many times as long as jaxcnn's each training step takes "
        f"({cores()} cores, float32, batch {config.batch_size}, 95% intervals)"
    )
    save_dots(folder / "training_step.png", panels, title=title)
    print(f"Results and a plot are in {folder}", flush=True)


def main(config: Config) -> None:
    if config.batch_size % cores():
        raise SystemExit(f"--batch-size: must be a multiple of {cores()}, the number of cores")
    networks = [name for name in NETWORKS if re.search(config.networks, name)]
    libraries = [
        library
        for library in all_libraries()
        if (config.peers or not library.peer)
        and (library.name == JAXCNN or re.search(config.libraries, library.name))
    ]
    if not networks or len(libraries) < 2:
        raise SystemExit("--networks, --libraries: nothing of that name")
    results = []
    for network in networks:
        results.append(measure(network, libraries, config))
        print(results[-1].as_markdown(), flush=True)
        if config.out is not None:
            save(results, config, config.out)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

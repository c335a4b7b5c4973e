"""Rewrite networks of the zoo, and compare their predictions and their speed in ONNX Runtime.

    python experiments/benchmarks/rewrites.py --out experiments/results/rewrites
    python experiments/benchmarks/rewrites.py --networks none --time resnet50 --out ...
    python experiments/benchmarks/rewrites.py --networks none --runs runs/mine --out ...

Each network gets random weights, and batch norms random factors and offsets and the statistics of
the images, so that folding them changes all weights. `jaxcnn.rewrite` compares the logits of random
images after each step with those before the first: the largest relative error of an image, and how
many images keep their class. Random weights give most images the same class; so classes are also
compared after the mean logits over all images are subtracted, which most classes then share. Images
are as small as the network takes them. Where the error is above 1e-3, both networks are computed in
float64 as well, which tells rounding, enlarged by many layers with random weights, from a mistake.

With `--time`, ONNX Runtime predicts one image of the size that the network was made for, on all
cores, from the file of the network as given, as rewritten, and in int8. They take turns in one
process. Ratios are of medians, with 95% bootstrap intervals; they are below 1 where the file is
faster than that of the network as given.

With `--runs`, trained networks are rewritten and quantized to int8, calibrated on 256 images of a
labeled set, and the accuracy of the files in float32 and int8 is measured on all others.

A network whose results are in the folder already is not computed again. Needs onnx and onnxruntime.
"""

import dataclasses
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import tyro
from _onnx_runtime import predictor
from _results import facts, write_json
from _timing import interleave, ratio, spread
from _untrained import settled
from flax import nnx

import jaxcnn
from jaxcnn.data import Kind, evenly_spaced
from jaxcnn.experiment import evaluation_set
from jaxcnn.inference import Network, Normalization, functionalize
from jaxcnn.models import MODELS

SHAPES = {"inception_v3": (75, 75, 3), "m5": (2_000, 1), "text_cnn": (64,), "lenet5": (32, 32, 1)}
SHAPES |= dict.fromkeys(("alexnet", "zfnet"), (67, 67, 3))
SMALL = (32, 32, 3)
KINDS: dict[int, Kind] = {1: "tokens", 2: "signals", 3: "images"}
CLASSES = 10
GIVEN, REWRITTEN, INT8 = "given", "rewritten", "int8"
DOUBTFUL = 1e-3
"""An error above this one is compared with the rounding of float32."""

PACKAGES = ("jax", "jaxlib", "flax", "onnx", "onnxruntime")


@dataclasses.dataclass(frozen=True)
class Config:
    """What to rewrite and to time.

    Attributes:
        networks: Names of networks of `jaxcnn.models` to rewrite; "all" or "none".
        time: Names of networks whose files are timed.
        runs: Folders of runs whose accuracy in int8 is measured.
        data: Labeled pictures for `runs`, as for `jaxcnn validate`.
        data_dir: Folder of the published data set.
        inputs: Number of images to compare predictions on.
        repeats: Largest number of rounds.
        seconds: Time for the rounds of one network.
        out: Folder for `rewrites.json`, `onnxruntime.json` and `int8.json`.
    """

    networks: tuple[str, ...] = ("all",)
    time: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    data: str = "cifar10"
    data_dir: Path | None = None
    inputs: int = 256
    repeats: int = 200
    seconds: float = 30.0
    out: Path | None = None


def random_network(name: str, shape: tuple[int, ...]) -> Network:
    """Return a network of the zoo with random weights, also those of its norms."""
    architecture = MODELS[name].make(CLASSES)
    apply, variables = functionalize(jaxcnn.build(architecture, shape, rngs=nnx.Rngs(0)))
    rng = np.random.default_rng(0)

    def numbers(path: Any, leaf: Any) -> Any:
        normal = 0.3 * rng.standard_normal(leaf.shape, np.float32)
        match jax.tree_util.keystr(path, simple=True, separator=".").split("."):
            case [*_, "scale"] | [*_, "scale", "value"]:
                return 1 + normal
            case [*_, "bias"] | [*_, "bias", "value"]:
                return normal
        return leaf

    variables = jax.tree_util.tree_map_with_path(numbers, variables)
    kind = KINDS[len(shape)]
    moments = Normalization((), ()) if kind == "tokens" else Normalization((0.45,), (0.25,))
    names = tuple(map(str, range(CLASSES)))
    return Network(apply, variables, moments, shape, names, architecture, kind=kind)


def random_inputs(network: Network, count: int) -> np.ndarray:
    """Return random inputs: smooth images, so that they differ in more than noise."""
    rng, shape = np.random.default_rng(1), (count, *network.input_shape)
    if network.kind == "tokens":
        return rng.integers(0, 100, shape)
    if network.kind == "signals":
        return rng.standard_normal(shape, np.float32)
    coarse = rng.random((count, 4, 4, shape[-1]), np.float32)
    smooth = np.asarray(jax.image.resize(coarse, shape, "linear"))
    return np.clip(255 * smooth + rng.normal(0, 20, shape), 0, 255).astype(np.uint8)


def rewritten(name: str, count: int) -> dict[str, Any]:
    """Rewrite a network, and return what each step did."""
    network = random_network(name, SHAPES.get(name, SMALL))
    inputs, began = random_inputs(network, count), time.perf_counter()
    network = settled(network, inputs)
    found = jaxcnn.rewrite(network, inputs, tolerance=1.0)
    with jax.default_matmul_precision("float32"):  # as in `rewrite`, so that nothing is compiled
        given, logits = network.logits(inputs), found.network.logits(inputs)
    before, after = ((each - given.mean(0)).argmax(1) for each in (given, logits))
    seconds = round(time.perf_counter() - began, 1)
    rounding: dict[str, Any] = {}
    if found.error > DOUBTFUL:
        exact, rewritten_exact = (in_float64(each, inputs) for each in (network, found.network))
        rounding["errors_beside_float64"] = {
            "given_float32": largest_error(given, exact),
            "rewritten_float32": largest_error(logits, exact),
            "rewritten_float64": largest_error(rewritten_exact, exact),
        }
    return {
        "network": name,
        "input_shape": network.input_shape,
        "inputs": found.inputs,
        "largest_error": found.error,
        "same": found.steps[-1].same,
        "classes": len({*given.argmax(1)}),
        "same_centered": int((before == after).sum()),
        "classes_centered": len({*before}),
        "seconds": seconds,
        "steps": [step.to_dict() for step in found.steps],
    } | rounding


def in_float64(network: Network, inputs: np.ndarray) -> np.ndarray:
    """Compute the logits in float64, from the float32 weights."""
    with jax.enable_x64(True):
        variables = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), network.variables)
        normalized = np.asarray(network.normalization(jax.numpy.asarray(inputs)), np.float64)
        compute = jax.jit(network.apply, static_argnames="train")
        return np.asarray(compute(variables, normalized, train=False)[0])


def largest_error(logits: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest error of an image: the norm of its difference over its norm."""
    distances = np.linalg.norm(logits - expected, axis=1)
    return float((distances / np.linalg.norm(expected, axis=1)).max())


def line(result: dict[str, Any]) -> str:
    """Return one line about a network."""
    first, *_, last = result["steps"]
    done = ", ".join(f"{step['step']} {step['rewritten']}" for step in result["steps"][1:])
    same = (
        f"same class for {result['same']} of {result['inputs']} (centered "
        f"{result['same_centered']}, of {result['classes_centered']} classes)"
    )
    layers = f"{first['layers']} to {last['layers']} layers ({done})"
    return f"{result['network']}: {same}, largest error {result['largest_error']:.1e}, {layers}"


def timed(name: str, config: Config) -> dict[str, Any]:
    """Time the files of a network in ONNX Runtime."""
    network = random_network(name, MODELS[name].input_shape)
    inputs = random_inputs(network, 64)
    network = settled(network, inputs)
    smaller = jaxcnn.rewrite(network, inputs[:16], tolerance=1.0).network
    with tempfile.TemporaryDirectory() as folder:
        files = {each: Path(folder) / f"{each}.onnx" for each in (GIVEN, REWRITTEN, INT8)}
        for each, which in ((GIVEN, network), (REWRITTEN, smaller)):
            jaxcnn.export.onnx(which, files[each], predictor=False)
        jaxcnn.export.quantize(files[REWRITTEN], files[INT8], inputs)
        calls = {each: predictor(file, inputs[:1]) for each, file in files.items()}
        sizes = {each: file.stat().st_size for each, file in files.items()}
    samples = interleave(calls, repeats=config.repeats, seconds=config.seconds)
    return {
        "network": name,
        "input_shape": network.input_shape,
        "bytes": sizes,
        "seconds": {each: spread(values) for each, values in samples.items()},
        "times_given": {each: ratio(samples[each], samples[GIVEN]).interval for each in calls},
    }


def quantized(run: str, config: Config) -> dict[str, Any]:
    """Rewrite and quantize the network of a run, and measure the accuracy of both files."""
    trained, test = jaxcnn.load(run), evaluation_set(run, config.data, data_dir=config.data_dir)
    indices = np.arange(len(test))
    is_some = np.isin(indices, evenly_spaced(len(test), config.inputs))
    some, others = test.subset(is_some), test.subset(~is_some)
    found = jaxcnn.rewrite(trained, some)
    with tempfile.TemporaryDirectory() as folder:
        floats, int8 = Path(folder) / "network.onnx", Path(folder) / "int8.onnx"
        jaxcnn.export.onnx(found.network, floats, predictor=False)
        made = jaxcnn.export.quantize(floats, int8, some, test=others)
    return {
        "network": Path(run).name,
        "model": trained.settings.get("model"),
        "data": test.name,
        "rewrite": found.to_dict(),
        "files": [
            {"numbers": f.numbers, "bytes": f.bytes, "accuracy": f.score, "interval": f.interval}
            for f in (made.before, made.after)
        ],
        "same": made.same,
        "examples": made.examples,
        "calibrated_on": made.calibrated_on,
    }


def kept(file: Path | None) -> list[dict[str, Any]]:
    """Return the results of the networks that are in a file already."""
    if file is None or not file.exists():
        return []
    return json.loads(file.read_text())["networks"]


def collect(
    names: tuple[str, ...], file: Path | None, make: Callable[[str], dict[str, Any]]
) -> None:
    """Compute the result of each network that is not in the file, and write it there at once.

    Each has its own machine, versions and command, since others may be older.
    """
    results = kept(file)
    for name in names:
        if any(each["network"] == Path(name).name for each in results):
            continue
        results.append(make(name) | {"measured": facts(PACKAGES)})
        jax.clear_caches()  # or the programs of the whole zoo stay in memory
        if file is not None:  # after each one, as a later one may not fit in memory
            file.parent.mkdir(parents=True, exist_ok=True)
            write_json(file, {"networks": results})


def main(config: Config) -> None:
    def rewrite(name: str) -> dict[str, Any]:
        found = rewritten(name, config.inputs)
        print(line(found), flush=True)
        return found

    def measure(name: str) -> dict[str, Any]:
        found = timed(name, config)
        print(f"{name}: {found['times_given']} of the time, {found['bytes']} bytes", flush=True)
        return found

    def quantize(run: str) -> dict[str, Any]:
        found = quantized(run, config)
        print(f"{run}: {found['files']}, same for {found['same']} of {found['examples']}")
        return found

    groups: dict[tuple[str, ...], tuple[str, ...]] = {("all",): tuple(MODELS), ("none",): ()}
    names = groups.get(config.networks, config.networks)
    out = config.out
    collect(names, None if out is None else out / "rewrites.json", rewrite)
    collect(config.time, None if out is None else out / "onnxruntime.json", measure)
    collect(config.runs, None if out is None else out / "int8.json", quantize)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

"""The readers of runs that `fuzz.py` tries, each with valid files to damage."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from _fuzz_inputs import (
    NUMBERS,
    TEXTS,
    json_texts,
)
from _fuzz_targets import Target
from flax import nnx
from hypothesis import strategies as st

import jaxcnn
from jaxcnn._support.manifest import write_manifest
from jaxcnn._support.safetensors import read_tensors
from jaxcnn.commands._arguments import read_network
from jaxcnn.data import Dataset, PictureStatistics
from jaxcnn.inference import Network, Normalization, functionalize
from jaxcnn.lowering import MethodTable
from jaxcnn.runs import SavedTestSet, read_status, verify
from jaxcnn.runs._folder import RESULT_FILES

NET = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.BatchNorm(), jaxcnn.Dense(3)])
SHAPE, NAMES = (4, 4, 1), ("cat", "dog", "bird")


def architecture_targets(folder: Path) -> tuple[Target, ...]:
    nets = (NET, jaxcnn.models.lenet5(), jaxcnn.models.cifar_small())
    seeds = tuple(jaxcnn.architecture.to_json(net).encode() for net in nets)

    def read(path: Path) -> None:
        network, shape, _ = read_network(str(path), ("32", "32", "3"))
        try:
            jaxcnn.summary(network, shape)
        except ValueError as error:  # of the architecture, which has no file
            raise ValueError(f"{path}: {error}") from None

    return (
        Target(folder / "net.json", seeds, read, st.one_of([json_texts(seed) for seed in seeds])),
    )


def save_run(folder: Path) -> Path:
    """Save a small run without a training, so that nothing compiles."""
    rng = np.random.default_rng(0)
    apply, variables = functionalize(jaxcnn.build(NET, SHAPE, rngs=nnx.Rngs(0)))
    history = tuple({"epoch": n, "step": n, "train_loss": 0.5, "seconds": 0.1} for n in (1, 2))
    paths = tuple(f"pets/{name}/{n}.png" for name in NAMES for n in range(2))
    images = rng.integers(0, 256, (6, *SHAPE), np.uint8)
    examples = np.arange(6, dtype=np.int64)
    logits = rng.normal(size=(6, 3)).astype(np.float32)
    labels = (examples % 3).astype(np.int32)
    usual = PictureStatistics.of(Dataset(images, labels, NAMES))
    gray = Normalization((0.5,), (0.25,))
    network = Network(apply, variables, gray, SHAPE, NAMES, NET, pictures=usual)
    test = SavedTestSet(examples, logits, labels, examples, images, paths)
    result = {"dataset": "pets", "epochs": 2, "steps": 2, "n_test": 6, "seconds_train": 1.0}
    run = jaxcnn.Run(network, history, 2, settings={"model": "small"}, result=result, test=test)
    run.save(folder)
    jaxcnn.runs.write_status(folder, "done", steps=2)
    (folder / "methods.json").write_text(MethodTable({"a": "xla", "b": "winograd"}).to_json())
    write_manifest(folder, RESULT_FILES)
    return folder


def run_targets(folder: Path) -> tuple[Target, ...]:
    saved = save_run(folder / "saved")

    def target(name: str, read: Callable[[Path], object]) -> Target:
        place = Path(shutil.copytree(saved, folder / name.replace(".", "-")))
        if name != "manifest.json":
            (place / "manifest.json").unlink(missing_ok=True)
        seed = (saved / name).read_bytes()
        return Target(place / name, (seed,), lambda path: read(path.parent), json_texts(seed))

    def read_and_verify(run: Path) -> object:
        found = verify(run)
        return str(found), jaxcnn.runs.read_record(run)

    records = ("network.json", "config.json", "result.json", "metrics.jsonl", "manifest.json")
    return (
        *(target(name, read_and_verify) for name in records),
        target("architecture.json", jaxcnn.load),
        target("status.json", read_status),
        target("methods.json", lambda run: MethodTable.load(run / "methods.json")),
    )


def safetensors_targets(folder: Path) -> tuple[Target, ...]:
    saved = save_run(folder / "saved")
    seeds = {
        name: (saved / name).read_bytes() for name in ("weights.safetensors", "test.safetensors")
    }

    def loaded(name: str) -> Target:
        place = Path(shutil.copytree(saved, folder / name.replace(".", "-")))
        (place / "manifest.json").unlink()

        def read(path: Path) -> object:
            return jaxcnn.load(path.parent)

        return Target(place / name, (seeds[name],), read, _tensor_files())

    alone = Target(folder / "a.safetensors", (*seeds.values(),), read_tensors, _tensor_files())
    return (alone, *map(loaded, seeds))


def _tensor_files() -> st.SearchStrategy[bytes]:
    numbers = st.one_of(st.integers(0, 64), st.sampled_from(NUMBERS))
    entry = st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(("F32", "U8", "I64", "BF16", "F8_E4M3", "", None)),
            "shape": st.lists(numbers, max_size=4),
            "data_offsets": st.lists(numbers, min_size=2, max_size=2),
        }
    )
    header = st.dictionaries(st.sampled_from(("a", "b", "__metadata__", *TEXTS)), entry, max_size=4)

    def file(content: Mapping[str, object], data: int, length: int | None) -> bytes:
        text = json.dumps(content).encode()
        start = len(text) if length is None else length % 2**64
        return start.to_bytes(8, "little") + text + b"\1" * data

    return st.builds(
        file, header, st.integers(0, 300), st.one_of(st.none(), st.sampled_from(NUMBERS))
    )

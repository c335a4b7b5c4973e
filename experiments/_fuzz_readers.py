"""The readers that `fuzz.py` tries, each with valid files to damage."""

import dataclasses
import gzip
import io
import json
import math
import shutil
import struct
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from _fuzz_inputs import (
    NUMBERS,
    TEXTS,
    Edit,
    Repair,
    damaged,
    edits,
    json_texts,
    tar_checksums,
    with_checksums,
)
from flax import nnx
from hypothesis import strategies as st
from PIL import Image

import jaxcnn
from jaxcnn._support.safetensors import read_tensors
from jaxcnn.commands._arguments import read_network
from jaxcnn.data import image_table, load_image
from jaxcnn.data.sets._cifar import CIFAR10, load_cifar
from jaxcnn.data.sets._download import unpack
from jaxcnn.data.sets._mnist import read_idx
from jaxcnn.inference import Network, Normalization, functionalize
from jaxcnn.lowering import MethodTable
from jaxcnn.runs import SavedTestSet, read_status, verify

NET = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.BatchNorm(), jaxcnn.Dense(3)])
SHAPE, NAMES = (4, 4, 1), ("cat", "dog", "bird")


@dataclasses.dataclass(frozen=True)
class Target:
    """One kind of file, and how it is read.

    Attributes:
        file: The path that an input is written to.
        seeds: Valid files.
        read: Reads the file; it may raise ValueError and OSError that name it.
        made: A strategy of files that are made from nothing.
        repair: Makes checksums right, in half of the inputs.
    """

    file: Path
    seeds: tuple[bytes, ...]
    read: Callable[[Path], object]
    made: st.SearchStrategy[bytes] | None = None
    repair: Repair | None = None

    def inputs(self) -> st.SearchStrategy[bytes]:
        """Return a strategy of inputs."""
        repairs: list[Repair] = [bytes, self.repair or bytes]

        def damage(seed: bytes, changes: list[Edit], repair: Repair) -> bytes:
            return repair(damaged(seed, changes, self.seeds))

        spoiled = st.builds(damage, st.sampled_from(self.seeds), edits(), st.sampled_from(repairs))
        return spoiled if self.made is None else st.one_of(spoiled, self.made)


@dataclasses.dataclass(frozen=True)
class Reader:
    """A reader that is fuzzed.

    Attributes:
        targets: Its kinds of files.
        mebibytes: The memory that one input may take.
    """

    targets: Callable[[Path], tuple[Target, ...]]
    mebibytes: int


def _architecture(folder: Path) -> tuple[Target, ...]:
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
    network = Network(apply, variables, Normalization((0.5,), (0.25,)), SHAPE, NAMES, NET)
    history = tuple({"epoch": n, "step": n, "train_loss": 0.5, "seconds": 0.1} for n in (1, 2))
    paths = tuple(f"pets/{name}/{n}.png" for name in NAMES for n in range(2))
    images = rng.integers(0, 256, (6, *SHAPE), np.uint8)
    examples = np.arange(6, dtype=np.int64)
    logits = rng.normal(size=(6, 3)).astype(np.float32)
    labels = (examples % 3).astype(np.int32)
    test = SavedTestSet(examples, logits, labels, examples, images, paths)
    result = {"dataset": "pets", "epochs": 2, "steps": 2, "n_test": 6, "seconds_train": 1.0}
    run = jaxcnn.Run(network, history, 2, settings={"model": "small"}, result=result, test=test)
    run.save(folder)
    jaxcnn.runs.write_status(folder, "done", steps=2)
    (folder / "methods.json").write_text(MethodTable({"a": "xla", "b": "winograd"}).to_json())
    return folder


def _run(folder: Path) -> tuple[Target, ...]:
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


def _safetensors(folder: Path) -> tuple[Target, ...]:
    saved = save_run(folder / "saved")
    names = ("weights.safetensors", "test.safetensors")
    seeds = tuple((saved / name).read_bytes() for name in names)

    def copied(name: str) -> Path:
        place = Path(shutil.copytree(saved, folder / name.replace(".", "-")))
        (place / "manifest.json").unlink()
        return place / name

    whole = Target(folder / "a.safetensors", seeds, read_tensors, _tensor_files())
    loaded = (
        Target(copied(name), seeds, lambda path: jaxcnn.load(path.parent), _tensor_files())
        for name in names
    )
    return (whole, *loaded)


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


def _idx(folder: Path) -> tuple[Target, ...]:
    shape = (20, 28, 28)
    plain = struct.pack(">HBB3I", 0, 8, 3, *shape) + bytes(math.prod(shape))
    made = st.builds(
        lambda kind, axes, sizes, data: (
            struct.pack(f">HBB{len(sizes)}I", 0, kind, axes, *sizes) + bytes(data)
        ),
        st.integers(0, 255),
        st.integers(0, 5),
        st.lists(st.integers(0, 2**32 - 1), max_size=5),
        st.integers(0, 30_000),
    )
    zipped = st.one_of(made, st.just(plain + bytes(10**7))).map(lambda each: gzip.compress(each, 1))

    def read(path: Path) -> np.ndarray:
        return read_idx(path, shape)

    return (
        Target(folder / "a-idx3-ubyte", (plain,), read, made),
        Target(folder / "a-idx3-ubyte.gz", (gzip.compress(plain),), read, zipped),
    )


SMALL_CIFAR = CIFAR10._replace(train_files=("data_batch_1.bin",), train_records=3, test_records=3)


def _cifar(folder: Path) -> tuple[Target, ...]:
    fmt, place = SMALL_CIFAR, folder / "sets" / SMALL_CIFAR.subfolder
    place.mkdir(parents=True)
    names = "".join(f"class{n}\n" for n in range(10)).encode()
    batch = b"".join(bytes([label]) + bytes([label * 20]) * 3072 for label in range(3))
    files = {fmt.train_files[0]: batch, fmt.test_file: batch, fmt.names_file: names}
    sizes = {f"{fmt.subfolder}/{name}": len(batch) for name in (*fmt.train_files, fmt.test_file)}
    wanted = sizes | {f"{fmt.subfolder}/{fmt.names_file}": None}

    def target(name: str) -> Target:
        root = folder / f"sets-{name}"
        shutil.copytree(folder / "sets", root)
        for file, content in files.items():
            (root / fmt.subfolder / file).write_bytes(content)
        path = root / fmt.subfolder / name
        return Target(path, (files[name],), lambda _: load_cifar(fmt, root, False, "set"))

    def unpack_aside(path: Path) -> None:
        out = folder / "unpacked"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        unpack(path, out, wanted)
        assert {found.name for found in out.iterdir()} <= files.keys()

    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"{fmt.subfolder}/{name}")
            info.size, info.pax_headers = len(content), {"comment": "é"}
            archive.addfile(info, io.BytesIO(content))
    archive = Target(
        folder / "set.tar.gz",
        (gzip.compress(tar.getvalue(), 1),),
        unpack_aside,
        # Damaged below the compression, so that the damage is seen.
        st.builds(
            lambda changes, repair: gzip.compress(
                repair(damaged(tar.getvalue(), changes, (tar.getvalue(),))), 1
            ),
            edits(),
            st.sampled_from([bytes, tar_checksums]),
        ),
    )
    return (*map(target, files), archive)


def _csv(folder: Path) -> tuple[Target, ...]:
    images = [f"{n}.png" for n in range(6)]
    for n, name in enumerate(images):
        Image.new("L", (4, 4), n).save(folder / name)
    rows = [f"{name},{'cat' if n % 2 else 'dog'},{1.5 * n}" for n, name in enumerate(images)]
    seed = "\n".join(["path,label,number", *rows]).encode()
    cells = st.one_of(
        st.sampled_from((*images, *images, "cat", "dog", "cat;dog", "train", "test", *TEXTS)),
        st.sampled_from(("9" * 5000, "x" * 140_000, '"', '"a\nb"', "1e999", ",", "\0")),
        st.text(max_size=8),
    )
    table = st.lists(st.lists(cells, max_size=4).map(",".join), max_size=12).map("\n".join)
    made = st.builds(
        lambda head, body: (head + "\n" + body).encode("utf-8", "surrogatepass"),
        st.sampled_from(("path,label", "path,label,split", "label,path,path", "\ufeffpath,label")),
        table,
    )

    def read(label: str, task: str | None) -> Callable[[Path], object]:
        return lambda path: image_table(path, (4, 4), label=label, task=task, stream=True)

    return (
        Target(folder / "labels.csv", (seed,), read("label", None), made),
        Target(folder / "numbers.csv", (seed,), read("number", "regression"), made),
    )


def _images(folder: Path) -> tuple[Target, ...]:
    def encoded(mode: str, form: str, **options: object) -> bytes:
        file = io.BytesIO()
        Image.effect_noise((9, 7), 80).convert(mode).save(file, form, **options)
        return file.getvalue()

    exif = Image.Exif()
    exif[0x0112] = 6
    files = {
        "png": tuple(encoded(mode, "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
        "jpg": (
            *(encoded(mode, "JPEG", exif=exif) for mode in ("L", "RGB", "CMYK")),
            *(encoded("RGB", "JPEG"), encoded("RGB", "JPEG", progressive=True)),
        ),
        "bmp": tuple(encoded(mode, "BMP") for mode in ("1", "L", "P", "RGB")),
        "webp": (encoded("RGB", "WEBP"), encoded("RGBA", "WEBP", lossless=True)),
    }
    sides = st.one_of(st.integers(0, 70_000), st.sampled_from([n for n in NUMBERS if n >= 0]))
    header = st.builds(
        lambda w, h, bits, color: with_checksums(
            files["png"][4][:16]
            + struct.pack(">IIBB", w % 2**32, h % 2**32, bits, color)
            + files["png"][4][26:]
        ),
        sides,
        sides,
        st.sampled_from((1, 2, 4, 8, 16, 0, 255)),
        st.sampled_from((0, 2, 3, 4, 6, 7)),
    )

    def read(path: Path) -> np.ndarray:
        return load_image(path, (8, 8, 3))

    return tuple(
        Target(
            folder / f"a.{suffix}",
            seeds,
            read,
            header if suffix == "png" else None,
            with_checksums if suffix == "png" else None,
        )
        for suffix, seeds in files.items()
    )


READERS: dict[str, Reader] = {
    "architecture": Reader(_architecture, 512),
    "run": Reader(_run, 512),
    "safetensors": Reader(_safetensors, 512),
    "idx": Reader(_idx, 64),
    "cifar": Reader(_cifar, 64),
    "csv": Reader(_csv, 64),
    "images": Reader(_images, 1536 + 16),
}

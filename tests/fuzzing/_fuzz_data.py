"""The readers of data sets that `fuzz.py` tries, each with valid files to damage."""

import gzip
import io
import math
import shutil
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from _fuzz_inputs import (
    NUMBERS,
    TEXTS,
    damaged,
    edits,
    tar_checksums,
    with_checksums,
)
from _fuzz_targets import Target
from hypothesis import strategies as st
from PIL import Image

from jaxcnn.data import image_table, load_image
from jaxcnn.data.sets._cifar import CIFAR10, load_cifar
from jaxcnn.data.sets._download import unpack
from jaxcnn.data.sets._mnist import read_idx


def idx_targets(folder: Path) -> tuple[Target, ...]:
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


def cifar_targets(folder: Path) -> tuple[Target, ...]:
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


def csv_targets(folder: Path) -> tuple[Target, ...]:
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


def images_targets(folder: Path) -> tuple[Target, ...]:
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
        "gif": tuple(encoded(mode, "GIF") for mode in ("1", "L", "P", "RGBA")),
        "tif": (
            *(encoded(mode, "TIFF") for mode in ("1", "L", "P", "RGBA", "CMYK", "I;16")),
            *(encoded("RGB", "TIFF", compression=f"tiff_{kind}") for kind in ("lzw", "deflate")),
        ),
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

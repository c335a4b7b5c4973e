"""Run Flax's tests of convolutions with jaxcnn's convolutions.

    python experiments/peers/flax_tests.py
    python experiments/peers/flax_tests.py --source path/to/flax

The tests are part of the source distribution of the installed version of Flax, which pip downloads
to a temporary folder, or of your own checkout. They need pytest and absl-py. To see which tests
fail without jaxcnn as well, add `--no-fast`.
"""

import dataclasses
import importlib.metadata
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import jax
import pytest
import tyro

import jaxcnn

TESTS = [
    "linen/linen_linear_test.py",
    "linen/linen_recurrent_test.py",
    "nnx/nn/conv_test.py",
    "core/design/core_resnet_test.py",
    "core/design/core_big_resnets_test.py",
]


@dataclasses.dataclass(frozen=True)
class Config:
    """The options of the tests.

    Attributes:
        source: Folder of Flax's source; by default that of the installed version is downloaded.
        fast: Use jaxcnn's convolutions instead of XLA's.
        only: Run only the tests whose names match, as `pytest -k` does.
    """

    source: Path | None = None
    fast: bool = True
    only: str = ""


def download(folder: Path) -> Path:
    """Download and unpack the source of the installed version of Flax."""
    version = importlib.metadata.version("flax")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "flax"]
    subprocess.run([*pip, f"flax=={version}", "--dest", folder], check=True)
    with tarfile.open(folder / f"flax-{version}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / f"flax-{version}"


def run(source: Path, only: str) -> int:
    """Run the tests, without the pytest settings of a surrounding project."""
    tests = [source / "tests" / name for name in TESTS]
    options = ["-q", "-c", os.devnull, "--rootdir", source, "-p", "no:cacheprovider", "-k", only]
    options += ["-W", "ignore", "--import-mode=importlib"]
    return pytest.main([str(word) for word in [*options, *tests]])


def main(config: Config) -> None:
    jax.config.update("jax_platforms", "cpu")
    counts = jaxcnn.install_fast_convolutions() if config.fast else None
    with tempfile.TemporaryDirectory() as folder:
        status = run(config.source or download(Path(folder)), config.only)
    if counts is not None:
        for name in sorted(counts.taken | counts.left):
            print(f"{name}: {counts.taken[name]} compiled by jaxcnn, {counts.left[name]} by XLA")
    raise SystemExit(status)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))

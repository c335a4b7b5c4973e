"""Versions, settings, and what lies on the disk."""

import importlib.metadata
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import jax

from jaxcnn._support.machine import versions
from jaxcnn._support.set_up import compilation_cache
from jaxcnn.data import find_published_sets
from jaxcnn.doctor._diagnosis import Finding

GB = 10**9
LITTLE_DISK = 1 * GB

OPTIONAL = {
    "grain": "sets that do not fit in memory",
    "matplotlib": "pictures",
    "pillow": "image files",
    "pooch": "downloads and the cache",
    "scikit-learn": "the digits",
    "simplejpeg": "faster reading of JPEG files",
    "tyro": "command lines",
    "tensorboardX": "TensorBoard",
}
"""Packages that jaxcnn works without, and what they are for."""

EXTRAS = {"tensorboardX": "tensorboard"}
"""The extra of jaxcnn that installs a package, where it is not `experiments`."""

SLOW = {
    "jax_disable_jit": "nothing is compiled, and training is slower by orders of magnitude",
    "jax_debug_nans": "each result is looked through for NaN",
    "jax_debug_infs": "each result is looked through for infinities",
    "jax_check_tracer_leaks": "nothing that was traced is kept",
    "jax_enable_x64": "numbers without a dtype have 64 bits and take twice the time",
}
"""Settings of JAX, and why they are slow."""


def check_versions() -> Finding:
    """The versions of what jaxcnn needs."""
    return Finding("versions", ", ".join(f"{name} {text}" for name, text in versions().items()))


def check_packages(packages: Mapping[str, str] = OPTIONAL) -> Finding:
    """The versions of what it can use; `packages` says what each is for."""
    found = {name: _version(name) for name in packages}
    text = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    advice = tuple(
        f"For {packages[name]} ({name}): pip install 'jaxcnn[{EXTRAS.get(name, 'experiments')}]'."
        for name, version in found.items()
        if version is None
    )
    return Finding("optional packages", text or "none", advice)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def check_flags() -> Finding:
    """JAX's settings that make things slow."""
    values = {name: bool(getattr(jax.config, name, False)) for name in SLOW}
    return judge_flags(values, os.environ.get("XLA_FLAGS"))


def judge_flags(values: Mapping[str, bool], xla_flags: str | None) -> Finding:
    """Whether something is on that is for finding mistakes.

    Args:
        values: JAX's settings.
        xla_flags: the environment variable XLA_FLAGS; None: not set.
    """
    on = [name for name, value in values.items() if value]
    advice = tuple(f"{name} is on: {SLOW[name]}." for name in on)
    shown = on + ([] if xla_flags is None else [f"XLA_FLAGS={xla_flags}"])
    return Finding("JAX's settings", ", ".join(shown) or "as they come", advice)


def check_cache() -> Finding:
    """Where compiled programs are kept."""
    folder = jax.config.values["jax_compilation_cache_dir"]
    is_on = bool(folder) and jax.config.values["jax_enable_compilation_cache"]
    path = Path(folder) if folder else compilation_cache()
    return judge_cache(is_on, path, shutil.disk_usage(_existing(path)).free)


def judge_cache(is_on: bool, folder: Path, free: int) -> Finding:
    """Whether compiled programs are kept, and have room.

    Args:
        is_on: whether this process keeps them.
        folder: where, or where the experiments do.
        free: bytes free on its disk.
    """
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    size = sum(path.stat().st_size for path in files)
    held = f"{folder} ({size / 1e6:,.0f} MB, {free / GB:,.0f} GB free)"
    advice = []
    if not is_on:
        advice.append(
            "Programs of your own compile anew each time: JAX_COMPILATION_CACHE_DIR=FOLDER in "
            "the environment keeps what they compile (the experiments do it by themselves)."
        )
    if free < LITTLE_DISK:
        advice.append(f"The disk of {folder} is nearly full: {free / GB:.1f} GB are free.")
    text = f"kept in {held}" if is_on else f"not kept; those of the experiments in {held}"
    return Finding("compiled programs", text, tuple(advice))


def _existing(path: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def check_data() -> Finding:
    """Which published data sets are on this machine."""
    found = find_published_sets()
    there = [f"{name} in {path}" for name, path in found.items() if path is not None]
    if there:
        return Finding("data", ", ".join(there))
    sentence = (
        "No data set is here: `make cifar10` downloads CIFAR-10, or name the folder that holds "
        "cifar-10-batches-bin/ by JAXCNN_DATA."
    )
    return Finding("data", "none of " + ", ".join(found), (sentence,))

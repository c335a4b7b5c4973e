"""Check versions, settings, the compilation cache and data sets."""

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
MIN_FREE_DISK = 1 * GB

OPTIONAL = {
    "grain": "data sets that do not fit in memory",
    "scikit-learn": "the digits data set",
    "simplejpeg": "faster reading of JPEG files",
    "tensorboardX": "TensorBoard",
}
"""Optional packages, and what jaxcnn uses them for."""

EXTRAS = {"tensorboardX": "tensorboard"}
"""The extra of jaxcnn that installs a package, if it is not `experiments`."""

SLOW = {
    "jax_disable_jit": "nothing is compiled, and training is slower by orders of magnitude",
    "jax_debug_nans": "each result is checked for NaN",
    "jax_debug_infs": "each result is checked for infinities",
    "jax_check_tracer_leaks": "functions are traced again each time",
    "jax_enable_x64": "arrays without a dtype have 64 bits and take twice the time",
}
"""Settings that make JAX slow, and why."""


def check_versions() -> Finding:
    """Report the versions of Python and of the packages that jaxcnn needs."""
    return Finding("versions", ", ".join(f"{name} {text}" for name, text in versions().items()))


def check_packages(packages: Mapping[str, str] = OPTIONAL) -> Finding:
    """Report the versions of optional packages, and advise to install missing ones.

    Args:
        packages: What each package is for, by its name.
    """
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
    """Check JAX's settings for those that make it slow."""
    values = {name: bool(getattr(jax.config, name, False)) for name in SLOW}
    return judge_flags(values, os.environ.get("XLA_FLAGS"))


def judge_flags(values: Mapping[str, bool], xla_flags: str | None) -> Finding:
    """Judge whether slow settings are on; most of these are for debugging.

    Args:
        values: Whether each setting is on, by its name.
        xla_flags: The environment variable XLA_FLAGS; None if it is not set.
    """
    on = [name for name, value in values.items() if value]
    advice = tuple(f"{name} is on: {SLOW[name]}." for name in on)
    shown = on + ([] if xla_flags is None else [f"XLA_FLAGS={xla_flags}"])
    return Finding("JAX's settings", ", ".join(shown) or "defaults", advice)


def check_cache() -> Finding:
    """Check where compiled programs are cached."""
    folder = jax.config.values["jax_compilation_cache_dir"]
    is_on = bool(folder) and jax.config.values["jax_enable_compilation_cache"]
    path = Path(folder) if folder else compilation_cache()
    return judge_cache(is_on, path, shutil.disk_usage(_nearest_existing(path)).free)


def judge_cache(is_on: bool, folder: Path, free: int) -> Finding:
    """Judge whether compiled programs are cached, and whether their disk has room.

    Args:
        is_on: Whether this process caches compiled programs.
        folder: The folder of the cache. If this process has none, the folder of the experiments'
            cache.
        free: Free space on the folder's disk, in bytes.
    """
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    size = sum(path.stat().st_size for path in files)
    where = f"{folder} ({size / 1e6:,.0f} MB, {free / GB:,.0f} GB free)"
    advice = []
    if not is_on:
        advice.append(
            "Your own programs compile anew each time they start: set "
            "JAX_COMPILATION_CACHE_DIR=FOLDER in the environment to cache what they compile (the "
            "experiments do so by themselves)."
        )
    if free < MIN_FREE_DISK:
        advice.append(f"The disk of {folder} is nearly full: {free / GB:.1f} GB are free.")
    text = f"cached in {where}" if is_on else f"not cached; those of the experiments in {where}"
    return Finding("compiled programs", text, tuple(advice))


def _nearest_existing(path: Path) -> Path:
    """Return the folder itself, or the nearest one above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def check_data() -> Finding:
    """Check which published data sets are on this machine."""
    found = find_published_sets()
    present = [f"{name} in {path}" for name, path in found.items() if path is not None]
    if present:
        return Finding("data", ", ".join(present))
    sentence = (
        "There is no data set: `jaxcnn train cifar10` downloads CIFAR-10, or set JAXCNN_DATA to "
        "the folder that contains cifar-10-batches-bin/."
    )
    return Finding("data", "none of " + ", ".join(found), (sentence,))

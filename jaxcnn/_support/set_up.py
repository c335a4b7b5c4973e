"""Settings that make programs faster if they are made before JAX starts."""

import os
import sys
from pathlib import Path

import jax

from jaxcnn._support.arguments import check_int
from jaxcnn._support.extras import import_extra
from jaxcnn._support.machine import cpu_cores

MIN_COMPILE_SECONDS = 0.05
"""Programs that compile faster are not cached. JAX's default is 1 s, which adds up."""

HUGE_PAGES = "glibc.malloc.hugetlb=1"


def set_up(
    devices: int | None = None,
    *,
    huge_pages: bool = False,
    cache: bool | str | os.PathLike[str] = True,
) -> None:
    """Prepare JAX for this machine: CPU cores as devices, compilation cache, huge pages.

    Call it once, before anything is computed. `jaxcnn.fit` then splits each batch over the cores,
    and programs that were compiled once start immediately the next time. Settings in the
    environment variables JAX_NUM_CPU_DEVICES, JAX_COMPILATION_CACHE_DIR and GLIBC_TUNABLES stay,
    unless an argument overrides them.

    Args:
        devices: Number of CPU devices; None means one per core that this process may use.
        huge_pages: Whether to restart this Python process, on Linux, with memory pages of 2 MiB
            instead of 4 KiB. A training step is then up to a fifth faster. The restarted script
            runs from its beginning, so call `set_up` first. An interactive session cannot be
            restarted.
        cache: Where to keep compiled programs. True means the user's cache folder; this needs the
            package pooch. A path means that folder. With False, JAX's compilation cache stays
            unchanged.

    Raises:
        TypeError: If `devices` is not an integer.
        ValueError: If `devices` is below 1.
        RuntimeError: If JAX has started, or `huge_pages` is asked for in an interactive session.
        ImportError: If `cache` is True and pooch is not installed.

    Example:
        >>> jaxcnn.set_up(huge_pages=True)  # doctest: +SKIP
    """
    if devices is not None:
        check_int("devices", devices)
    if has_started():
        raise RuntimeError(
            "jaxcnn.set_up: expected a call before JAX computes anything, got one after it"
        )
    if huge_pages:
        _restart_with_huge_pages()
    if devices is not None or "JAX_NUM_CPU_DEVICES" not in os.environ:
        jax.config.update("jax_num_cpu_devices", devices or cpu_cores())
    if cache is not False:
        _keep_compiled_programs(None if cache is True else Path(cache))


def check_jax() -> None:
    """Raise unless JAX can run compiled programs on several devices in this process.

    Raises:
        RuntimeError: If the process was forked after JAX had started, which makes JAX wait forever.
        ValueError: If a setting of JAX rules out compiled programs or implicit conversions.
    """
    if _forked_after_start:
        raise RuntimeError(
            "JAX: expected a process of its own, got a fork of one in which JAX had started (use "
            "multiprocessing.get_context('spawn'))"
        )
    for name, allowed in _REFUSED_SETTINGS.items():
        value = getattr(jax.config, name)
        if value not in allowed:
            raise ValueError(
                f"{name.upper()}: expected {allowed[-1]}, got {value} (jaxcnn compiles its "
                "programs, and relies on JAX's usual conversions; "
                f"jax.config.update({name!r}, {allowed[-1]!r}))"
            )


_REFUSED_SETTINGS = {
    "jax_disable_jit": (False,),
    "jax_numpy_rank_promotion": ("warn", "allow"),
    "jax_transfer_guard_host_to_device": (None, "log", "allow"),
}
"""Settings of JAX under which nothing can be trained, with the values that work."""

_forked_after_start = False


def _after_fork() -> None:
    global _forked_after_start
    _forked_after_start = _forked_after_start or has_started()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def compilation_cache() -> Path:
    """Return the folder for compiled programs in the user's cache folder."""
    return Path(import_extra("pooch").os_cache("jaxcnn")) / "compiled"


def has_started() -> bool:
    """Return whether JAX has started a backend, which fixes the number of devices."""
    now = jax.config.jax_num_cpu_devices  # pyright: ignore[reportAttributeAccessIssue]
    try:
        jax.config.update("jax_num_cpu_devices", now + 1)
    except RuntimeError:
        return True
    jax.config.update("jax_num_cpu_devices", now)
    return False


def _restart_with_huge_pages() -> None:
    """Restart this process with huge pages, on Linux and unless the user has set GLIBC_TUNABLES.

    A training step writes some hundred megabytes, which XLA requests from the system each time.
    With small pages, providing them takes about a fifth of the step. glibc reads the setting only
    at the start. Other C libraries ignore it.
    """
    if sys.platform != "linux" or "GLIBC_TUNABLES" in os.environ:
        return
    if hasattr(sys, "ps1"):
        raise RuntimeError(
            "huge_pages: expected a script, got an interactive session, which cannot be restarted "
            f"(start it with GLIBC_TUNABLES={HUGE_PAGES} in its environment)"
        )
    os.environ["GLIBC_TUNABLES"] = HUGE_PAGES
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _keep_compiled_programs(folder: Path | None) -> None:
    """Make JAX keep its compiled programs; None: in the folder that the user has set, or ours."""
    if folder is None and "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder or compilation_cache()))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", MIN_COMPILE_SECONDS)

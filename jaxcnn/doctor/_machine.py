"""What the machine and its system give this process."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path

from jaxcnn._support.machine import CGROUP, container_limit, cpu_cores
from jaxcnn.doctor._diagnosis import Finding

GIB = 2**30
LITTLE_MEMORY = 2 * GIB
HUGE_PAGES = "glibc.malloc.hugetlb"


def check_cores() -> Finding:
    """How many cores there are, and what limits their use."""
    return judge_cores(
        usable=cpu_cores(), there=os.cpu_count() or 1, quota=cpu_quota(), environ=os.environ
    )


def judge_cores(
    *, usable: int, there: int, quota: float | None, environ: Mapping[str, str]
) -> Finding:
    """Whether all cores can be used.

    Args:
        usable: cores on which this process may run.
        there: cores of the machine.
        quota: how many cores' time a container may take, if that is limited.
        environ: the environment variables; those that limit threads are shown.
    """
    text = f"{usable} of {there}"
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    limits = [f"{name}={environ[name]}" for name in names if name in environ]
    text += f" ({', '.join(limits)})" if limits else ""
    if quota is None or quota >= usable:
        return Finding("CPU cores", text)
    sentence = (
        f"This container may take the time of {quota:g} cores, but sees {usable}: "
        f"use {max(1, int(quota))} as devices (jax_num_cpu_devices), or raise its limit."
    )
    return Finding("CPU cores", f"{text}, a quota of {quota:g}", (sentence,))


def cpu_quota(cgroup: Path = CGROUP) -> float | None:
    """How many cores' time the container may take; None: no limit is known."""
    try:
        if (cgroup / "cpu.max").is_file():
            quota, period = (cgroup / "cpu.max").read_text().split()
        else:
            quota = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text().strip()
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text()
    except OSError:
        return None
    return None if quota in ("max", "-1") else int(quota) / int(period)


def check_instructions() -> Finding:
    """Which vector instructions the processor has."""
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text()
    except OSError:
        cpuinfo = ""
    return judge_instructions(cpuinfo, platform.machine())


def judge_instructions(cpuinfo: str, machine: str) -> Finding:
    """Whether the processor has what makes convolutions fast.

    Args:
        cpuinfo: the content of ``/proc/cpuinfo``.
        machine: the architecture, such as ``"x86_64"``.
    """
    lines = (line for line in cpuinfo.splitlines() if line.startswith("flags"))
    flags = next(lines, "").partition(":")[2].split()
    if not flags:
        return Finding("CPU instructions", machine)
    known = ("avx", "avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16")
    text = f"{machine}: {', '.join(flag for flag in known if flag in flags) or 'no AVX'}"
    missing = [flag.upper() for flag in ("avx2", "fma") if flag not in flags]
    if not missing:
        return Finding("CPU instructions", text)
    sentence = (
        f"The processor lacks {' and '.join(missing)}, or a virtual machine hides it: "
        "expect convolutions to be several times slower."
    )
    return Finding("CPU instructions", text, (sentence,))


def check_memory() -> Finding:
    """How much memory is free."""
    free = [number for number in (free_of_system(), free_of_container()) if number is not None]
    return judge_memory(min(free, default=None))


def judge_memory(free: int | None) -> Finding:
    """Whether the memory is enough to train in; `free` in bytes, None if it is not known."""
    if free is None:
        return Finding("memory", "not known")
    text = f"{free / GIB:.1f} GiB free"
    if free >= LITTLE_MEMORY:
        return Finding("memory", text)
    return Finding("memory", text, ("Little memory is free: use smaller batches.",))


def free_of_system(meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """Bytes that the system could give; None if it does not tell."""
    try:
        lines = meminfo.read_text().splitlines()
    except OSError:
        return None
    sizes = dict(line.split(":", 1) for line in lines)
    return int(sizes["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in sizes else None


def free_of_container(cgroup: Path = CGROUP) -> int | None:
    """Bytes left until the container's limit; None if there is none."""
    try:
        used = int((cgroup / "memory.current").read_text())
        counts = dict(line.split() for line in (cgroup / "memory.stat").read_text().splitlines())
    except OSError:
        return None
    limit = container_limit(cgroup)
    # Files that were read count as used, but are given up for what is asked for.
    return None if limit is None else limit - used + int(counts["inactive_file"])


def check_huge_pages() -> Finding:
    """Whether memory comes in pages of 2 MiB."""
    try:
        system = Path("/sys/kernel/mm/transparent_hugepage/enabled").read_text()
    except OSError:
        system = ""
    return judge_huge_pages(
        tunables=os.environ.get("GLIBC_TUNABLES", ""),
        system=system,
        is_glibc=platform.libc_ver()[0] == "glibc",
    )


def judge_huge_pages(*, tunables: str, system: str, is_glibc: bool) -> Finding:
    """Whether steps on a CPU could be faster in larger pages.

    Args:
        tunables: the environment variable GLIBC_TUNABLES.
        system: what Linux says of them, such as ``"always [madvise] never"``; empty: nothing.
        is_glibc: whether the C library is glibc, which can ask for them.
    """
    if not system or not is_glibc:
        return Finding("huge pages", "not on this system")
    if "[never]" in system:
        return Finding("huge pages", "switched off in this system")
    if HUGE_PAGES in tunables:
        return Finding("huge pages", f"GLIBC_TUNABLES={tunables}")
    sentence = (
        f"Start Python with GLIBC_TUNABLES={HUGE_PAGES}=1 in its environment: steps on a CPU are "
        "faster in huge pages (the experiments do it by themselves)."
    )
    return Finding("huge pages", "not asked for", (sentence,))

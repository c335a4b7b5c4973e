"""Check the resources of this machine: cores, vector instructions, memory and huge pages."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path

from jaxcnn._support.machine import CGROUP, container_limit, cpu_cores
from jaxcnn.doctor._diagnosis import Finding

GIB = 2**30
MIN_FREE_MEMORY = 2 * GIB
HUGE_PAGES = "glibc.malloc.hugetlb"


def check_cores() -> Finding:
    """Check how many CPU cores there are, and what limits their use."""
    return judge_cores(
        usable=cpu_cores(), total=os.cpu_count() or 1, quota=cpu_quota(), environ=os.environ
    )


def judge_cores(
    *, usable: int, total: int, quota: float | None, environ: Mapping[str, str]
) -> Finding:
    """Judge whether all CPU cores can be used.

    Args:
        usable: Number of cores on which this process may run.
        total: Number of cores of the machine.
        quota: Number of cores whose time the container may use; None if it is not limited.
        environ: The environment variables; those that limit threads are shown.
    """
    text = f"{usable} of {total}"
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    limits = [f"{name}={environ[name]}" for name in names if name in environ]
    text += f" ({', '.join(limits)})" if limits else ""
    if quota is None or quota >= usable:
        return Finding("CPU cores", text)
    sentence = (
        f"This container may use the time of {quota:g} cores, but it sees {usable}: "
        f"call jaxcnn.set_up({max(1, int(quota))}) for as many devices, or raise its limit."
    )
    return Finding("CPU cores", f"{text}, a quota of {quota:g}", (sentence,))


def cpu_quota(cgroup: Path = CGROUP) -> float | None:
    """Read how many cores' time the container may use; None if no limit is known."""
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
    """Check which vector instructions the processor has."""
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text()
    except OSError:
        cpuinfo = ""
    return judge_instructions(cpuinfo, platform.machine())


def judge_instructions(cpuinfo: str, machine: str) -> Finding:
    """Judge whether the processor has the vector instructions that make convolutions fast.

    Args:
        cpuinfo: The content of ``/proc/cpuinfo``.
        machine: The architecture, such as ``"x86_64"``.
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
        f"The processor lacks {' and '.join(missing)}, or a virtual machine hides that it has "
        "them: expect convolutions to be several times slower."
    )
    return Finding("CPU instructions", text, (sentence,))


def check_memory() -> Finding:
    """Check how much memory is free."""
    free = [number for number in (free_of_system(), free_of_container()) if number is not None]
    return judge_memory(min(free, default=None))


def judge_memory(free: int | None) -> Finding:
    """Judge whether there is enough memory for training.

    Args:
        free: Free memory in bytes; None if it is unknown.
    """
    if free is None:
        return Finding("memory", "unknown")
    text = f"{free / GIB:.1f} GiB free"
    if free >= MIN_FREE_MEMORY:
        return Finding("memory", text)
    return Finding("memory", text, ("Little memory is free: use smaller batches.",))


def free_of_system(meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """Read the memory in bytes that is available on the system; None if it is not reported."""
    try:
        lines = meminfo.read_text().splitlines()
    except OSError:
        return None
    sizes = dict(line.split(":", 1) for line in lines)
    return int(sizes["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in sizes else None


def free_of_container(cgroup: Path = CGROUP) -> int | None:
    """Read the memory in bytes up to the container's limit; None if there is no limit."""
    try:
        used = int((cgroup / "memory.current").read_text())
        counts = dict(line.split() for line in (cgroup / "memory.stat").read_text().splitlines())
    except OSError:
        return None
    limit = container_limit(cgroup)
    # Cached files count as used memory, but the system frees them when memory is requested.
    return None if limit is None else limit - used + int(counts["inactive_file"])


def check_huge_pages() -> Finding:
    """Check whether memory is allocated in huge pages of 2 MiB."""
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
    """Judge whether huge pages could make steps on a CPU faster.

    Args:
        tunables: The environment variable GLIBC_TUNABLES.
        system: The setting of Linux, such as ``"always [madvise] never"``; empty if there is none.
        is_glibc: Whether the C library is glibc, which can request huge pages.
    """
    if not system or not is_glibc:
        return Finding("huge pages", "not on this system")
    if "[never]" in system:
        return Finding("huge pages", "switched off on this system")
    if HUGE_PAGES in tunables:
        return Finding("huge pages", f"GLIBC_TUNABLES={tunables}")
    sentence = (
        "Begin a program with jaxcnn.set_up(huge_pages=True), or start Python with "
        f"GLIBC_TUNABLES={HUGE_PAGES}=1 in its environment: steps on a CPU are faster with huge "
        "pages (the experiments do so by themselves)."
    )
    return Finding("huge pages", "not requested", (sentence,))

"""The most memory that this process has had."""

import resource
import sys
from contextlib import suppress


def peak_bytes() -> int:
    """Return the peak memory of this process in bytes.

    On Linux, it is not `ru_maxrss`, which begins with the memory of the process that started this
    one.
    """
    with suppress(OSError), open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak

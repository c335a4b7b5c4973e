"""Memory in pages of 2 MiB in place of 4 KiB."""

import os
import sys

TUNABLE = "glibc.malloc.hugetlb=1"


def use_huge_pages() -> None:
    """Start this process again with huge pages, on Linux and unless the user has set glibc.

    A training step writes some hundred megabytes that XLA asks of the system anew each time. In
    small pages, finding them takes about a fifth of the step. glibc reads the setting once, at the
    start. Elsewhere than with glibc it means nothing.
    """
    if sys.platform == "linux" and "GLIBC_TUNABLES" not in os.environ:
        os.environ["GLIBC_TUNABLES"] = TUNABLE
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])

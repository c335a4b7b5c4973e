"""The command `jaxcnn report`."""

from contextlib import suppress
from pathlib import Path

from jaxcnn import reports
from jaxcnn._support.set_up import set_up


def report(run: Path, /, *, out: Path | None = None, cache: Path | None = None) -> int:
    """Write one page about a run: what was trained, how well it does, and what it looks at.

    The page is a single HTML file, which opens in any browser without a network and may be sent
    to others. Where the run was saved without test images, it says what is missing for that.

    Its sections are named on standard error while they are made. The exit status is 0 if the page
    was written, and 2 if it could not be, as where the folder holds no run.

    Args:
        run: The folder of a run, as `fit`'s `save` and the experiments write them.
        out: The file to write; by default report.html in the folder.
        cache: A folder for compiled programs, which make the next page quicker; by default the
            one that the experiments use, in the user's cache.
    """
    with suppress(RuntimeError):  # in a program that has computed already, all stays as it is
        set_up(cache=cache or True)
    print(f"The report is in {reports.report(run, out=out, progress=True)}")
    return 0

"""The subcommand `jaxcnn report`."""

from contextlib import suppress
from pathlib import Path

from jaxcnn import reports
from jaxcnn._support.set_up import set_up


def report(run: Path, /, *, out: Path | None = None, cache: Path | None = None) -> int:
    """Write an HTML report of a run: what was trained, how well it works, and what it looks at.

    The report is a single HTML file, which opens in any browser without an internet connection and
    can be sent to others. If the run was saved without test images, the report says which parts are
    missing for that reason.

    While the command works, it prints the name of each section on standard error. The exit status
    is 0 if the report was written. It is 2 if the report could not be written, for example because
    the folder has no run.

    Args:
        run: The folder of a run, as written by a run's `save` method or an experiment.
        out: The file to write; by default report.html in the folder.
        cache: A folder to keep compiled programs in, so that the next report is faster; by default
            the folder that the experiments use, in the user's cache.
    """
    with suppress(RuntimeError):  # raised, and harmless, if JAX has computed something already
        set_up(cache=cache or True)
    print(f"The report is in {reports.report(run, out=out, progress=True)}")
    return 0

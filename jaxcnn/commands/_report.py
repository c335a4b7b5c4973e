"""The subcommand `jaxcnn report`."""

from pathlib import Path

from jaxcnn import reports
from jaxcnn.commands._arguments import keep_programs


def report(
    runs: tuple[Path, ...],
    /,
    *,
    compare: bool = False,
    out: Path | None = None,
    cache: Path | None = None,
) -> int:
    """Write an HTML report of a run: what was trained, how well it works, and what it looks at.

    The report is a single HTML file, which opens in any browser without an internet connection and
    can be sent to others. If the run was saved without test images, the report says which parts are
    missing for that reason.

    With --compare, the page shows two or more runs side by side: settings that differ, curves,
    accuracies with a paired interval of the difference, images on which they disagree, scores of
    each class, sizes and times. Each run is compared with the first one. For example: jaxcnn report
    --compare runs/a runs/b

    While the command works, it prints the name of each section on standard error. The exit status
    is 0 if the report was written. It is 2 if the report could not be written, for example because
    the folder has no run.

    Args:
        runs: The folder of a run, as written by a run's `save` method or an experiment; with
            --compare, the folders of two to eight runs.
        compare: Compare runs with each other.
        out: The file to write; by default report.html in the folder of the run, or comparison.html
            in the folder that contains the first run's folder.
        cache: A folder to keep compiled programs in, so that the next report is faster; by default
            the folder that the experiments use, in the user's cache.
    """
    if not compare and len(runs) != 1:
        hint = " (--compare shows several runs on one page)" if runs else ""
        raise ValueError(f"RUNS: expected the folder of one run, got {len(runs) or 'none'}{hint}")
    if compare and len(runs) < 2:
        raise ValueError(f"RUNS: expected the folders of two or more runs, got {len(runs)}")
    keep_programs(cache)
    if compare:
        page = reports.comparison_report(runs, out=out, progress=True)
        print(f"The comparison is in {page}")
    else:
        print(f"The report is in {reports.report(runs[0], out=out, progress=True)}")
    return 0

"""The subcommand `jaxcnn explore`."""

from pathlib import Path

from jaxcnn import reports
from jaxcnn._support.arguments import check_int
from jaxcnn._support.texts import readable
from jaxcnn.commands._arguments import check_run_first, keep_programs, say_if_the_report_lacks_it


def explore(
    run: Path,
    pictures: tuple[str, ...] = (),
    /,
    *,
    count: int | None = None,
    out: Path | None = None,
    cache: Path | None = None,
) -> int:
    """Write a page to click through a run's network: feature maps, and the sum behind each number.

    The page is a single HTML file, which computes the network in any browser, without an internet
    connection. It contains the weights and the pictures. Of a network that is too large, it shows
    stored feature maps.

    The exit status is 0 if the page was written, and 2 if not, for example because the run has no
    test images and no pictures are named.

    Args:
        run: The folder of a run, as written by a run's `save` method or an experiment.
        pictures: Image files, or folders of image files, to show; by default test images of the
            run, about half of them mistakes.
        count: Number of test images; by default 12.
        out: The file to write; by default explore.html in the folder, where the next report links
            to it.
        cache: A folder to keep compiled programs in, so that the command starts faster the next
            time; by default the folder that the experiments use, in the user's cache.
    """
    check_run_first("explore", run, pictures)
    if count is not None:
        check_int("--count", count)
    if pictures and count is not None:
        raise ValueError(
            f"--count: expected none with named pictures, which are all shown, got {count}"
        )
    keep_programs(cache)
    page = reports.explore(run, out=out, pictures=[*pictures] or count)
    print(readable(str(page)))
    say_if_the_report_lacks_it(page.path, run)
    return 0

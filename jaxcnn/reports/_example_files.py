"""Name the file of each test example, if the test set was read from files."""

import os
from functools import lru_cache

from jaxcnn._support.texts import readable
from jaxcnn.reports._html import Html, element
from jaxcnn.reports._run_folder import RunFolder


def named_example(run: RunFolder, example: int) -> str:
    """Return the number of a saved test example in the test set, and its file if there is one."""
    number, file = f"{run.test_set.examples[example]}", file_of(run, example)
    return f"{number} ({file})" if file else number


def file_lines(run: RunFolder, example: int) -> tuple[Html, ...]:
    """Return a paragraph with the file of a saved test example; none if it has no file."""
    file = file_of(run, example)
    return (element("p", file, class_="file"),) if file else ()


def file_of(run: RunFolder, example: int) -> str:
    """Return the file of a saved test example within the folder of all; empty if there is none."""
    paths = run.test_set.paths
    return "" if paths is None else readable(paths[example].removeprefix(_common(paths)))


@lru_cache(maxsize=1)
def _common(paths: tuple[str, ...]) -> str:
    r"""Return the folder that all files are in, with its last separator.

    Example:
        >>> _common(("pets/test/cat/1.png", "pets/test/dog/1.png")), _common(("1.png", "2.png"))
        ('pets/test/', '')
    """
    folders = [os.path.dirname(path) + "/" for path in paths]
    start = os.path.commonprefix(folders)  # noqa: RUF071 - only whole names are kept
    folder = start[: start.rfind("/") + 1]
    return "" if folder == "/" and not paths[0].startswith("/") else folder

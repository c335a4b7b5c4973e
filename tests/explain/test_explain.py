"""The docstring of `jaxcnn.explain` is the map of its folders."""

import inspect
import re
from pathlib import Path

import pytest

from jaxcnn import explain

FUNCTIONS = [name for name in explain.__all__ if inspect.isfunction(getattr(explain, name))]
FOLDERS = re.split(r"^\*\*(\w+)/\*\*$", explain.__doc__ or "", flags=re.MULTILINE)
NAMED = dict(zip(FOLDERS[1::2], FOLDERS[2::2], strict=True))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_stands_in_the_row_of_its_folder(name):
    floor, _, folder = (
        getattr(explain, name).__module__.partition("jaxcnn.explain.")[2].partition(".")
    )
    assert f"`{name}`" in (NAMED[floor] if folder else explain.__doc__ or "")


def test_all_folders_are_named():
    here = Path(explain.__file__).parent
    folders = {path.parent.name for path in here.glob("*/__init__.py")}
    assert folders == {*NAMED, "drawing"}


def test_no_two_files_have_one_name():
    files = [path.name for path in Path(explain.__file__).parent.rglob("_[a-z]*.py")]
    assert len(files) == len(set(files))

"""Every name of jaxcnn that docs/coming-from.md gives for another library's exists."""

import inspect
import pkgutil
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "coming-from.md").read_text(encoding="utf-8")
ROWS = [line.strip("| ").split(" | ") for line in re.findall(r"^\| .*\|$", PAGE, re.MULTILINE)]
NAMES = sorted({name for row in ROWS for name in re.findall(r"`(jaxcnn\.[\w.]+)", row[1])})
CALLS = re.findall(r"`(jaxcnn[\w.]+)\(([^`]*)\)`", PAGE)


def test_there_is_a_table_for_each_library():
    assert re.findall(r"^## From (\w+)$", PAGE, re.MULTILINE) == [
        "Keras",
        "PyTorch",
        "timm",
        "fastai",
        "Flax",
        "ultralytics",
    ]
    assert len(NAMES) > 50


@pytest.mark.parametrize("name", NAMES)
def test_the_name_exists(name):
    assert callable(pkgutil.resolve_name(name))


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_the_named_arguments_exist(name, arguments):
    parameters = inspect.signature(pkgutil.resolve_name(name)).parameters
    takes_options = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    named = set(re.findall(r"(\w+)=", arguments))
    assert takes_options or named <= set(parameters)


def test_every_row_names_something_of_ours():
    rest = [
        row
        for row in ROWS
        if len(row) != 2 or not re.search(r"`(jaxcnn|model\()|`train=True`", row[1])
    ]
    assert [row for row in rest if "jaxcnn" not in row and set(row[0]) != {"-"}] == []

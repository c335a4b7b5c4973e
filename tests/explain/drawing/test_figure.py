"""What the plots write is what it claims to be, and small."""

import io
import pickle
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jaxcnn import explain
from jaxcnn.explain.drawing import as_written, new_figure


def test_line_breaks_of_the_caller_stay():
    assert new_figure(4, 3, title="first\nsecond", caption="").get_suptitle() == "first\nsecond"


@pytest.mark.parametrize(
    ("text", "expected"), [("cat", "cat"), ("price in $", r"price i…"), ("$x$", r"\$x\$")]
)
def test_text_is_drawn_as_written(text, expected):
    assert as_written(text, 8) == expected


def test_plots_leave_pyplot_alone():
    files = [*Path(explain.__file__).parent.rglob("*.py")]  # pyplot keeps figures, opens windows
    assert any("matplotlib.figure" in file.read_text() for file in files)
    assert not [file for file in files if "pyplot" in file.read_text()]


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"'matplotlib': pip install matplotlib$"):
        explain.plot_confusion_matrix([[1]], ["a"])


MAPS = np.random.default_rng(0).normal(size=(16, 16, 64))


def figure():
    return explain.plot_feature_maps(MAPS)


def test_a_notebook_shows_a_figure_without_pyplot():
    shown = figure()
    with Image.open(io.BytesIO(shown._repr_png_())) as picture:
        assert picture.format == "PNG"
    again = pickle.loads(pickle.dumps(shown))
    assert again.get_suptitle() == shown.get_suptitle()


def test_png(tmp_path):
    figure().savefig(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.format == "PNG"
        assert 700 <= picture.width <= 1100


def test_svg_holds_all_tiles_as_one_picture(tmp_path):
    figure().savefig(tmp_path / "a.svg")
    root = ET.parse(tmp_path / "a.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert 1 <= len(root.findall(".//{http://www.w3.org/2000/svg}image")) <= 2  # maps, color bar
    assert (tmp_path / "a.svg").stat().st_size < 250_000


def test_no_text_ends_in_a_line_of_one_word():
    for words in range(10, 40):
        figure = new_figure(5, 3, title="a title", caption="word " * words)
        *_, last = figure.get_supxlabel().split("\n")
        assert " " in last

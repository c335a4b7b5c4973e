import sys
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from jaxcnn import explain
from jaxcnn.explain.drawing._figure import as_written, new_figure


def test_title_and_caption_are_wrapped_to_the_width(draw):
    figure = draw(new_figure(4, 3, title="word " * 30, caption="note " * 60))
    renderer = FigureCanvasAgg(figure).get_renderer()
    for text in (figure.get_suptitle(), figure.get_supxlabel()):
        assert "\n" in text
    width = figure.get_window_extent(renderer).width
    for artist in figure.texts:
        assert artist.get_window_extent(renderer).width <= width


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
    with pytest.raises(ImportError, match=r"pip install 'jaxcnn\[experiments\]'"):
        explain.plot_confusion_matrix([[1]], ["a"])

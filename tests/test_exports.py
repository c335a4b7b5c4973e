"""Every result exports in the same way."""

import importlib
import inspect
import json
import pkgutil
import sys

import pytest
from exported import LABELED, NAME, NUMBERS, SCORES, TABLES, VALUES
from parsed_html import Page

import jaxcnn
from jaxcnn._support import notebooks
from jaxcnn._support.notebooks import html_of
from jaxcnn._support.results import Result, Shown, TableResult, as_plain
from jaxcnn._support.tables import Table
from jaxcnn.data import Augmentation, ClassificationScores, FileSplits, ImageFiles, Splits
from jaxcnn.hub import Address
from jaxcnn.inference import Evaluation

RESULTS = [*VALUES, *(result for result, _ in TABLES)]


def names(results):
    return [type(result).__name__ for result in results]


def every_class():
    for module in pkgutil.walk_packages(jaxcnn.__path__, "jaxcnn."):
        if not module.name.endswith("__main__"):
            loaded = importlib.import_module(module.name)
            for _, found in inspect.getmembers(loaded, inspect.isclass):
                if found.__module__ == module.name:
                    yield found


def test_every_class_that_prints_or_exports_is_among_these():
    classes = {*every_class()}
    results = {found for found in classes if issubclass(found, Result)} - {Result, TableResult}
    assert results == {type(result) for result in RESULTS}
    printing = {found for found in classes if "__str__" in vars(found)}
    assert printing <= {*results, TableResult, Table, Address}
    for name in ("to_json", "to_dict", "to_dataframe", "_repr_html_"):
        own = {found for found in classes if name in vars(found)}
        assert own <= {Result, Shown, TableResult, Augmentation, Splits, FileSplits}
    assert not any("as_dict" in vars(found) for found in classes)


@pytest.mark.parametrize("result", RESULTS, ids=names(RESULTS))
def test_plain_data_is_what_json_gives_back(result):
    content = result.to_dict()
    assert content
    assert content == json.loads(result.to_json())
    assert json.loads(result.to_json(indent=1)) == content
    assert result.to_json(indent=1).startswith("{\n ")
    assert not {"NaN", "Infinity"} & {*result.to_json().replace(",", " ").split()}


TABULAR = [result for result, _ in TABLES]


@pytest.mark.parametrize("result", TABULAR, ids=names(TABULAR))
def test_text_fits_on_a_page(result):
    assert max(map(len, str(result).splitlines())) <= 110


@pytest.mark.parametrize("result", TABULAR, ids=names(TABULAR))
def test_html_is_sound_and_escaped(result):
    html = result._repr_html_()
    page = Page(html)
    assert page.errors == []
    assert {*page.tags} <= {"div", "p", "h4", "table", "thead", "tbody", "tr", "th", "td"}
    assert "table" in page.tags
    # The page's own colors, in light and dark.
    assert html.count("color") == html.count("color:inherit")
    if NAME in str(result):
        assert NAME in page.text


FILES = ImageFiles(["a.png", "b.png"], [0, 1], (NAME, "dog"), (4, 4, 1))
SETS = {
    "Dataset": (LABELED, 2),
    "regression": (NUMBERS, 1),
    "ImageFiles": (FILES, 2),
    "Splits": (Splits(LABELED, LABELED.match_classes(("cow", NAME, "dog"))), 3),
    "splits of numbers": (Splits(NUMBERS, NUMBERS), 2),
    "FileSplits": (FileSplits(FILES, FILES), 2),
}


@pytest.mark.parametrize(("shown", "rows"), SETS.values(), ids=SETS)
def test_data_sets_show_their_classes_in_notebooks(shown, rows):
    page = Page(shown._repr_html_())
    assert page.errors == []
    heads = page.tags.count("thead")
    assert page.tags.count("tr") == rows + heads
    assert NAME in page.text


def test_a_history_is_a_tuple_that_prints_as_a_table():
    history = next(result for result, _ in TABLES if type(result).__name__ == "History")
    assert isinstance(history, tuple)
    assert history == tuple(history)
    assert as_plain(history) == history.to_dict()["epochs"]
    assert str(type(history)()) == "no epochs"
    assert repr(type(history)()) == "History(0 epochs)"
    assert repr(history) == "History(2 epochs, the last with train_loss nan, validation_loss 1)"


def test_an_evaluation_shows_its_scores():
    scores = ClassificationScores(0.5, 0.25, 0.2, 0.2, 0.7, 0.5)
    found = Evaluation(0.5, 0.75, (0.5, 0.9), 1200, scores)
    line = "loss 0.5000, accuracy 75.00% (95% interval 50.00% to 90.00%), n = 1,200"
    assert repr(found) == f"Evaluation({line})"
    assert str(found) == f"{line}\n{scores}"
    assert "1,200" in Page(found._repr_html_()).text
    row = found.to_dataframe().iloc[0]
    assert (row["accuracy_low"], row["macro_f1"], row["examples"]) == (0.5, 0.25, 1200)
    numbers = Evaluation(0.5, None, None, 9, SCORES)
    assert len(numbers.to_dataframe()) == 2
    assert "rmse" in numbers._repr_html_()


@pytest.mark.parametrize(("result", "rows"), TABLES, ids=names(TABULAR))
def test_data_frames_have_a_row_per_row(result, rows):
    pandas = pytest.importorskip("pandas")
    frame = result.to_dataframe()
    assert len(frame) == rows
    assert len({*frame.columns}) == len(frame.columns) > 1
    for name, column in frame.items():
        kinds = {type(value) for value in column if value is not None and value is not pandas.NA}
        if kinds == {int}:
            assert pandas.api.types.is_integer_dtype(column), name
        elif kinds == {float}:
            assert column.dtype == "float64", name


def test_numbers_of_a_data_frame_are_exact():
    pytest.importorskip("pandas")
    frames = {type(result).__name__: result.to_dataframe() for result in TABULAR}
    assert frames["RateRange"]["loss"].tolist() == [0.5, 0.2, float("inf")]
    assert frames["RateRange"].dtypes.astype(str).tolist() == ["float64", "float64", "bool"]
    assert frames["Summary"]["output_shape"].tolist() == [(4, 4, 2)] * 2
    assert frames["Ensemble"]["stopped_at"].dtype == "Int64"
    assert frames["Ensemble"]["stopped_at"].isna().tolist() == [True, False]
    assert frames["Run"]["gradient_norms.0"].isna().tolist() == [False, True]
    assert frames["Report"]["set"].tolist() == ["train"] * 2 + ["test"] * 2


def test_without_pandas_an_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"needs the package 'pandas': pip install pandas$"):
        TABULAR[0].to_dataframe()


def test_long_tables_are_cut_in_the_middle(monkeypatch):
    monkeypatch.setattr(notebooks, "MAX_LINES", 4)
    page = Page(html_of([Table([("a", "b"), *((f"row{k}", "1") for k in range(7))])]))
    assert page.errors == []
    assert page.text.split("\n")[4:-3] == ["row01", "row11", "… 3 more …", "row51", "row61"]


def test_headings_and_lines_of_one_cell():
    table = Table([("name", "layer", "n"), ("block",), ("  conv", "", "3")], heading="<Layers>")
    assert str(table) == "<Layers>:\nname    n\nblock\n  conv  3"
    html = html_of(["1 < 2", table])
    assert Page(html).errors == []
    assert ">1 &lt; 2</p>" in html
    assert ">&lt;Layers&gt;</h4>" in html
    assert 'colspan="2"' in html
    assert ">&nbsp;&nbsp;conv</td>" in html


def test_what_json_lacks():
    class Odd:
        def __str__(self):
            return "odd"

    assert as_plain({1: (Odd(), True, None)}) == {"1": ["odd", True, None]}

"""Names from outside steer no terminal, no page and no spreadsheet."""

import csv
import io

import numpy as np
import pytest

from jaxcnn import data
from jaxcnn._support.tables import Table
from jaxcnn._support.texts import readable, spreadsheet_cell, without_controls
from jaxcnn.commands._predict import print_csv
from jaxcnn.reports import FilePrediction
from jaxcnn.reports._html import element

ESCAPE = "cat\x1b[2J\x00\u202e"
FORMULA = '=HYPERLINK("http://example.org")'


def test_only_what_is_not_printable_is_escaped():
    assert readable("Größe 3×4, 猫") == "Größe 3×4, 猫"
    assert readable("ß\x1b[0m") == "ß\\x1b[0m"


def test_tables_show_control_characters():
    shown = str(Table([("class", "n"), (ESCAPE, "3")]))
    assert "cat\\x1b[2J\\x00\\u202e" in shown
    assert all(line.isprintable() for line in shown.splitlines())


def test_a_check_of_data_has_no_control_characters():
    images = np.arange(4 * 16, dtype=np.uint8).reshape(4, 4, 4, 1)
    shown = str(data.check(data.Dataset(images, [0, 1, 0, 1], (ESCAPE, "dog"))))
    assert "cat\ufffd[2J" in shown
    assert without_controls(shown) == shown


def test_pages_have_no_control_characters():
    assert element("p", ESCAPE, title=ESCAPE) == (
        '<p title="cat\ufffd[2J\ufffd\ufffd">cat\ufffd[2J\ufffd\ufffd</p>'
    )
    assert without_controls("tab\tand\nline") == "tab\tand\nline"


@pytest.mark.parametrize("text", [FORMULA, "+1", "-1", "@A1", "\t=1"])
def test_no_cell_is_a_formula(text):
    assert spreadsheet_cell(text) == "'" + text
    file = io.StringIO()
    print_csv([FilePrediction(text, ((text, 0.5),))], file=file)
    for row in list(csv.reader(io.StringIO(file.getvalue())))[1:]:
        assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in row)

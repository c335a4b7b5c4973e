"""The page with a table of runs."""

import re
import shutil
import subprocess

import pytest
from parsed_html import Page

from jaxcnn import commands
from jaxcnn.reports import runs_page
from jaxcnn.reports._runs_page import SCRIPT
from jaxcnn.runs import ListedRun, RunList

EVIL = "<script>alert(1)</script>"
RUNS = RunList(
    EVIL,
    (
        ListedRun(EVIL, "done", "x", "m", 2, 0.5, 1.0, "2026-01-02T03:04:05+00:00", seconds=20.5),
        ListedRun("b", "failed", "x", "m", None, None, None, "2026-01-03T03:04:05+00:00"),
        ListedRun("c", "done", "x", "m", 10, 0.75, 0.5, "2026-01-01T03:04:05+00:00", seconds=3),
    ),
    unread=(f"{EVIL}: no",),
)


def test_the_page_is_whole_and_runs_no_script_but_its_own():
    text = runs_page(RUNS)
    page = Page(text)
    assert not page.errors
    assert page.tags.count("script") == 1
    assert page.tags.count("button") == len(RUNS.runs[0].cells)
    assert EVIL in page.text
    assert "style-src &#x27;unsafe-inline&#x27;; script-src &#x27;sha256-" in text


@pytest.mark.parametrize(
    ("sort", "head"),
    [("-loss", 'aria-sort="descending"><button'), ("run", 'aria-sort="ascending"')],
)
def test_the_heading_shows_the_order_of_the_rows(sort, head):
    heads = re.findall(r"<th [^>]*aria-sort[^>]*><button[^>]*>\w+", runs_page(RUNS.sorted_by(sort)))
    assert len(heads) == 1
    assert head in heads[0]
    assert heads[0].endswith(f">{sort.removeprefix('-')}")


def test_the_work_grows_with_the_runs_and_not_with_their_square(monkeypatch):
    values, calls = ListedRun.values.fget, []
    monkeypatch.setattr(ListedRun, "values", property(lambda run: calls.append(0) or values(run)))
    for count in (10, 20):
        calls.clear()
        runs_page(RunList("runs", RUNS.runs[:1] * count).sorted_by("-accuracy"))
        assert len(calls) <= 4 * count


# A table with as much of the page's interface as the script uses.
TABLE = """
const text = (value) => ({dataset: {value}});
const rows = VALUES.map((value) => ({name: value, cells: [text(value)]}));
const attributes = {};
const head = {
  cellIndex: 0,
  classList: {contains: () => KIND},
  getAttribute: (name) => attributes[name] ?? null,
  setAttribute: (name, value) => { attributes[name] = value; },
  removeAttribute: (name) => { delete attributes[name]; },
};
head.parentElement = {cells: [head]};
let click;
const button = {closest: () => head, addEventListener: (_, listener) => { click = listener; }};
head.closest = () => ({tBodies: [{rows, append: (...sorted) => {
  console.log(sorted.map((row) => row.name).join(" ") + " " + attributes["aria-sort"]);
}}]});
globalThis.document = {querySelectorAll: () => [button]};
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
@pytest.mark.parametrize(
    ("values", "is_number", "expected"),
    [
        (["9", "", "10"], "true", ["10 9  descending", "9 10  ascending"]),
        (["b", "", "a"], "false", ["a b  ascending", "b a  descending"]),
        (["9", "10", "1a"], "false", ["10 1a 9 ascending", "9 1a 10 descending"]),
        (["2", "nan", "10"], "true", ["10 2 nan descending", "2 10 nan ascending"]),
    ],
)
def test_a_click_sorts_and_a_second_turns_the_order(values, is_number, expected):
    table = TABLE.replace("VALUES", str(values)).replace("KIND", is_number)
    code = f"{table}\n{SCRIPT}\nclick(); click();"
    result = subprocess.run(["node", "-e", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == expected


def test_the_command_writes_each_format(tmp_path, capsys):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "status.json").write_text("[")
    for form, beginning in (("html", "<!DOCTYPE html>"), ("csv", "run,status,"), ("json", "{")):
        out = tmp_path / f"runs.{form}"
        arguments = ["runs", str(tmp_path), "--sort", "-seconds", "--format", form]
        with pytest.raises(SystemExit) as end:
            commands.main([*arguments, "--out", str(out)])
        assert end.value.code == 0
        assert out.read_text().startswith(beginning)
        assert "damaged" in out.read_text()
    with pytest.raises(SystemExit):
        commands.main(["runs", str(tmp_path), "--sort=size"])
    assert re.search("--sort: expected one of run, ", capsys.readouterr().err)

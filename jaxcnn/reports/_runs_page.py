"""`runs_page`: an HTML page with a table of runs, which one can sort by a click on its heads."""

from collections.abc import Sequence
from typing import NamedTuple

from jaxcnn._version import __version__
from jaxcnn.reports._document import document
from jaxcnn.reports._html import Html, element, joined
from jaxcnn.runs import ListedRun, RunList

STYLE = """
body { display: block; max-width: none; }
table { font-size: 0.92rem; }
thead th { vertical-align: baseline; }
th button {
  font: inherit; font-weight: 600; color: inherit; background: none; border: 0; cursor: pointer;
  padding: 0.25rem 0.15rem; text-decoration: underline dotted; text-underline-offset: 0.2em;
}
th button:focus-visible { outline: 2px solid var(--link); }
th button::after { content: "\\2195"; color: var(--quiet); padding-left: 0.3em; }
th[aria-sort="ascending"] button::after { content: "\\2191"; color: inherit; }
th[aria-sort="descending"] button::after { content: "\\2193"; color: inherit; }
.interval-cell { color: var(--quiet); }
"""

SCRIPT = """
// Sort the rows by the column of the clicked button; numbers first from large to small.
function sortBy(button) {
  const head = button.closest("th");
  const body = head.closest("table").tBodies[0];
  const column = head.cellIndex;
  // What is compared depends on the column and not on two of its values, so that it is an order.
  const isNumber = head.classList.contains("number");
  const first = isNumber ? "descending" : "ascending";
  const second = first === "ascending" ? "descending" : "ascending";
  const order = head.getAttribute("aria-sort") === first ? second : first;
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", order);
  const valueOf = (row) => row.cells[column].dataset.value;
  const isUnknown = (value) => value === "" || (isNumber && isNaN(value));
  const compare = (a, b) => {
    const [x, y] = [valueOf(a), valueOf(b)];
    if (isUnknown(x) || isUnknown(y)) return isUnknown(x) - isUnknown(y);  // these come last
    const difference = isNumber ? x - y : x.localeCompare(y);
    return order === "ascending" ? difference : -difference;
  };
  body.append(...[...body.rows].sort(compare));
}
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => sortBy(button));
}
"""

LEAD = (
    "Click a heading, or reach it by the tab key and press Enter, to sort the table by its column; "
    "again, to turn the order around. The 95% interval is that of the accuracy, for chance in the "
    "choice of the test set; it is sorted by its lower end."
)


def runs_page(found: RunList) -> str:
    """Make an HTML page with a table of runs, which can be sorted by any column.

    The page needs no other file and opens no connection. Sorting needs JavaScript. Without it, the
    table has the order of `found`.

    Args:
        found: The runs, from `jaxcnn.runs.find_runs`.

    Returns:
        The HTML text. Names from the folders are escaped, so that no text can run as code.

    Example:
        >>> from jaxcnn.runs import RunList
        >>> "There are no runs in runs." in runs_page(RunList("runs", ()))
        True
    """
    count = len(found.runs)
    title = f"{count:,} run{'' if count == 1 else 's'} in {found.folder}"
    problems = [element("li", problem) for problem in found.problems]
    unread = (element("h2", "Not read"), element("ul", *problems)) if problems else ()
    main = (
        (element("p", LEAD, class_="lead"), _table(found))
        if count
        else (element("p", f"There are no runs in {found.folder}.", class_="lead"),)
    )
    return document(
        title,
        element("header", element("h1", title)),
        element("main", *main, *unread),
        element("footer", f"Made by jaxcnn {__version__}."),
        style=STYLE,
        scripts=[SCRIPT],
    )


def _table(found: RunList) -> Html:
    columns = _columns(found)
    sorted_by = found.sort.removeprefix("-")
    order = "descending" if found.sort.startswith("-") else "ascending"
    heads = [
        element(
            "th",
            element("button", column.name, type="button"),
            scope="col",
            class_=column.class_,
            aria_sort=order if column.name == sorted_by else None,
        )
        for column in columns
    ]
    rows = [element("tr", *_cells(columns, run)) for run in found.runs]
    content = element(
        "table",
        element("thead", element("tr", *heads)),
        element("tbody", joined(rows, "\n")),
    )
    return element("div", content, class_="wide", tabindex=0, role="region", aria_label="Runs")


class Column(NamedTuple):
    """A column of the table.

    Attributes:
        name: Its heading.
        class_: The class of its cells: numbers are aligned right.
    """

    name: str
    class_: str | None


INTERVAL = "95% interval"


def _columns(found: RunList) -> list[Column]:
    values = [run.values for run in found.runs]
    columns = []
    for name in found.runs[0].cells:
        if name == INTERVAL:
            class_ = "number interval-cell"
        else:
            is_number = any(isinstance(each[name], int | float) for each in values)
            class_ = "number" if is_number else None
        columns.append(Column(name, class_))
    return columns


def _cells(columns: Sequence[Column], run: ListedRun) -> list[Html]:
    ends = run.test_accuracy_interval
    values = {**run.values, INTERVAL: None if ends is None else ends[0]}
    texts = run.cells
    cells = []
    for place, (name, class_) in enumerate(columns):
        value = values[name]
        tag, scope = ("td", None) if place else ("th", "row")
        text = "" if value is None else str(value)
        cells.append(element(tag, texts[name], class_=class_, scope=scope, data_value=text))
    return cells

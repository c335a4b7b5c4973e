"""The subcommand `jaxcnn runs`."""

from pathlib import Path
from typing import Literal

from jaxcnn._support.files import write_whole
from jaxcnn.reports import output_path, runs_page
from jaxcnn.runs import RunList, find_runs


def runs(
    folder: Path = Path("runs"),
    /,
    *,
    sort: str = "-date",
    format: Literal["text", "csv", "html", "json"] = "text",
    out: Path | None = None,
    json: bool = False,
) -> int:
    """List the runs in a folder: status, data, network, test results, time.

    Runs and folders that cannot be read are named below the table, and hide no others.

    Args:
        folder: A folder of runs; folders within it are searched, too.
        sort: The column to sort by: run, status, data, network, date, parameters, epochs, accuracy,
            loss or seconds; with a minus sign before it, in descending order. For example, --sort
            -accuracy lists the most accurate run first. Runs without a value come last.
        format: Form of the table: text for people, csv for spreadsheets, json for programs, or html
            for a page whose table is sorted by a click on the heading of a column.
        out: The file to write; by default standard output.
        json: The same as --format json.
    """
    if json and format not in ("text", "json"):
        raise ValueError(f"--format: expected json, as --json asks for, got {format}")
    text = _text(find_runs(folder).sorted_by(sort), "json" if json else format).rstrip("\n")
    if out is None:
        print(text)
    else:
        write_whole(output_path(out), f"{text}\n".encode())
    return 0


def _text(found: RunList, format: str) -> str:
    match format:
        case "csv":
            return found.to_csv()
        case "html":
            return runs_page(found)
        case "json":
            return found.to_json(indent=1)
        case _:
            return str(found)

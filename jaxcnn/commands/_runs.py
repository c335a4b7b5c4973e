"""The subcommand `jaxcnn runs`."""

from pathlib import Path

from jaxcnn.runs import find_runs


def runs(folder: Path = Path("runs"), /, *, json: bool = False) -> int:
    """List the runs in a folder, the newest first: status, data, network and test results.

    Args:
        folder: A folder of runs; folders within it are searched, too.
        json: Print JSON instead of a table.
    """
    found = find_runs(folder)
    print(found.to_json(indent=1) if json else found)
    return 0

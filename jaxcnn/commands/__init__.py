"""The `jaxcnn` command: a file for each of its commands.

`_main` calls `_doctor`, `_check`, `_summary`, `_profile`, `_predict` or `_report`, and turns errors
into a line and an exit status. `_arguments` reads what several of them take.
"""

from jaxcnn.commands._main import main

__all__ = ["main"]

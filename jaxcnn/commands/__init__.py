"""The `jaxcnn` command, with one file per subcommand.

`_main` calls `_doctor`, `_check`, `_summary`, `_profile`, `_predict`, `_report` or `_verify`, and
turns errors into one line and an exit status. `_arguments` reads arguments that several subcommands
share.
"""

from jaxcnn._support.warn import warnings_as_lines
from jaxcnn.commands._main import main, replace_unwritable_characters

__all__ = ["main", "replace_unwritable_characters", "warnings_as_lines"]

"""The `jaxcnn` command, with one file per subcommand.

`_main` calls the function of a subcommand: `_train`, `_validate`, `_predict`, `_report`, `_runs`,
`_check`, `_summary`, `_profile`, `_plan`, `_verify`, `_launch` or `_doctor`. `_parse` reads their
options by tyro, and `_faults` says what is wrong with a command line that tyro refuses. `_output`
turns errors into a line and an exit status, and `_option_names` names the options in errors as they
are typed. `_arguments` has what several subcommands share, and `_place` the options of a process
among several. `_processes` starts and ends the processes of `jaxcnn launch`, and `_relay` prints
what they write.
"""

from jaxcnn.commands._main import main
from jaxcnn.commands._output import replace_unwritable_characters
from jaxcnn.commands._train import run_from_command_line

__all__ = ["main", "replace_unwritable_characters", "run_from_command_line"]

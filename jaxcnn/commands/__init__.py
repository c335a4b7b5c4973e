"""The `jaxcnn` command, with one file per subcommand.

`_main` calls the function of a subcommand: `_train`, `_validate`, `_predict`, `_report`, `_runs`,
`_check`, `_summary`, `_profile`, `_verify`, `_launch` or `_doctor`. `_output` turns errors into one
line and an exit status. `_arguments` reads arguments that several subcommands share, and
`_option_names` names the options in errors as they are typed. `_processes` starts and ends the
processes of `jaxcnn launch`, and `_relay` prints what they write.
"""

from jaxcnn.commands._main import main
from jaxcnn.commands._output import replace_unwritable_characters
from jaxcnn.commands._train import run_from_command_line

__all__ = ["main", "replace_unwritable_characters", "run_from_command_line"]

"""Progress bars: text on terminals, widgets in notebooks, nothing elsewhere."""

import os
import sys
import warnings
from typing import Any, TextIO

from tqdm import TqdmWarning, tqdm


def progress_bar(*, enabled: bool, **options: Any) -> tqdm:
    """Make a progress bar of tqdm, shown on terminals, and in notebooks that have ipywidgets.

    With JAXCNN_PROGRESS=1 in the environment it is always shown: `jaxcnn launch` passes it on to a
    terminal.

    Args:
        enabled: Whether to show it at all.
        **options: Options of `tqdm.tqdm`.
    """
    kind = _kind_of_bar() if enabled else tqdm
    is_terminal = sys.stderr.isatty() or os.environ.get("JAXCNN_PROGRESS") == "1"
    is_shown = enabled and (kind is not tqdm or is_terminal)
    return kind(disable=not is_shown, **options)


def message_stream() -> TextIO:
    """Return where messages go: stderr, but stdout in notebooks, which show stderr as errors."""
    return sys.stdout if is_notebook() else sys.stderr


def is_notebook() -> bool:
    """Return whether a kernel of Jupyter runs this process."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and "IPKernelApp" in shell.config


def _kind_of_bar() -> type[tqdm]:
    if not is_notebook():
        return tqdm
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TqdmWarning)  # that ipywidgets are missing
        from tqdm import auto, notebook

    has_widgets = issubclass(auto.tqdm, notebook.tqdm_notebook)
    return auto.tqdm if has_widgets else tqdm

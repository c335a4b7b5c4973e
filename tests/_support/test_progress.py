import sys
from types import SimpleNamespace

import pytest
from tqdm import tqdm

from jaxcnn._support.progress import is_notebook, message_stream, progress_bar


def put_shell(monkeypatch, config):
    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(config=config))
    monkeypatch.setitem(sys.modules, "IPython", ipython)


def test_only_a_kernel_is_a_notebook(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not is_notebook()
    assert message_stream() is sys.stderr
    put_shell(monkeypatch, {"TerminalIPythonApp": {}})
    assert not is_notebook()
    put_shell(monkeypatch, {"IPKernelApp": {}})
    assert is_notebook()
    assert message_stream() is sys.stdout


@pytest.mark.parametrize("enabled", [True, False])
def test_a_file_gets_no_bar(enabled, capsys):
    with progress_bar(enabled=enabled, total=3) as bar:
        assert type(bar) is tqdm
        assert bar.disable
        bar.update(3)
    assert capsys.readouterr() == ("", "")


def test_a_pipe_gets_a_bar_if_the_environment_asks_for_it(monkeypatch, capsys):
    """As `jaxcnn launch` does, which shows it on a terminal."""
    monkeypatch.setenv("JAXCNN_PROGRESS", "1")
    with progress_bar(enabled=True, total=3) as bar:
        bar.update(3)
    assert "3/3" in capsys.readouterr().err
    with progress_bar(enabled=False, total=3) as bar:
        bar.update(3)
    assert capsys.readouterr() == ("", "")

"""The guides as notebooks: cells as in the scripts, and pictures below the cells."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from docs import build


def test_each_guide_becomes_a_notebook(tmp_path):
    pytest.importorskip("jupytext")
    notebooks = pytest.importorskip("docs.notebooks")
    nbformat = pytest.importorskip("nbformat")
    written = notebooks.write_notebooks(tmp_path)
    assert [path.stem for path in written] == [script.stem for script in build.SCRIPTS]
    for path, script in zip(written, build.SCRIPTS, strict=True):
        found = nbformat.read(path, as_version=4).cells
        cells = list(build.cells(script.read_text(encoding="utf-8")))
        assert [cell.cell_type == "markdown" for cell in found] == [cell.is_prose for cell in cells]
        assert not any(".md)" in cell.source for cell in found if "](0" in cell.source)
    assert (tmp_path / "page.py").exists()


def test_a_picture_shows_when_its_cell_has_run(tmp_path, monkeypatch):
    callbacks, shown = [], []
    events = SimpleNamespace(
        register=lambda _, callback: callbacks.append(callback),
        unregister=lambda _, callback: callbacks.remove(callback),
    )
    shell = SimpleNamespace(events=events)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    display = SimpleNamespace(display=shown.append, Image=lambda **options: options)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.syspath_prepend(build.GUIDES)
    monkeypatch.delitem(sys.modules, "page", raising=False)
    page = __import__("page")
    monkeypatch.setattr(page, "PICTURES", tmp_path)
    assert page.picture("dot.png", alt="a dot") == tmp_path / "dot.png"
    assert shown == []
    for callback in [*callbacks]:
        callback(None)
    assert shown == [{"filename": str(tmp_path / "dot.png"), "alt": "a dot"}]
    assert callbacks == []


@pytest.mark.slow
@pytest.mark.parametrize("script", build.SCRIPTS, ids=lambda script: script.stem)
def test_a_notebook_runs_from_top_to_bottom(script, tmp_path, monkeypatch):
    pytest.importorskip("ipykernel")
    pytest.importorskip("nbconvert")
    notebooks = pytest.importorskip("docs.notebooks")
    notebooks.write_notebooks(tmp_path)
    monkeypatch.setenv("JAXCNN_DATA", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(build.GUIDES.parents[1]))
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace"]
    subprocess.run([*command, f"{script.stem}.ipynb"], cwd=tmp_path, check=True)
    assert "image/" in (tmp_path / f"{script.stem}.ipynb").read_text(encoding="utf-8")


CELLS = [
    "import jaxcnn, numpy as np\nfrom jaxcnn import explain\ndata = jaxcnn.data.digits()",
    'explain.plot_images([data.train.images[0]], ["zero"], title="A digit")',
    "data",
    "net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])\n"
    "jaxcnn.summary(net, data.train.input_shape)",
    "run = jaxcnn.fit(net, data.train, epochs=1)\nrun.history",
    "run",
    "explain.classification_report(run, data.test)",
]


@pytest.mark.slow
def test_results_show_themselves_without_magic(tmp_path, monkeypatch):
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipywidgets")
    preprocessors = pytest.importorskip("nbconvert.preprocessors")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("PYTHONPATH", str(build.GUIDES.parents[1]))
    new = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    where = {"metadata": {"path": str(tmp_path)}}
    run, _ = preprocessors.ExecutePreprocessor(kernel_name="python3").preprocess(new, where)
    shown = [[output for output in cell.outputs if "data" in output] for cell in run.cells]
    kinds = [{kind for output in outputs for kind in output.data} for outputs in shown]
    assert "image/png" in kinds[1]
    assert all("text/html" in each for each in kinds[2:])
    assert "application/vnd.jupyter.widget-view+json" in kinds[4]
    errors = [o for cell in run.cells for o in cell.outputs if o.get("name") == "stderr"]
    assert errors == []

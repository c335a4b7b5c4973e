"""The page in Chromium: speed, keys, axe-core.

It needs playwright-core and axe-core, packages of npm, in a folder that NODE_PATH names.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from explored import network_of, saved_run

import jaxcnn

SCRIPT = Path(__file__).parent / "check_in_browser.cjs"
NODE = shutil.which("node")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)


def has_packages():
    command = [NODE, "-e", "require('playwright-core'); require('axe-core')"]
    return NODE is not None and subprocess.run(command, capture_output=True).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "input_shape", "megabytes", "seconds"),
    [
        (jaxcnn.models.cifar_small(), (32, 32, 3), 3, 1),
        (jaxcnn.models.resnet18(), (224, 224, 3), 10, 3),
    ],
    ids=["cifar_small", "resnet18"],
)
def test_the_page_in_chromium(architecture, input_shape, megabytes, seconds, tmp_path):
    if CHROMIUM is None or not has_packages():
        pytest.skip("it needs Chromium, and playwright-core and axe-core in NODE_PATH")
    folder = saved_run(tmp_path / "run", network_of(architecture, input_shape))
    written = jaxcnn.explore(folder)
    assert written.bytes < megabytes * 1e6
    command = [NODE, SCRIPT, written.path, CHROMIUM]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["shown"] < seconds * 1e3
    assert found["violations"] == []
    assert found["errors"] == []
    assert {url.partition(":")[0] for url in found["requests"]} == {"file"}
    assert found["widths"] == {"1280": 1280, "500": 500, "360": 360}
    assert (found["cut"]["1280"], found["cut"]["500"]) == (0, 0)  # NaN if there are no windows
    assert "agree with JAX" in found["check"]
    _check_keys(found["keys"])
    _check_window(found["window"])
    _check_chart(found["chart"])
    _check_tour(found["tour"], written.layers + 2)


def _check_window(window):
    assert "row 0, column 0 of" in window["before"]
    assert window["below"] == window["before"].replace("row 0", "row 1")
    assert window["pointed"] == window["below"]  # the focus stays in the sum
    assert window["looked"].startswith("Under the mouse: row ")
    assert "row 0, column 0 of" in window["said"]  # the heading is that of the open number


def _check_chart(states):
    assert [state["channel"] for state in states] == [0, 1, 2, 1, 1, 0]  # nothing is above a row
    assert all("bars from" in state["label"] for state in states)
    assert all(
        f"class {state['channel']} (number {state['channel']}) is framed" in state["label"]
        for state in states
    )
    assert states[1]["said"].startswith("Class 1 (number 1) of layer")


def _check_tour(tour, count):
    assert tour["picture"] == 1
    opened = tour["layers"]
    # All layers of a network of up to 25, and some of a deeper one.
    assert [each["layer"] for each in opened] == [*range(0, count, -(-count // 25))]
    assert all(each["formulas"] and each["frames"] == 1 for each in opened)
    assert all(each["said"].endswith(".") for each in opened)
    assert tour["why"] == f"4. Why “{tour['name']}”?"
    assert tour["total"].startswith(tour["name"])  # the difference from the strongest rival


def _check_keys(keys):
    first, opened, moved, at_sum, at_map, back, closed = keys
    assert first["picture"] == 1
    assert first["focus"] != opened["focus"] == "stage"
    assert opened["unit"]["layer"] == 3  # the third to the right of the picture
    before, after = opened["unit"], moved["unit"]
    assert after != before
    assert after["row"] in (before["row"], before["row"] + 1)
    assert moved["said"].startswith(f"Channel {after['channel']}, row {after['row']}, column")
    assert at_sum["focus"] == "sum"
    assert at_map["focus"] == "stage"
    assert back["unit"] == first["unit"]
    assert closed["focus"] == "column"

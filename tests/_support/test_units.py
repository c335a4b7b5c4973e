"""Probabilities in percent: the same in Python and on the pages, and 0% and 100% are exact."""

import json
import math
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import jaxcnn
from jaxcnn._support.units import probability_text

PAGES = ("serving/page/page.html", "reports/explorer/page/texts.js")

PERCENTS = {
    0: "0%",
    5e-324: "<1%",
    0.005: "<1%",
    math.nextafter(0.005, 1): "1%",
    0.00501: "1%",
    0.015: "2%",
    0.125: "13%",
    0.625: "63%",
    0.99499: "99%",
    math.nextafter(0.995, 0): "99%",
    0.995: "99.5%",
    0.9975: "99.8%",
    0.99949: "99.9%",
    0.9995: ">99.9%",
    math.nextafter(1, 0): ">99.9%",
    1: "100%",
}


def test_only_0_and_1_are_0_and_100_percent():
    assert {number: probability_text(number) for number in PERCENTS} == PERCENTS
    assert probability_text(-0.0) == "0%"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_pages_write_the_same():
    for page in PAGES:
        text = (Path(jaxcnn.__file__).parent / page).read_text(encoding="utf-8")
        (function,) = re.findall(r"^function percent\(.*?^\}$", text, re.DOTALL | re.MULTILINE)
        numbers = json.dumps([*PERCENTS, -0.0])
        code = f"{function}\nJSON.stringify({numbers}.map(percent))"
        found = subprocess.run(["node", "-p", code], capture_output=True, text=True, check=True)
        assert json.loads(found.stdout) == [*PERCENTS.values(), "0%"]

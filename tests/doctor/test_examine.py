import json

import pytest

from jaxcnn.doctor import Diagnosis, Finding, examine

FINE = Finding("sums", "1 + 1 = 2", ("Use a slide rule.",))
BROKEN = Finding("products", "2 · 2 = 5", broken=True)


@pytest.mark.thorough
def test_nothing_is_broken_here():
    report = examine()
    assert report.broken == ()
    names = [finding.name for finding in report.findings]
    assert (len(set(names)), names[0], names[-1]) == (14, "device", "data")
    assert all(finding.found for finding in report.findings)


def test_a_check_that_fails_is_broken_and_the_others_go_on():
    def no_cudnn():
        raise RuntimeError("DNN library initialization failed.\nAnd a long tail")

    report = examine({"GPU": no_cudnn, "sums": lambda: FINE})
    expected = Finding("GPU", "RuntimeError: DNN library initialization failed.", broken=True)
    assert report == Diagnosis((expected, FINE))
    assert report.broken == ("GPU",)


def test_an_error_without_a_text():
    def fail():
        raise ValueError

    assert examine({"a": fail}).findings[0].found == "ValueError: no message"


def test_the_report_as_text():
    assert str(Diagnosis((FINE, BROKEN))) == (
        "       sums      1 + 1 = 2\n"
        "BROKEN products  2 · 2 = 5\n"
        "\n"
        "Advice\n"
        "- Use a slide rule.\n"
        "\n"
        "Broken: products."
    )


def test_the_report_as_json():
    content = json.loads(Diagnosis((FINE, BROKEN)).to_json())
    assert content["broken"] == ["products"]
    assert content["findings"][0] == {
        "name": "sums",
        "found": "1 + 1 = 2",
        "advice": ["Use a slide rule."],
        "broken": False,
    }

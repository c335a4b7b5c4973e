"""What the page says about a network that makes no mistake, and about classes without examples."""

import re

import numpy as np
import pytest

from jaxcnn.explain import ClassificationReport
from jaxcnn.reports import _performance

LABELS = np.arange(30) % 3


def verdict(logits):
    found = ClassificationReport.of(logits, LABELS, ("a", "b", "c"))
    return _performance._is_better_scaled(found), _performance._calibration_verdict(found, "image")


@pytest.mark.thorough
def test_without_a_mistake_no_temperature_is_recommended():
    is_better, text = verdict(3 * np.eye(3, dtype=np.float32)[LABELS])
    assert not is_better
    assert "Without a mistake among the images, no temperature can be fitted." in text


@pytest.mark.thorough
def test_with_mistakes_a_temperature_is():
    logits = 20 * np.eye(3, dtype=np.float32)[LABELS]
    logits[::5] = 20 * np.eye(3, dtype=np.float32)[(LABELS[::5] + 1) % 3]
    is_better, text = verdict(logits)
    assert is_better
    assert "Dividing the logits by a temperature of" in text


@pytest.mark.thorough
def test_a_class_that_does_not_occur_has_no_scores_and_is_not_in_the_mean():
    found = ClassificationReport.of(9 * np.eye(4, dtype=np.float32)[LABELS], LABELS, [*"abcd"])
    text = re.sub(r"<[^>]+>", " ", str(_performance._scores_table(found, "image")))
    assert re.search(r" d\s+–\s+–\s+–\s+0\s+mean\s+100.0%\s+100.0%\s+100.0%", text)
    assert "the lowest: c (100.0%)." in _performance._scores_alt(found)

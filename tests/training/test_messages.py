"""The messages in which devices sum their gradients and statistics."""

import re

import pytest
import small

from jaxcnn.models import cifar_small
from jaxcnn.training import Plan
from jaxcnn.training._loop import lower_step
from jaxcnn.training._setup import set_up_training


@pytest.mark.slow  # compiles six convolutions
def test_a_step_of_cifar_small_sums_in_20_messages():
    """Three for each of six batch norms; one of all gradients, and one of the metrics."""
    data = small.dataset(10, size=32, channels=3, classes=10)
    setup = set_up_training(cifar_small(), data, Plan(batch_size=4, devices=2))
    step = lower_step(setup.batches, setup.copy_for_step(setup.state)).compile()
    sums = re.findall(r"= (.*) all-reduce(?:-start)?\(", step.as_text())
    assert sum(result.count("[") for result in sums) == 20

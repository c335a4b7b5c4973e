"""What is printed at the end of a run."""

from pathlib import Path

import pytest

from jaxcnn.experiment._texts import report

RESULT = {
    "dataset": "mine",
    "test_accuracy": 0.25,
    "test_accuracy_interval": (0.1, 0.4),
    "n_test": 12,
    "epochs": 5,
    "restored_epoch": None,
    "steps": 9,
    "interrupted": False,
    "seconds_compile": 1.0,
    "seconds_train": 2.0,
    "images_per_second": 3.0,
}
ACCURACY = "25.00% (95% interval 10.00% to 40.00%, n = 12)"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, f"mine: test accuracy {ACCURACY}\n"),
        ({"restored_epoch": 5}, "mine: test"),
        ({"restored_epoch": 3}, "Restored the weights of epoch 3 of 5. mine: test"),
        ({"interrupted": True}, "Interrupted after 9 steps. mine: test"),
        (
            {"test_f1": {"sea": 0.5, "sun": 0.75}},
            f"mine: all labels right: {ACCURACY}\nmean F1 score of the labels: 0.625\n",
        ),
    ],
)
def test_the_end_of_a_run(changes, text, capsys):
    report(RESULT | changes, Path("out"))
    assert capsys.readouterr().out.startswith(text)

import events
import pytest

from jaxcnn.runs._history_files import write_events

HISTORY = (
    {"epoch": 1, "loss": 0.5, "rate": None, "name": "a", "norms": {"layers.0.kernel": 2}},
    {"epoch": 2, "loss": 0.25},
)


def test_numbers_are_scalars_at_their_epochs(tmp_path):
    write_events(HISTORY, tmp_path)
    assert list(events.scalars(tmp_path)) == [
        (1, "loss", pytest.approx(0.5)),
        (1, "norms/layers.0.kernel", 2.0),
        (2, "loss", 0.25),
    ]

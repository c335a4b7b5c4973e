import bright_rows
import events
import pytest

import jaxcnn

HISTORY = (
    {"epoch": 1, "loss": 0.5, "rate": None, "name": "a", "norms": {"layers.0.kernel": 2}},
    {"epoch": 2, "loss": 0.25},
)


def test_numbers_are_scalars_at_their_epochs(tmp_path):
    jaxcnn.Run(bright_rows.network(), HISTORY).save(tmp_path, tensorboard=True)
    assert list(events.scalars(tmp_path)) == [
        (1, "loss", pytest.approx(0.5)),
        (1, "norms/layers.0.kernel", 2.0),
        (2, "loss", 0.25),
    ]

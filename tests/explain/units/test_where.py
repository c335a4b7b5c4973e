import built
import jax
import numpy as np
import pytest

import jaxcnn as J
from jaxcnn.explain import Box, Unit, explain_unit
from jaxcnn.explain.units._explain_unit import where


@pytest.mark.parametrize(
    ("unit", "position", "box", "text"),
    [
        (
            Unit("3", 0),
            (2, 1),
            Box((2, 0), (7, 5)),
            "layer 3, channel 0 at row 2, column 1; sees rows 2 to 6, columns 0 to 4",
        ),
        (Unit("block.0", 7), (4,), None, "layer block.0, channel 7 at place 4"),
        (
            Unit("head", 2),
            (),
            Box((0, 0, 0), (2, 3, 4)),
            "layer head, channel 2; sees planes 0 to 1, rows 0 to 2, columns 0 to 3",
        ),
    ],
)
def test_in_words(unit, position, box, text):
    assert where(unit, position, box) == text


def test_of_an_explanation_as_it_is_and_from_a_compiled_program():
    net = J.Sequential([J.MaxPool(2)])
    model = built.filled(net, (4, 4, 1))
    image = np.arange(16, dtype=np.float32).reshape(4, 4, 1)

    def explained(image):
        return explain_unit(model, image, Unit("0", 0), architecture=net)

    text = "layer 0, channel 0 at row 1, column 1; sees rows 2 to 3, columns 2 to 3"
    assert explained(image).where == explained(image).to_dict()["where"] == text
    assert jax.jit(explained)(image).where == text

import numpy as np
import pytest

from jaxcnn import explain


def history(*layers, epochs=2):
    return [
        {
            "epoch": epoch,
            "gradient_norms": dict.fromkeys(layers, 0.1 * epoch),
            "update_norms": dict.fromkeys(layers, 0.0 if epoch == 2 else 0.01),
        }
        for epoch in range(1, epochs + 1)
    ]


def test_lines_stand_in_the_order_of_the_layers(draw):
    logs = [{"epoch": 0}, *history("layers.head", "layers.10.scale", "layers.stem")]
    figure = draw(explain.plot_norms(logs, layers=["stem", "10", "head"]))
    gradients, updates = figure.axes
    assert [line.get_label() for line in gradients.lines] == ["stem", "10.scale", "head"]
    np.testing.assert_allclose(gradients.lines[0].get_xydata(), [[1, 0.1], [2, 0.2]])
    np.testing.assert_allclose(updates.lines[0].get_ydata(), [0.01, np.nan])  # 0 has no logarithm
    assert gradients.get_yscale() == updates.get_yscale() == "log"
    darkness = [sum(line.get_color()[:3]) for line in gradients.lines]
    assert darkness == sorted(darkness)


def test_of_many_layers_three_are_named():
    figure = explain.plot_norms(history(*map(str, range(31)), epochs=1))
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["0", "15", "30"]


def test_a_history_without_norms():
    with pytest.raises(ValueError, match=r"as after fit\(norms=True\); got none"):
        explain.plot_norms([{"epoch": 1, "train_loss": 1.0}])

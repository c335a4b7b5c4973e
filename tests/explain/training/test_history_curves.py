import math

import numpy as np
import pytest

from jaxcnn import explain


def epoch(number, **more):
    return {"epoch": number, "train_loss": 2.0 / number, "train_accuracy": 0.3, **more}


FULL = [
    epoch(n, validation_loss=1.5, validation_accuracy=0.862, learning_rate=0.1, seconds=40.0)
    for n in (1, 2, 3)
]


@pytest.mark.thorough
def test_three_panels_with_units(draw):
    figure = draw(explain.plot_curves(FULL, title="classic on CIFAR-10, n = 50,000"))
    assert figure.get_suptitle() == "classic on CIFAR-10, n = 50,000"
    assert [axes.get_ylabel() for axes in figure.axes] == [
        "loss (nat)",
        "accuracy (%)",
        "learning rate",
    ]
    assert {axes.get_xlabel() for axes in figure.axes} == {"epoch"}
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["training", "validation"]


@pytest.mark.thorough
def test_what_is_drawn_is_the_history():
    figure = explain.plot_curves(FULL, held_out="test")
    assert [each.get_text() for each in figure.axes[0].get_legend().texts] == ["training", "test"]
    assert "; test accuracy " in figure.get_supxlabel()
    loss, accuracy, _ = explain.plot_curves(FULL).axes
    assert loss.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert loss.lines[0].get_ydata().tolist() == pytest.approx([2.0, 1.0, 2 / 3])
    assert accuracy.lines[1].get_ydata().tolist() == pytest.approx([86.2] * 3)


def test_custom_metrics_have_a_panel():
    history = [{**logs, "validation_auc": 0.5 + 0.1 * logs["epoch"]} for logs in FULL]
    figure = explain.plot_curves(history)
    assert len(figure.axes) == 4
    panel = figure.axes[2]
    assert panel.lines[0].get_ydata().tolist() == pytest.approx([0.6, 0.7, 0.8])
    assert [text.get_text() for text in panel.get_legend().get_texts()] == ["auc"]


def test_caption_tells_the_end():
    assert explain.plot_curves(FULL).get_supxlabel() == (
        "After epoch 3: training accuracy 30.0%; validation accuracy 86.2%; "
        "120 s in total, 40 s per epoch."
    )


@pytest.mark.parametrize("missing", [{}, {"validation_accuracy": None, "learning_rate": None}])
def test_one_epoch_without_validation(missing):
    figure = explain.plot_curves([epoch(1, **missing)])
    assert len(figure.axes) == 2
    assert all(len(axes.lines) == 1 for axes in figure.axes)
    low, high = figure.axes[0].get_xlim()
    assert [tick for tick in figure.axes[0].get_xticks() if low <= tick <= high] == [1]
    assert figure.get_supxlabel() == "After epoch 1: training accuracy 30.0%."


def test_validation_of_some_epochs_only():
    history = [epoch(1), epoch(2, validation_loss=1.0, validation_accuracy=0.5), epoch(3)]
    loss, _ = explain.plot_curves(history).axes
    assert loss.lines[1].get_xdata().tolist() == [2]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite(draw, value):
    loss, _ = draw(explain.plot_curves([epoch(1), epoch(2) | {"train_loss": value}])).axes
    assert len(loss.lines[0].get_xdata()) == 2


def test_a_long_history():
    loss, _ = explain.plot_curves([epoch(n) for n in range(1, 301)]).axes
    assert len(loss.lines[0].get_xdata()) == 300


def history(*layers, epochs=2):
    return [
        {
            "epoch": epoch,
            "gradient_norms": dict.fromkeys(layers, 0.1 * epoch),
            "update_norms": dict.fromkeys(layers, 0.0 if epoch == 2 else 0.01),
        }
        for epoch in range(1, epochs + 1)
    ]


def test_lines_stand_in_the_order_of_the_layers():
    logs = [{"epoch": 0}, *history("layers.head", "layers.10.scale", "layers.stem")]
    figure = explain.plot_recorded_norms(logs, layers=["stem", "10", "head"])
    gradients, updates = figure.axes
    assert [line.get_label() for line in gradients.lines] == ["stem", "10.scale", "head"]
    np.testing.assert_allclose(gradients.lines[0].get_xydata(), [[1, 0.1], [2, 0.2]])
    np.testing.assert_allclose(updates.lines[0].get_ydata(), [0.01, np.nan])  # 0 has no logarithm
    assert gradients.get_yscale() == updates.get_yscale() == "log"
    darkness = [sum(line.get_color()[:3]) for line in gradients.lines]
    assert darkness == sorted(darkness)


def test_of_many_layers_three_are_named():
    figure = explain.plot_recorded_norms(history(*map(str, range(31)), epochs=1))
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["0", "15", "30"]

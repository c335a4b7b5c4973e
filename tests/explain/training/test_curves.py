import math

import pytest

from jaxcnn import explain


def epoch(number, **more):
    return {"epoch": number, "train_loss": 2.0 / number, "train_accuracy": 0.3, **more}


FULL = [
    epoch(n, validation_loss=1.5, validation_accuracy=0.862, learning_rate=0.1, seconds=40.0)
    for n in (1, 2, 3)
]


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


def test_what_is_drawn_is_the_history(draw):
    loss, accuracy, _ = draw(explain.plot_curves(FULL)).axes
    assert loss.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert loss.lines[0].get_ydata().tolist() == pytest.approx([2.0, 1.0, 2 / 3])
    assert accuracy.lines[1].get_ydata().tolist() == pytest.approx([86.2] * 3)


def test_caption_tells_the_end():
    assert explain.plot_curves(FULL).get_supxlabel() == (
        "After epoch 3: training accuracy 30.0%; validation accuracy 86.2%; "
        "120 s in all, 40 s an epoch."
    )


@pytest.mark.parametrize("missing", [{}, {"validation_accuracy": None, "learning_rate": None}])
def test_one_epoch_without_validation(draw, missing):
    figure = draw(explain.plot_curves([epoch(1, **missing)]))
    assert len(figure.axes) == 2
    assert all(len(axes.lines) == 1 for axes in figure.axes)
    low, high = figure.axes[0].get_xlim()
    assert [tick for tick in figure.axes[0].get_xticks() if low <= tick <= high] == [1]
    assert figure.get_supxlabel() == "After epoch 1: training accuracy 30.0%."


def test_validation_of_some_epochs_only(draw):
    history = [epoch(1), epoch(2, validation_loss=1.0, validation_accuracy=0.5), epoch(3)]
    loss, _ = draw(explain.plot_curves(history)).axes
    assert loss.lines[1].get_xdata().tolist() == [2]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite(draw, value):
    loss, _ = draw(explain.plot_curves([epoch(1), epoch(2) | {"train_loss": value}])).axes
    assert len(loss.lines[0].get_xdata()) == 2


def test_a_long_history(draw):
    loss, _ = draw(explain.plot_curves([epoch(n) for n in range(1, 301)])).axes
    assert len(loss.lines[0].get_xdata()) == 300


def test_errors():
    with pytest.raises(ValueError, match="history must hold at least one epoch; got none"):
        explain.plot_curves([])
    with pytest.raises(
        ValueError, match=r"history\[1\] must hold 'train_loss'; got \['epoch', 'train_accuracy'\]"
    ):
        explain.plot_curves([epoch(1), {"epoch": 2, "train_accuracy": 0.5}])

"""`from_batches`: training on an iterable of batches."""

import re

import numpy as np
import pytest
import small
from small import as_bits, quick_fit

import jaxcnn
from jaxcnn.data import Augmentation, epoch_order, from_batches
from jaxcnn.inference import Normalization
from jaxcnn.training import Plan, dry_run, sgd
from jaxcnn.training._class_weights import class_weights_for
from jaxcnn.training._setup import run_keys

DATA = small.dataset()
PLAIN = {"normalization": Normalization(0.5, 0.5), "tx": sgd(0.05)}


def batches(order=None, size=8):
    order = np.arange(40) if order is None else np.asarray(order)
    chunks = [order[start : start + size] for start in range(0, 40, size)]
    return [(DATA.images[chunk], DATA.labels[chunk]) for chunk in chunks]


@pytest.mark.slow
def test_batches_in_the_order_of_fit_give_its_bits():
    key = run_keys(0)[1]
    every = [batch for epoch in range(2) for batch in batches(epoch_order(key, epoch, 40))]
    expected = quick_fit(**PLAIN)
    found = quick_fit(data=from_batches(iter(every), [*"abc"], steps_per_epoch=5), **PLAIN)
    assert as_bits(found.state.params) == as_bits(expected.state.params)
    assert [logs["train_loss"] for logs in found.history] == [
        logs["train_loss"] for logs in expected.history
    ]
    assert found.settings["batch_size"] == 8
    assert found.settings["training_images"] == 40


@pytest.mark.slow
def test_batches_are_iterated_over_again():
    once = quick_fit(data=from_batches(batches() * 2, [*"abc"], steps_per_epoch=5), **PLAIN)
    again = quick_fit(data=from_batches(batches(), [*"abc"]), **PLAIN)
    assert as_bits(again.state.params) == as_bits(once.state.params)
    # Epochs of three batches go on where the last one ended; a smaller last batch is left out.
    odd = from_batches(
        [*batches(), (DATA.images[:3], DATA.labels[:3])], [*"abc"], steps_per_epoch=3
    )
    assert len(odd) == 24
    longer = quick_fit(data=odd, epochs=4, max_steps=10, **PLAIN)
    assert as_bits(longer.state.params) == as_bits(once.state.params)


@pytest.mark.thorough
def test_a_generator_that_ends_names_what_is_missing_and_keeps_the_run():
    data = from_batches((batch for batch in batches()), [*"abc"], steps_per_epoch=5)
    with pytest.raises(ValueError, match="custom: expected batches that can be iterated") as raised:
        quick_fit(data=data, **PLAIN)
    assert raised.value.run.steps == 5


def test_an_endless_generator_of_smaller_batches_is_named():
    def shrinking():
        yield DATA.images[:8], DATA.labels[:8]
        while True:
            yield DATA.images[:4], DATA.labels[:4]

    found = iter(from_batches(shrinking(), [*"abc"], steps_per_epoch=5))
    next(found)
    with pytest.raises(ValueError, match=r"batches of 8 examples, .* 100 smaller .* one of 4"):
        next(found)


def test_a_class_that_the_first_batch_lacks_may_have_a_weight():
    data = from_batches([(DATA.images[:2], [0, 1])] * 3, [*"abc"])
    assert class_weights_for((0, 0, 1), data) == (0, 0, 1)
    with pytest.raises(ValueError, match="class_weights: expected a number above 0"):
        class_weights_for((0, 0, 0), data)


@pytest.mark.slow
def test_mappings_and_validation():
    every = [{"x": images, "y": labels} for images, labels in batches()]
    data = from_batches(every, [*"abc"], image="x", label="y")
    run = quick_fit(data=data, validation=DATA, class_weights=(1, 2, 1), **PLAIN)
    assert run.history[-1]["validation_accuracy"] > 0.9
    assert repr(data) == "LabeledBatches('custom': 5 batches per epoch of 8 images (8, 8, 1))"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"checkpoints": "folder"},
            ValueError,
            "checkpoints: expected None with an iterable of bat",
        ),
        ({"batch_size": 16}, ValueError, "batch_size: expected 8, that of the batches, got 16"),
        ({"plan": Plan(batch_size=16)}, ValueError, "batch_size: expected 8, that of the batches"),
        ({"plan": Plan(swa_start=1)}, ValueError, "swa_start: expected None with an iterable of"),
        ({"sampler": "balanced"}, ValueError, "sampler: expected no 'balanced', which needs all"),
        ({"class_weights": "balanced"}, ValueError, "class_weights: expected no 'balanced'"),
    ],
)
def test_what_an_iterable_cannot_do_is_refused(options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        jaxcnn.fit(small.LINEAR, from_batches(batches(), [*"abc"]), progress=False, **options)


@pytest.mark.parametrize(
    ("source", "options", "error", "message"),
    [
        (3, {}, TypeError, "batches: expected an iterable of pairs, got int"),
        ([], {}, ValueError, "steps_per_epoch: expected at least 1, got 0"),
        (
            iter([]),
            {"steps_per_epoch": 2},
            ValueError,
            "batches: expected at least one batch, got no",
        ),
        (iter(batches()), {}, ValueError, "steps_per_epoch: expected a number for batches without"),
        (batches(), {"class_names": None}, ValueError, "class_names: expected one name per class"),
    ],
)
def test_wrong_batches_are_named(source, options, error, message):
    with pytest.raises(error, match=message):
        from_batches(source, **{"class_names": [*"abc"]} | options)


@pytest.mark.slow
def test_a_batch_that_differs_is_named():
    for second, message in (
        (
            (DATA.images[:8, :4], DATA.labels[:8]),
            r"custom: expected batches of shape \(8, 8, 8, 1\)",
        ),
        (
            (DATA.images[:8] / 255, DATA.labels[:8]),
            "custom: expected batches of uint8, got float32",
        ),
        ((DATA.images[:8], DATA.labels[:8] + 3), "custom: labels: expected 0 to 2, got"),
        ((DATA.images[:9], DATA.labels[:9]), r"expected batches of shape .*, got \(9, 8, 8, 1\)"),
    ):
        data = from_batches([batches()[0], second], [*"abc"])
        with pytest.raises((TypeError, ValueError), match=message):
            quick_fit(data=data, **PLAIN)


def test_other_functions_name_the_sample():
    with pytest.raises(
        TypeError, match=r"got LabeledBatches \(its first batch is a Dataset: .sample"
    ):
        dry_run(small.LINEAR, from_batches(batches(), [*"abc"]))


@pytest.mark.slow
def test_batches_are_shared_by_devices_and_mixed():
    data, options = from_batches(batches(size=10), [*"abc"]), {**PLAIN}
    options["augmentation"] = Augmentation(shift=1, mixup=0.4)
    one, three = (quick_fit(data=data, devices=n, batch_size=10, **options) for n in (1, 3))
    for a, b in zip(one.history, three.history, strict=True):
        assert a["train_loss"] == pytest.approx(b["train_loss"], rel=1e-4)

"""Training with a teacher in the loss."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from small import LINEAR, as_bits, dataset, quick_fit

from jaxcnn import functional as F
from jaxcnn.data import Augmentation
from jaxcnn.training import distillation_from
from jaxcnn.training._setup import run_keys


@pytest.fixture(scope="module")
def teacher():
    return quick_fit(epochs=6)


@pytest.mark.slow
def test_the_teacher_sees_the_augmented_images(teacher):
    """One batch, one step: the loss in the history is that of the formula."""
    data, augmentation = dataset(8), Augmentation(shift=1)
    seen = []

    def loss(outputs, labels, images=None):
        seen.append(images is not None)
        return distillation_from(teacher, temperature=2.0, alpha=0.7)(outputs, labels, images)

    options = {"epochs": 1, "devices": 1, "seed": 4, "augmentation": augmentation}
    run = quick_fit(LINEAR, data, loss=loss, tx=optax.sgd(0.0), **options)
    assert seen == [False, True]  # checked before, then traced in the step
    images = augmentation.apply(
        data.images, key=run_keys(4)[1], epoch=0, indices=np.arange(len(data))
    )
    pixels = run.network.normalization(jnp.asarray(images))
    networks = run.network, teacher.network
    student, known = (net.apply(net.variables, pixels, train=False)[0] for net in networks)
    expected = F.distillation_loss(student, known, data.labels, temperature=2.0, alpha=0.7)
    assert run.history[0]["train_loss"] == pytest.approx(float(expected.mean()), rel=1e-5)


@pytest.mark.slow
def test_a_student_learns_from_the_teacher_alone(teacher):
    loss = distillation_from(teacher, alpha=1.0)
    run = quick_fit(epochs=6, loss=loss, validation=dataset(9, seed=1), seed=1)
    images = dataset(30, seed=2).images
    same = run.predict(images) == teacher.predict(images)
    assert np.mean(same) > 0.9
    plain = run.evaluate(dataset(9, seed=1)).loss  # validation is by cross-entropy
    assert run.history[-1]["validation_loss"] == pytest.approx(plain, rel=1e-5)
    before = as_bits(teacher.network.variables)
    assert before == as_bits(quick_fit(epochs=6).network.variables)


def test_a_number_is_no_teacher():
    with pytest.raises(TypeError, match="teacher: expected a Run or a Network, got 3"):
        distillation_from(3)  # pyright: ignore[reportArgumentType]


@pytest.mark.slow
def test_wrong_shares_and_temperatures(teacher):
    with pytest.raises(ValueError, match=r"alpha: expected a finite number of .* at most 1, got 2"):
        distillation_from(teacher, alpha=2)
    with pytest.raises(ValueError, match="temperature: expected a finite number above 0, got 0"):
        distillation_from(teacher.network, temperature=0)

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from arrays import normal

from jaxcnn import functional as F
from jaxcnn.inference import multilabel_cross_entropy
from jaxcnn.inference import default_loss

LOGITS = normal(6, 4)
LABELS = np.random.default_rng(0).integers(0, 2, (6, 4), np.uint8)


@pytest.mark.parametrize("smoothing", [0.0, 0.2, 1.0])
def test_the_mean_of_optaxs_losses(smoothing):  # guide row A8.13
    ours = default_loss(multilabel=True, label_smoothing=smoothing)(LOGITS, LABELS)
    targets = LABELS * (1 - smoothing) + smoothing / 2
    expected = optax.sigmoid_binary_cross_entropy(LOGITS, targets).mean(-1)
    np.testing.assert_allclose(ours, expected, rtol=1e-5)


def test_no_knowledge_costs_the_same_for_any_number_of_labels():
    for k in (1, 7):
        loss = multilabel_cross_entropy(jnp.zeros((2, k)), jnp.ones((2, k), jnp.uint8))
        np.testing.assert_allclose(loss, [np.log(2)] * 2, rtol=1e-6)


def test_what_is_compiled_once_is_found_again():
    assert default_loss(multilabel=True) is default_loss(multilabel=True)
    assert default_loss(multilabel=False) is F.softmax_cross_entropy_with_integer_labels


def test_smoothing_out_of_range():
    with pytest.raises(ValueError, match=r"label_smoothing must be between 0 and 1; got 1.5"):
        multilabel_cross_entropy(LOGITS, LABELS, 1.5)

"""An evaluation has the scores of all outputs, whatever the batches, devices and views."""

import numpy as np
import pytest
import small
from sklearn import metrics

import jaxcnn
from jaxcnn.data import ClassificationScores, Dataset, RegressionScores, flip_views
from jaxcnn.inference import outputs_on

DATA = small.dataset(23)
NETWORK = small.quick_fit(epochs=1).network


@pytest.mark.thorough
def test_the_scores_are_those_of_the_whole_set():
    found = NETWORK.evaluate(DATA, batch_size=10)
    guesses = NETWORK.predict(DATA.images)
    assert isinstance(found.scores, ClassificationScores)
    expected = metrics.balanced_accuracy_score(DATA.labels, guesses)
    np.testing.assert_allclose(found.scores.balanced_accuracy, expected, rtol=1e-6)
    likely = NETWORK.predict_proba(DATA.images)
    expected = metrics.roc_auc_score(DATA.labels, likely, multi_class="ovr")
    np.testing.assert_allclose(found.scores.roc_auc, expected, rtol=1e-5)
    assert str(found).splitlines()[1] == str(found.scores)


def test_outputs_are_the_logits_in_their_order():
    found = outputs_on(NETWORK, DATA, batch_size=10, views=flip_views())
    logits = NETWORK.logits(DATA.images, views=flip_views())
    np.testing.assert_allclose(found.outputs, logits, rtol=1e-5, atol=1e-5)
    assert found.correct == (logits.argmax(axis=1) == DATA.labels).sum()


@pytest.mark.thorough
def test_a_regression_has_its_own_scores():
    data = Dataset(DATA.images, DATA.labels.astype(np.float32), task="regression")
    net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(1)])
    network = small.quick_fit(net, data, epochs=1).network
    found = network.evaluate(data, batch_size=10)
    errors = network.predict(data.images) - data.labels
    assert isinstance(found.scores, RegressionScores)
    np.testing.assert_allclose(found.loss, np.square(errors).mean(), rtol=1e-5)
    np.testing.assert_allclose(found.scores.mae, np.abs(errors).mean(), rtol=1e-5)
    assert found.accuracy is None

import numpy as np
from sklearn.datasets import load_digits

from jaxcnn.data import digits, overlap


def test_the_split_is_stratified_and_always_the_same():
    train, test = digits()
    everything = train.class_counts + test.class_counts
    np.testing.assert_array_equal(everything, np.bincount(load_digits(return_X_y=True)[1]))
    np.testing.assert_allclose(test.class_counts, 0.2 * everything, atol=1)
    assert (len(train), len(test)) == (1437, 360)
    np.testing.assert_array_equal(digits().test.images, test.images)
    assert overlap(train, test).count == 0


def test_pixels_are_scaled_from_16_to_255():
    train, test = digits()
    both = np.concatenate([train.images, test.images])
    assert both.shape == (1797, 8, 8, 1)
    published = {value * 255 / 16 for value in range(17)}
    assert set(np.unique(both)) == {round(value) for value in published}
    assert train.class_names == tuple("0123456789")
    assert train.name == "digits"

"""Bad arguments of training are named before anything is compiled."""

import re

import jax.numpy as jnp
import optax
import pytest
import small

from jaxcnn.training import fit, fit_ensemble


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"seed": "1"}, TypeError, "seed: expected an integer, got '1'"),
        ({"seed": 1.5}, TypeError, "seed: expected an integer, got 1.5"),
        ({"microbatches": 0}, ValueError, "microbatches: expected at least 1, got 0"),
        ({"augmentation": {"rotate": 10}}, TypeError, "augmentation: expected None or one such as"),
        ({"normalization": "imagenet"}, TypeError, "normalization: expected None or one such as"),
        ({"loss": "mse"}, TypeError, "loss: expected a function loss(logits, labels), got 'mse'"),
        ({"dtype": "bf16"}, TypeError, "dtype: expected a floating-point one such as 'bfloat16'"),
        ({"dtype": jnp.int32}, TypeError, "dtype: expected a floating-point one"),
        ({"dtype": "float16"}, ValueError, "dtype: float16 would need its loss scaled"),
        ({"average": 1.0}, ValueError, "average: expected a decay in [0, 1), got 1.0"),
        ({"early_stopping": 3}, TypeError, "early_stopping: expected one such as EarlyStopping("),
    ],
)
def test_fit_names_what_is_wrong(options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        fit(small.NETWORK, small.dataset(), batch_size=8, progress=False, **options)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"seeds": 4}, TypeError, "seeds: expected several integers, such as range(4), got 4"),
        ({"seeds": []}, ValueError, "seeds: expected at least one number, got none"),
        ({"seeds": [1, 1]}, ValueError, "seeds: two members would be the same"),
        ({"tx": optax.adam(1e-3)}, TypeError, "tx: expected a function of the number of steps"),
        ({"validation": small.dataset(size=9)}, ValueError, "validation: expected images of shape"),
    ],
)
def test_fit_ensemble_names_what_is_wrong(options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        fit_ensemble(small.NETWORK, small.dataset(), batch_size=8, progress=False, **options)

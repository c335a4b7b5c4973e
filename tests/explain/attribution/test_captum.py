"""The goldens are what Captum says today, where it is installed."""

import numpy as np
import pytest
from golden.make_captum import FILE, captum_numbers


@pytest.mark.slow
def test_goldens_are_what_captum_says_now():
    pytest.importorskip("captum")
    found = captum_numbers()
    with np.load(FILE) as golden:
        assert set(found) == set(golden)
        for name, expected in golden.items():
            np.testing.assert_allclose(found[name], expected, rtol=1e-5, atol=1e-7)

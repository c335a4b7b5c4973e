import numpy as np
import pytest
from arrays import normal

from jaxcnn.lowering.methods._im2col import sum_rows, undo_swap


@pytest.mark.parametrize("stack", [(), (4,), (2, 3)])
@pytest.mark.parametrize(("first", "second"), [(2, 5), (5, 2), (3, 3), (1, 1), (4, 1)])
def test_sums_over_rows_come_back_in_order(stack, first, second):
    a, b = normal(*stack, 7, first), normal(*stack, 7, second, seed=1)
    product = sum_rows(a, b)
    # The wider one is last.
    assert product.shape[-1] == max(first, second)
    expected = np.einsum("...pm,...pn->...mn", a, b)
    np.testing.assert_allclose(undo_swap(product, second), expected, rtol=1e-5, atol=1e-5)

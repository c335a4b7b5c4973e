import pytest

from jaxcnn.explain._layer_names import in_order


@pytest.mark.parametrize(
    ("names", "layers", "expected"),
    [
        (["10", "2", "1.0"], (), ["1.0", "2", "10"]),
        (["a.bias", "b.kernel", "b.bias"], ("b", "a"), ["b.bias", "b.kernel", "a.bias"]),
        (["1", "10", "2"], ("10", "1"), ["10", "1", "2"]),  # 10 does not belong to 1
    ],
)
def test_order(names, layers, expected):
    assert in_order(names, layers) == expected

from jaxcnn import count_parameters
from jaxcnn.models import by_name, network_in_network


def test_parameters_by_hand_from_the_papers_network():
    # The authors' cifar-10 definition: conv1 192, cccp1 160, cccp2 96, and so on.
    first = 192 * (5 * 5 * 3 + 1) + 160 * (192 + 1) + 96 * (160 + 1)
    second = 192 * (5 * 5 * 96 + 1) + 2 * 192 * (192 + 1)
    third = 192 * (3 * 3 * 192 + 1) + 192 * (192 + 1) + 10 * (192 + 1)
    count = count_parameters(*(by_name("network_in_network").make(), (32, 32, 3)))
    assert count == first + second + third == 966_986
    assert f"{count:,}" in (network_in_network.__doc__ or "")


def test_sizes_are_those_of_caffes_pooling():
    shapes = network_in_network(7).layer_shapes((32, 32, 3))
    assert [shape for shape in shapes if shape[-1] == 7] == [(8, 8, 7), (8, 8, 7), (7,)]

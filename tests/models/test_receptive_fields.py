import pytest

import jaxcnn
from jaxcnn.models import by_name


# Araujo, Norris and Sim 2019, Computing Receptive Fields of Convolutional Neural Networks.
@pytest.mark.parametrize(("name", "published"), [("alexnet", 195), ("vgg16", 212)])
def test_receptive_fields_are_the_published_ones(name, published):  # guide row A2.9
    make, input_shape = by_name(name)
    assert jaxcnn.summary(make(), input_shape).receptive_field == (published, published)

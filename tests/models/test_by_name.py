import built
import pytest

from jaxcnn import models
from jaxcnn.models import MODELS, by_name


@pytest.mark.parametrize("name", MODELS)
def test_every_model(name):
    make, input_shape = by_name(name)
    assert make is getattr(models, name)
    net = make(7)
    assert net.output_shape(input_shape) == built.output_shape(net, input_shape) == (7,)
    assert net.costs(input_shape).parameters == built.variables(net, input_shape)


def test_every_architecture_of_the_zoo_has_its_name():
    assert {*models.__all__} - {"MODELS", "Model", "by_name"} == {*MODELS}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lenet", "model: there is no 'lenet'; did you mean lenet5?"),
        ("keras_cifar", "did you mean keras_cifar_"),
        ("zzz", "did you mean airbench94 or cifar_small or classic or"),
        ("", "model: there is no ''"),
    ],
)
def test_a_name_that_is_none(name, text):
    with pytest.raises(ValueError, match=text):
        by_name(name)

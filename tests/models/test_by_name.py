import built
import jax
import pytest
from flax import nnx

import jaxcnn
from jaxcnn import models
from jaxcnn.models import MODELS, by_name


@pytest.mark.parametrize("name", MODELS)
def test_every_model(name):
    make, input_shape = by_name(name)
    assert make is getattr(models, name)
    net = make(7)
    assert net.output_shape(input_shape) == built.output_shape(net, input_shape) == (7,)
    assert net.costs(input_shape).parameters == built.variables(net, input_shape)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_builds_without_making_an_array(name):
    make, input_shape = MODELS[name]
    abstract = nnx.eval_shape(lambda: jaxcnn.build(make(), input_shape, rngs=nnx.Rngs(0)))
    leaves = jax.tree.leaves(nnx.state(abstract, nnx.Param))
    assert {type(leaf) for leaf in leaves} == {jax.ShapeDtypeStruct}
    assert sum(leaf.size for leaf in leaves) == make().costs(input_shape).parameters


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize(("classes", "error"), [(0, ValueError), (2.5, TypeError)])
def test_classes_that_are_none(model, classes, error):
    with pytest.raises(error, match=r"^num_classes must be"):
        model.make(classes)


def test_every_architecture_of_the_zoo_has_its_name():
    assert {*models.__all__} - {"MODELS", "Model", "by_name"} == {*MODELS}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lenet", "model: there is no 'lenet'; did you mean lenet5?"),
        ("keras_cifar", "did you mean keras_cifar_"),
        (
            "zzz",
            "there is no 'zzz'; there are airbench94, cifar_small, classic, keras",
        ),
        ("", "model: there is no ''"),
    ],
)
def test_a_name_that_is_none(name, text):
    with pytest.raises(ValueError, match=text):
        by_name(name)

import pytest

from jaxcnn.experiment import Config
from jaxcnn.experiment._datasets import choose


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        ("cifar_small", (32, 32, 3)),
        ("lenet5", (32, 32, 1)),
        ("resnet18", (8, 8, 3)),  # made for 224×224, but takes what there is
        ("densenet121", (224, 224, 3)),  # 8×8 is too small for its poolings
    ],
)
def test_images_come_in_the_shape_that_the_network_takes(model, shape):
    config = Config(dataset="digits", model=model)
    assert choose(config).splits.train.input_shape == shape

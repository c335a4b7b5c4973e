import built

from jaxcnn.models import cifar_small

IMAGE = (32, 32, 3)


def test_the_numbers_of_its_documentation():
    costs = cifar_small().costs(IMAGE)
    assert costs.parameters == built.variables(cifar_small(), IMAGE)
    assert f"{costs.parameters:,} parameters" in (cifar_small.__doc__ or "")
    text = " ".join((cifar_small.__doc__ or "").split())
    assert f"{costs.macs / 1e6:.1f} million multiply-accumulates" in text


def test_it_is_small_and_cheap():
    costs = cifar_small().costs(IMAGE)
    assert costs.parameters < 300_000
    assert costs.macs < 15e6


def test_classes():
    assert cifar_small(5).output_shape(IMAGE) == built.output_shape(cifar_small(5), IMAGE) == (5,)

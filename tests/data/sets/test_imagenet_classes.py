import hashlib

import pytest

from jaxcnn.data import imagenet_classes

# Of torchvision's names, one per line (0.29): `"\n".join(categories)`.
SHA256 = "0b0f9fee7c952f257418d62aa701f023a9da13b443a14f5c4291e5724d92967c"


def test_the_names_are_torchvisions():
    names = imagenet_classes()
    assert len({*names}) == len(names) == 1000
    assert hashlib.sha256("\n".join(names).encode()).hexdigest() == SHA256


def test_with_torchvision_itself():
    meta = pytest.importorskip("torchvision.models._meta")
    assert list(imagenet_classes()) == meta._IMAGENET_CATEGORIES

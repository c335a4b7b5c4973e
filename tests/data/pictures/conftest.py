"""What is decoded."""

import pytest

from jaxcnn.data.pictures import _load_image


@pytest.fixture
def decoded_paths(monkeypatch):
    """The paths of all files that are decoded, one by one."""
    paths, decode = [], _load_image.decode
    monkeypatch.setattr(
        _load_image,
        "decode",
        lambda path, **options: paths.append(path) or decode(path, **options),
    )
    return paths

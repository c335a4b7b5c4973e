"""One list of layers: a new layer of the library is a file and a line in `all_layers`."""

from pathlib import Path

import pytest
from flax import nnx

import jaxcnn
from jaxcnn import layers
from jaxcnn.layers import LAYERS, Layer, all_layers

NAMES = [layer.__name__ for layer in LAYERS]
FOLDER = Path(layers.__file__).parent


def subclasses(cls):
    """All classes below `cls` that the library defines."""
    for found in cls.__subclasses__():
        if found.__module__.startswith("jaxcnn."):
            yield found
            yield from subclasses(found)


def test_the_list_holds_every_layer_of_the_library():
    concrete = {c for c in subclasses(Layer) if not c.__abstractmethods__}
    assert {c for c in concrete if not c.__name__.startswith("_")} == {*LAYERS}
    assert NAMES == sorted(NAMES) == all_layers.__all__


@pytest.mark.parametrize("package", [jaxcnn, layers])
def test_packages_pass_all_layers_on(package):
    assert {*NAMES} <= {*package.__all__}
    assert [getattr(package, name) for name in NAMES] == [*LAYERS]


def test_json_knows_all_layers_by_name():
    for name in NAMES:
        text = f'{{"version": 1, "architecture": {{"type": "{name}", "no": 1}}}}'
        with pytest.raises(
            ValueError, match=f"architecture: expected arguments of {name}, got 'no'"
        ):
            jaxcnn.from_json(text)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_named_in_its_own_file_and_in_the_list(layer):
    definition = f"import {layer.__name__} as {layer.__name__}\n"
    assert (FOLDER / "all_layers.py").read_text().count(definition) == 1
    for file in ("layers/__init__.py", "__init__.py", "architecture/_json.py"):
        imported = (FOLDER.parent / file).read_text().split('"""')[2]
        assert f" {layer.__name__}," not in imported, file
        assert f'"{layer.__name__}"' not in imported, file


def test_what_a_layer_builds_has_another_name():
    modules = [thing for thing in vars(layers).values() if isinstance(thing, type)]
    modules = [thing for thing in modules if issubclass(thing, nnx.Module)]
    assert modules
    assert not {module.__name__ for module in modules} & {*NAMES}

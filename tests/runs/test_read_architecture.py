"""The layers of a run are read without its weights, or from a file of their own."""

import pytest

from jaxcnn import layers, to_json
from jaxcnn.runs import read_architecture

LINEAR = layers.Dense(2)


def test_from_a_folder_and_from_its_file(tmp_path):
    (tmp_path / "architecture.json").write_text(to_json(LINEAR))
    assert read_architecture(tmp_path) == LINEAR
    assert read_architecture(str(tmp_path / "architecture.json")) == LINEAR


def test_without_layers_or_with_damaged_ones(tmp_path):
    file = tmp_path / "architecture.json"
    with pytest.raises(FileNotFoundError, match="the layers of a custom module are not saved"):
        read_architecture(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"architecture\.json"):
        read_architecture(file)
    file.write_text("[]")
    with pytest.raises(ValueError, match=r"architecture\.json: text: expected a JSON object"):
        read_architecture(tmp_path)

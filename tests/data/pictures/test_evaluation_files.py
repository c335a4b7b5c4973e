"""Files to evaluate a network on, with its classes."""

import numpy as np
import pytest
from PIL import Image

from jaxcnn.data import DataError, Multilabel, Regression, evaluation_files

CLASSES = ("cat", "dog", "bird")
SHAPE = (4, 5, 3)


def save(folder, **counts):
    for name, count in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            Image.new("L", (6, 6), number).save(folder / name / f"{number}.png")
    return folder


def test_all_pictures_of_a_folder_numbered_by_the_networks_classes(tmp_path):
    files = evaluation_files(save(tmp_path / "pets", bird=1, cat=2), SHAPE, CLASSES)
    assert files.labels.tolist() == [2, 0, 0]
    assert (files.name, files.class_names, files.input_shape) == ("pets", CLASSES, SHAPE)
    assert files.read([0]).shape == (1, *SHAPE)


def test_of_a_folder_with_parts_only_the_one_to_test_on(tmp_path):
    save(tmp_path / "train", cat=3, dog=3)
    assert len(evaluation_files(tmp_path, SHAPE, CLASSES)) == 6
    save(tmp_path / "test", cat=1, dog=1)
    files = evaluation_files(tmp_path, SHAPE, CLASSES)
    assert (len(files), files.name) == (2, f"{tmp_path.name} (test part)")


def test_a_class_that_the_network_does_not_know(tmp_path):
    with pytest.raises(DataError, match=r"expected the classes .* got 'dgo' \(did you mean dog\?"):
        evaluation_files(save(tmp_path, dgo=1, cat=1), SHAPE, CLASSES)
    with pytest.raises(DataError, match=r"got 'dgo', 'x', 'y' \(did you mean dog\?\)$"):
        evaluation_files(save(tmp_path, x=1, y=1), SHAPE, CLASSES)
    with pytest.raises(DataError, match=r"expected image files .* got none"):
        evaluation_files(save(tmp_path / "empty", cat=0), SHAPE, CLASSES)
    with pytest.raises(FileNotFoundError, match="none: expected a folder of images"):
        evaluation_files(tmp_path / "none", SHAPE, CLASSES)
    with pytest.raises(NotADirectoryError, match=r"got a file \(jaxcnn.predict_files takes images"):
        evaluation_files(tmp_path / "cat/0.png", SHAPE, CLASSES)


def table(folder, *rows):
    save(folder, cat=3)
    (folder / "labels.csv").write_text("\n".join(["path,label,split", *rows]))
    return folder / "labels.csv"


def test_the_rows_of_a_table_to_test_on_or_all(tmp_path):
    rows = ["cat/0.png,dog,train", "cat/1.png,bird,test"]
    assert evaluation_files(table(tmp_path, *rows), SHAPE, CLASSES).labels.tolist() == [2]
    assert evaluation_files(table(tmp_path, rows[0]), SHAPE, CLASSES).labels.tolist() == [1]
    with pytest.raises(DataError, match=r"line 2: .* class that was trained on, got 'd'"):
        evaluation_files(table(tmp_path, "cat/0.png,d,"), SHAPE, CLASSES)


def test_a_table_with_columns_of_other_names(tmp_path):
    save(tmp_path, cat=1)
    (tmp_path / "t.csv").write_text("file,class\ncat/0.png,bird\n")
    columns = {"path": "file", "label": "class"}
    assert evaluation_files(tmp_path / "t.csv", SHAPE, CLASSES, **columns).labels.tolist() == [2]
    with pytest.raises(DataError, match=r"a column 'path', got .* such as path='filename'\)"):
        evaluation_files(tmp_path / "t.csv", SHAPE, CLASSES)


def test_several_labels_and_numbers_come_from_tables_alone(tmp_path):
    path = table(tmp_path, "cat/0.png,dog;cat,", "cat/1.png,,")
    many = evaluation_files(path, SHAPE, CLASSES, task=Multilabel())
    np.testing.assert_array_equal(many.labels, [[1, 1, 0], [0, 0, 0]])
    numbers = evaluation_files(
        table(tmp_path, "cat/0.png,1.5,"), SHAPE, ("age",), task=Regression()
    )
    assert numbers.labels.ravel().tolist() == [1.5]
    with pytest.raises(DataError, match="expected a table"):
        evaluation_files(tmp_path, SHAPE, CLASSES, task=Multilabel())

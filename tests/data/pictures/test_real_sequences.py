"""`from_sequence` with the data sets of other libraries, where these are installed."""

import io

import numpy as np
import pytest
import small
from PIL import Image

from jaxcnn.data import from_sequence

DATA = small.dataset()
NAMES = ("x", "y", "z")


def same_examples(found):
    """Whether a sequence has the images, the labels and the class names of `DATA`."""
    np.testing.assert_array_equal(found.read(np.arange(len(DATA))), DATA.images)
    np.testing.assert_array_equal(found.labels, DATA.labels)
    return found.class_names == NAMES


def png(image):
    file = io.BytesIO()
    Image.fromarray(image[..., 0]).save(file, "PNG")
    return file.getvalue()


def test_grains_sources_of_array_records(tmp_path):
    grain = pytest.importorskip("grain")
    writer = pytest.importorskip("array_record.python.array_record_module")
    path = tmp_path / "images.array_record"
    records = writer.ArrayRecordWriter(str(path), "group_size:1")
    for image, label in zip(DATA.images, DATA.labels, strict=True):
        records.write(bytes([label]) + image.tobytes())
    records.close()

    def parse(record):
        return np.frombuffer(record, np.uint8, offset=1).reshape(8, 8, 1), record[0]

    source = grain.MapDataset.source(grain.sources.ArrayRecordDataSource([str(path)])).map(parse)
    assert same_examples(from_sequence(source, class_names=NAMES))


@pytest.mark.slow
def test_a_hugging_face_set():
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"img": datasets.Image(), "label": datasets.ClassLabel(names=[*NAMES])}
    )
    rows = {
        "img": [Image.fromarray(image[..., 0]) for image in DATA.images],
        "label": DATA.labels.tolist(),
    }
    source = datasets.Dataset.from_dict(rows, features=features)
    assert same_examples(from_sequence(source, image="img"))
    part = from_sequence(source.shuffle(seed=0).select(range(7)), image="img")
    assert (len(part), part.class_names) == (7, NAMES)


@pytest.mark.slow
def test_parquet_files_by_hugging_face(tmp_path):
    datasets = pytest.importorskip("datasets")
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.table(
        {"image": [png(image) for image in DATA.images], "label": DATA.labels.tolist()}
    )
    parquet.write_table(table, tmp_path / "train.parquet", row_group_size=7)
    source = datasets.load_dataset(
        "parquet",
        data_files=str(tmp_path / "train.parquet"),
        split="train",
        cache_dir=str(tmp_path / "cache"),
    ).cast_column("image", datasets.Image())
    assert same_examples(from_sequence(source, class_names=NAMES))


@pytest.mark.slow
def test_torchvisions_sets(tmp_path):
    torchvision = pytest.importorskip("torchvision")
    for n, (image, label) in enumerate(zip(DATA.images, DATA.labels, strict=True)):
        folder = tmp_path / NAMES[label]
        folder.mkdir(exist_ok=True)
        (folder / f"{n:02}.png").write_bytes(png(image))
    found = from_sequence(torchvision.datasets.ImageFolder(tmp_path), channels=1)
    order = np.argsort(DATA.labels, kind="stable")
    np.testing.assert_array_equal(found.read(np.arange(len(DATA))), DATA.images[order])
    assert (found.class_names, found.labels.tolist()) == (NAMES, DATA.labels[order].tolist())
    fake = torchvision.datasets.FakeData(6, (3, 8, 8), 3)
    assert from_sequence(fake, class_names=NAMES).input_shape == (8, 8, 3)

import numpy as np
import pytest
from published import SMALL_CIFAR10, SMALL_CIFAR100, cifar_files, tar_gz, write_files

from jaxcnn.data import DataError, DownloadError, cifar10, cifar100
from jaxcnn.data.sets._cifar import CIFAR10, CIFAR100, _read_names, load_cifar

BOTH = pytest.mark.parametrize("fmt", [SMALL_CIFAR10, SMALL_CIFAR100], ids=["10", "100"])


def load(fmt, folder, download=False):
    return load_cifar(fmt, folder, download, fmt.name)


def as_archive(fmt, files):
    return tar_gz((f"{fmt.subfolder}/{name}", content) for name, content in files.items())


@BOTH
def test_every_record_is_read_as_documented(tmp_path, fmt):
    files = cifar_files(fmt)
    write_files(tmp_path / fmt.subfolder, files)
    train, test = load(fmt, tmp_path)
    for data, names in ((train, fmt.train_files), (test, (fmt.test_file,))):
        content = b"".join(files[name] for name in names)
        record = fmt.label_bytes + 3072
        assert len(data) == len(content) // record
        assert data.images.dtype == np.uint8
        for i in (0, 1, len(data) - 1):
            one = content[i * record : (i + 1) * record]
            assert data.labels[i] == one[fmt.label_bytes - 1]
            for row, column, channel in ((0, 0, 0), (31, 30, 1), (5, 17, 2)):
                at = fmt.label_bytes + channel * 1024 + row * 32 + column
                assert data.images[i, row, column, channel] == one[at]
    assert train.class_names == tuple(f"class{i}" for i in range(fmt.num_classes))
    assert train.input_shape == (32, 32, 3)  # guide row A1.1


def test_the_published_formats_have_their_published_sizes():  # guide row A6.17
    assert [CIFAR10.file_size(file) for file in CIFAR10.train_files] == [30_730_000] * 5
    assert CIFAR10.file_size(CIFAR10.test_file) == 30_730_000
    assert CIFAR100.file_size("train.bin") == 153_700_000
    assert CIFAR100.file_size("test.bin") == 30_740_000


@pytest.mark.parametrize(
    ("loader", "name", "subfolder"),
    [(cifar10, "CIFAR-10", "cifar-10-batches-bin"), (cifar100, "CIFAR-100", "cifar-100-binary")],
)
def test_nothing_found_says_where_and_what_to_do(tmp_path, loader, name, subfolder):
    with pytest.raises(FileNotFoundError) as caught:
        loader(tmp_path)
    assert str(caught.value).startswith(f"{name}: expected one of these folders, got none")
    assert str(tmp_path / subfolder) in str(caught.value)
    assert "download=True" in str(caught.value)


def test_the_owner_of_the_folder_names_the_data(tmp_path):
    write_files(tmp_path / CIFAR10.subfolder, cifar_files(SMALL_CIFAR10))
    train, test = load_cifar(SMALL_CIFAR10, tmp_path, False, "CIFAR-10 (JPEG)")
    assert train.name == test.name == "CIFAR-10 (JPEG)"


@BOTH
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: content[:-1], r"test\S*\.bin: expected \d+ bytes, got \d+"),
        (lambda content: content + b"\0", r"test\S*\.bin: expected \d+ bytes, got \d+"),
        (lambda content: b"\xff\xff" + content[2:], r"test\S*\.bin: expected labels 0 to \d+, got"),
        (lambda _: None, r"test\S*\.bin: expected a file, got none .move \S+ away to download"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, fmt, damage, message):
    files = cifar_files(fmt)
    damaged = damage(files.pop(fmt.test_file))
    write_files(tmp_path / fmt.subfolder, files)
    if damaged is not None:
        (tmp_path / fmt.subfolder / fmt.test_file).write_bytes(damaged)
    with pytest.raises(DataError, match=message):
        load(fmt, tmp_path)


def test_a_wrong_number_of_class_names_is_reported(tmp_path):
    files = cifar_files(SMALL_CIFAR10) | {"batches.meta.txt": b"cat\ndog\n"}
    write_files(tmp_path / CIFAR10.subfolder, files)
    with pytest.raises(DataError, match=r"meta\.txt: expected 10 class names, got 2"):
        load(SMALL_CIFAR10, tmp_path)


@BOTH
def test_a_download_is_installed_once(tmp_path, server, fmt):
    files = cifar_files(fmt)
    content = as_archive(fmt, files | {"readme.html": b"<html>"})
    fmt = fmt._replace(remote=server.publish("/set.tar.gz", content))
    first = load(fmt, tmp_path, download=True)
    server.pages.clear()
    again = load(fmt, tmp_path, download=True)
    np.testing.assert_array_equal(first.train.images, again.train.images)
    assert [path.name for path in tmp_path.iterdir()] == [fmt.subfolder]
    assert {path.name for path in (tmp_path / fmt.subfolder).iterdir()} == set(files)


def test_the_wrong_archive_leaves_nothing_behind(tmp_path, server):
    content = as_archive(SMALL_CIFAR100, cifar_files(SMALL_CIFAR100))
    fmt = SMALL_CIFAR10._replace(remote=server.publish("/set.tar.gz", content))
    with pytest.raises(DataError, match="is this the right archive"):
        load(fmt, tmp_path, download=True)
    assert not list(tmp_path.iterdir())


def test_a_download_that_fails_leaves_nothing_behind(tmp_path, server):
    fmt = SMALL_CIFAR10._replace(remote=server.publish("/set.tar.gz", b"")._replace(md5="0" * 32))
    with pytest.raises(DownloadError, match="md5"):
        load(fmt, tmp_path, download=True)
    assert not list(tmp_path.iterdir())


def test_names_of_classes_that_no_set_has(tmp_path):
    for content, message in (
        (b"cat " * 10, "class_names: expected distinct names, got 'cat' twice"),
        (b"\xff", "expected text in UTF-8"),
        (b"x" * (2**16 + 1), "expected at most 65,536 bytes, got more"),
    ):
        (tmp_path / "names.txt").write_bytes(content)
        with pytest.raises(DataError, match=rf"names\.txt: {message}"):
            _read_names(tmp_path / "names.txt", 10)

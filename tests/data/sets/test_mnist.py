import gzip
import tracemalloc

import numpy as np
import pytest
from published import SMALL_MNIST, idx_file, md5, mnist_files, write_files

from jaxcnn.data import DataError, DownloadError, fashion_mnist, mnist
from jaxcnn.data.sets._mnist import FASHION_MNIST, MNIST, load_mnist, read_idx


def load(fmt, folder, download=False):
    return load_mnist(fmt, folder, download, fmt.name)


def publish(server, files):
    remotes = tuple(server.publish(f"/{name}", content) for name, content in files.items())
    return SMALL_MNIST._replace(remotes=remotes)


@pytest.mark.parametrize("zipped", [True, False])
def test_images_and_labels_are_read(tmp_path, zipped):
    files = mnist_files(SMALL_MNIST)
    plain = {name.removesuffix(".gz"): gzip.decompress(data) for name, data in files.items()}
    write_files(tmp_path / "mnist", files if zipped else plain)
    train, test = load(SMALL_MNIST, tmp_path)
    assert train.images.shape == (20, 28, 28, 1)
    assert test.labels.tolist() == list(range(10))
    assert train.class_names == tuple("0123456789")
    content = plain["train-images-idx3-ubyte"][16:]
    assert train.images[3, 5, 7, 0] == content[3 * 784 + 5 * 28 + 7]


@pytest.mark.parametrize("name", ["{0}.{1}", "{0}.{1}.gz", "{0}-{1}/{0}-{1}", "{0}.{1}/{0}.{1}"])
def test_names_that_unpackers_give(tmp_path, name):
    for file, content in mnist_files(SMALL_MNIST).items():
        stem, kind = file.removesuffix(".gz").split("-idx")
        path = tmp_path / "mnist" / name.format(stem, f"idx{kind}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if name.endswith(".gz") else gzip.decompress(content))
    train, test = load(SMALL_MNIST, tmp_path)
    assert (len(train), len(test)) == (20, 10)


def test_a_missing_or_wrong_file_is_named(tmp_path):
    folder = write_files(tmp_path / "mnist", mnist_files(SMALL_MNIST))
    labels = folder / "t10k-labels-idx1-ubyte.gz"
    labels.write_bytes(gzip.compress(idx_file(np.arange(10) + 1)))
    with pytest.raises(DataError, match=r"t10k-labels\S+: expected labels 0 to 9, got 10"):
        load(SMALL_MNIST, tmp_path)
    labels.unlink()
    (folder / "t10k-labels.idx").touch()
    message = r"t10k-labels-idx1-ubyte\[.gz\]: expected a file, or one named t10k-labels.idx1-ubyte"
    with pytest.raises(DataError, match=message + r", got .*'t10k-labels.idx'.* \(rename it, or"):
        load(SMALL_MNIST, tmp_path)


@pytest.mark.parametrize(
    ("loader", "subfolder"), [(mnist, "mnist"), (fashion_mnist, "fashion-mnist")]
)
def test_nothing_found_says_where(tmp_path, loader, subfolder):
    with pytest.raises(FileNotFoundError, match=f"{tmp_path}/{subfolder}"):
        loader(tmp_path)


def test_the_published_sets_are_named_right():
    for fmt in (MNIST, FASHION_MNIST):
        assert (fmt.train_examples, fmt.test_examples, len(fmt.class_names)) == (60_000, 10_000, 10)
        assert [remote.file_name for remote in fmt.remotes] == list(mnist_files(SMALL_MNIST))
        assert len({remote.md5 for remote in fmt.remotes}) == 4


def test_a_download_brings_all_four_files(tmp_path, server):
    files = mnist_files(SMALL_MNIST)
    load(publish(server, files), tmp_path, download=True)
    assert {p.name: md5(p.read_bytes()) for p in (tmp_path / "mnist").iterdir()} == {
        name: md5(content) for name, content in files.items()
    }


def test_three_files_of_four_are_none(tmp_path, server):
    fmt = publish(server, mnist_files(SMALL_MNIST))
    del server.pages["/t10k-labels-idx1-ubyte.gz"]
    with pytest.raises(DownloadError, match="404"):
        load(fmt, tmp_path, download=True)
    assert not list(tmp_path.iterdir())


ARRAY = np.arange(2 * 3 * 4).reshape(2, 3, 4)
PLAIN = idx_file(ARRAY)
# Without the time of day, by which two test processes would name their cases differently.
ZIPPED = gzip.compress(PLAIN, mtime=0)


@pytest.mark.parametrize(("name", "content"), [("a", PLAIN), ("a.gz", ZIPPED)])
def test_the_array_comes_back(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    np.testing.assert_array_equal(read_idx(tmp_path / name, ARRAY.shape), ARRAY)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a", b"", "expected the header"),
        ("a", b"\0\0\x0d" + PLAIN[3:], "expected the header"),  # an array of floats
        ("a", idx_file(ARRAY[:1]), "expected the header"),  # other sizes
        ("a", PLAIN[:-1], "expected 24 bytes after the header, got only 23"),
        ("a", PLAIN + b"\0", "expected 24 bytes after the header, got more"),
        ("a.gz", PLAIN, "expected a gzip file, got a damaged one"),
        ("a.gz", ZIPPED[:-9], "expected a gzip file, got a damaged one"),
        ("a.gz", ZIPPED[:10] + b"\xff" + ZIPPED[11:], "expected a gzip file, got a damaged one"),
        (
            "a.gz",
            gzip.compress(PLAIN[:-1] + b"\xff", mtime=0)[:-8] + ZIPPED[-8:],
            "expected a gzip file, got a damaged one",
        ),
        ("a.gz", b"", "expected the header"),
    ],
)
def test_any_other_file_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=f"{name}: {message}"):
        read_idx(tmp_path / name, ARRAY.shape)


def test_a_gzip_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(PLAIN + bytes(1 << 26)))
    tracemalloc.start()
    with pytest.raises(DataError, match="got more"):
        read_idx(path, ARRAY.shape)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 22

"""`from_sequence`: data sets of other libraries, in whatever form their rows have."""

import dataclasses
import re
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest
import small
from cut_off import CutOffError, cut_after, weights
from PIL import Image
from small import as_bits, quick_fit

from jaxcnn.data import Augmentation, Dataset, LabeledSequence, fingerprint, from_sequence


def rows(as_image=lambda array: array):
    data = small.dataset()
    return [
        {"image": as_image(image), "label": int(label)}
        for image, label in zip(data.images, data.labels, strict=True)
    ]


def as_pillow(array):
    return Image.fromarray(array[..., 0])


class HuggingFace(list):
    """The interface of `datasets.Dataset` that is used: rows, columns and features."""

    column_names = ("image", "label")
    features = MappingProxyType({"label": SimpleNamespace(names=["x", "y", "z"])})

    def __getitem__(self, key):
        if isinstance(key, str):
            return [super(HuggingFace, self).__getitem__(n)[key] for n in range(len(self))]
        return super().__getitem__(key)


class Torchvision:
    """The interface of `torchvision.datasets` that is used: pairs, targets and classes."""

    classes = ("x", "y", "z")

    def __init__(self):
        self.data, self.reads = small.dataset(), 0
        self.targets = self.data.labels.tolist()

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        self.reads += 1
        return as_pillow(self.data.images[index]), self.targets[index]


@pytest.mark.parametrize(
    "source",
    [rows(), rows(as_pillow), HuggingFace(rows(as_pillow)), Torchvision(), rows(np.ndarray.tolist)],
    ids=["arrays", "Pillow", "Hugging Face", "torchvision", "lists"],
)
def test_rows_in_every_form_are_the_same_examples(source):
    data, expected = from_sequence(source), small.dataset()
    assert (data.input_shape, data.num_classes, len(data)) == ((8, 8, 1), 3, 40)
    np.testing.assert_array_equal(data.read(np.arange(40)), expected.images)
    np.testing.assert_array_equal(data.labels, expected.labels)
    image, label = data[3]
    assert (image.dtype, image.shape, int(label)) == (np.uint8, (8, 8, 1), expected.labels[3])


def test_names_come_from_the_library_the_labels_or_the_caller():
    source = Torchvision()
    assert from_sequence(source).class_names == ("x", "y", "z")
    assert source.reads == 16  # labels are taken from its list
    assert from_sequence(HuggingFace(rows())).class_names == ("x", "y", "z")
    assert from_sequence(rows()).class_names == ("0", "1", "2")
    words = [(row["image"], ["sea", "air", "sun"][row["label"]]) for row in rows()]
    data = from_sequence(words)
    assert data.class_names == ("air", "sea", "sun")
    assert data.labels[:3].tolist() == [1, 0, 2]
    own = from_sequence(words, class_names=("sun", "sea", "air"))
    assert own.labels[:3].tolist() == [1, 2, 0]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint32])
def test_each_row_is_read_once_for_its_label(dtype):
    source = Torchvision()
    source.targets, source.classes = small.dataset().labels.astype(dtype), None
    data = from_sequence(source, label=1)
    assert (source.reads, data.class_names) == (40, ("0", "1", "2"))


def test_another_label_is_not_replaced_by_the_targets():
    class Ages(Torchvision):
        def __getitem__(self, index):
            return {"image": self.data.images[index], "label": 0, "age": float(index)}

    data = from_sequence(Ages(), label="age", task="regression")
    assert data.labels[:3].ravel().tolist() == [0, 1, 2]


def test_classes_with_several_names_are_joined():
    source = Torchvision()
    source.classes = (("tench", "Tinca tinca"), "goldfish", ("shark",))
    assert from_sequence(source).class_names == ("tench, Tinca tinca", "goldfish", "shark")


@pytest.mark.slow
def test_training_on_a_sequence_gives_the_bits_of_a_dataset():
    plain = quick_fit(validation=small.dataset(seed=1))
    source = from_sequence(rows(as_pillow), class_names=[*"abc"])
    streamed = quick_fit(data=source, validation=small.dataset(seed=1))
    assert as_bits(streamed.state.params) == as_bits(plain.state.params)
    assert streamed.evaluate(source) == plain.evaluate(small.dataset())
    loaded = source.load()
    assert isinstance(loaded, Dataset)
    np.testing.assert_array_equal(loaded.images, small.dataset().images)


@pytest.mark.slow
def test_a_training_on_a_sequence_is_resumed(tmp_path, monkeypatch):
    source = from_sequence(rows(), class_names=[*"abc"])
    with monkeypatch.context() as patch:
        cut_after(7, patch)
        with pytest.raises(CutOffError):
            quick_fit(data=source, checkpoints=tmp_path)
    resumed = quick_fit(data=source, checkpoints=tmp_path, resume="must")
    assert weights(resumed) == weights(quick_fit())
    other = rows()
    other[3]["image"] = other[3]["image"] + 1
    assert fingerprint(source) == fingerprint(from_sequence(rows(), class_names=[*"abc"]))
    assert fingerprint(source) != fingerprint(from_sequence(other, class_names=[*"abc"]))


def test_images_are_resized_and_their_colors_converted():
    big = [(Image.new("RGB", (20 + n, 12), (n, 0, 255)), n % 2) for n in range(6)]
    data = from_sequence(big, size=(6, 8), channels=1)
    assert data.read([0, 5]).shape == (2, 6, 8, 1)
    clear = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    data = from_sequence([(clear, 0), (Image.new("L", (4, 4), 7), 1)], threads=1)
    assert data.read([0, 1])[:, 0, 0].tolist() == [[255] * 3, [7] * 3]


def test_other_kinds_tasks_and_floats():
    draw = np.random.default_rng(0)
    sounds = [(draw.normal(size=(12, 2)), [float(n), 2.0]) for n in range(6)]
    data = from_sequence(sounds, kind="signals", task="regression", threads=1)
    assert (data.input_shape, data.dtype, data.labels.shape) == ((12, 2), np.float32, (6, 2))
    tokens = [({"text": [n, 2, 0], "mood": n % 2}) for n in range(6)]
    data = from_sequence(tokens, image="text", label="mood", kind="tokens")
    assert data.read([5]).tolist() == [[5, 2, 0]]
    floats = from_sequence(
        [(draw.random((4, 4, 3)), [1, 0])] * 3, class_names=[*"ab"], task="multilabel"
    )
    assert (floats.dtype, floats.multilabel) == (np.float32, True)


def test_subsets_folds_and_weights():
    data = from_sequence(rows(), weights=np.arange(40))
    assert data.subset([7, 3]).weights.tolist() == [7, 3]
    assert data.subset([7, 3]).rows.tolist() == [7, 3]
    assert [len(fold.validation) for fold in data.folds(4)] == [10, 10, 10, 10]
    assert data.match_classes([*"210"]).labels[:3].tolist() == [2, 1, 0]
    assert data.load().weights.tolist() == list(range(40))


@pytest.mark.parametrize(
    ("source", "options", "error", "message"),
    [
        (
            {"train": rows()},
            {},
            TypeError,
            "source: expected a sequence with len() and [], got dict",
        ),
        (iter(rows()), {}, TypeError, "(jaxcnn.data.from_batches takes an iterable of batches)"),
        ([], {}, ValueError, "source: expected at least one example, got none"),
        (rows(), {"image": "img"}, ValueError, "image: expected one of ['image', 'label'], got 'i"),
        (rows(), {"image": "img"}, ValueError, "got 'img' (pass image='image')"),
        (rows(), {"image": "x"}, ValueError, "got 'x' (image= names the entry to take)"),
        (rows(), {"label": "y"}, ValueError, "label: expected one of ['image', 'label'], got 'y'"),
        (
            [np.zeros((4, 4))],
            {},
            TypeError,
            "source: expected rows that are mappings or pairs, got",
        ),
        (
            [(np.zeros((4, 4)), 0, 1)],
            {},
            ValueError,
            "source: expected pairs (image, label), got a row of 3 entries (image=0, label=1 take",
        ),
        (
            [(0, np.zeros((4, 4)))],
            {},
            ValueError,
            "source: expected pairs (image, label), got 0 and then an image (pass image=1, label",
        ),
        (
            [(np.zeros((1, 8, 8)), 0)],
            {},
            ValueError,
            "custom[0]: expected shape (H, W, C), got (1, 8, 8) (it looks like (C, H, W): move the "
            "channels last by image.transpose(1, 2, 0))",
        ),
        (
            rows(),
            {"labels": [-1, 7]},
            ValueError,
            "custom: labels: expected 40, one per image, got 2",
        ),
        ([(1, 2)], {"image": 2}, ValueError, "image: expected a position in rows of 2, got 2"),
        (rows(), {"labels": [[0], [1, 2]]}, ValueError, "custom: labels: expected entries of one"),
        (
            rows()[:2],
            {"labels": [["a", "b"], ["b", "a"]], "task": "multilabel"},
            TypeError,
            "got text (one column of 0 and 1 per class",
        ),
        (
            rows(),
            {"labels": [0, 1]},
            ValueError,
            "custom: labels: expected 40, one per image, got 2",
        ),
        (rows(), {"channels": 2}, ValueError, "channels: expected 1 (gray) or 3 (color), got 2"),
        (rows(), {"threads": 0}, ValueError, "threads: expected at least 1, got 0"),
        (
            rows(),
            {"class_names": [*"ab"]},
            ValueError,
            "custom: labels: expected 0 to 1, got 2 at (2,)",
        ),
    ],
)
def test_wrong_sources_are_named(source, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        from_sequence(source, **options)


class OneChanged(Torchvision):
    """A set that is not in memory, of which one image is another."""

    def __init__(self, place, other):
        super().__init__()
        self.place, self.other = place, other

    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return self.other if index == self.place else image, label


def test_an_error_of_the_source_is_told_with_its_row():
    class Broken(Torchvision):
        def __getitem__(self, index):
            if index == 1:
                raise OSError("truncated")
            return super().__getitem__(index)

    data = from_sequence(Broken())
    with pytest.raises(OSError, match="truncated") as raised:
        data.read([0, 1])
    assert raised.value.__notes__ == ["(jaxcnn was reading custom[1])"]


OTHER_SIZE = re.escape(
    "expected shape (8, 8, 1), got (9, 8, 1) (pass size=(H, W) to resize images)"
)


@pytest.mark.parametrize(
    "other",
    [Image.new("L", (8, 9)), np.zeros((9, 8, 1), np.uint8), np.zeros((9, 8)).tolist()],
    ids=["Pillow", "array", "list"],
)
def test_another_size_is_named_at_once_or_when_it_is_read(other):
    listed = rows()
    listed[17] = {"image": other, "label": 2}
    with pytest.raises(ValueError, match=rf"custom\[17\]: {OTHER_SIZE}"):
        from_sequence(listed)
    with pytest.raises(ValueError, match=rf"custom\[39\]: {OTHER_SIZE}"):
        from_sequence(OneChanged(39, other))
    data = from_sequence(OneChanged(1, other))
    with pytest.raises((TypeError, ValueError), match=rf"custom\[1\]: {OTHER_SIZE}"):
        data.read([1])


def test_a_turned_image_has_another_size():
    turned = Image.new("L", (9, 8))
    turned.getexif()[0x0112] = 6
    pairs = [(Image.new("L", (8, 9)), 0), (turned, 1)]
    assert from_sequence(pairs).read([0, 1]).shape == (2, 9, 8, 1)


def test_a_wrong_dtype_is_named_when_it_is_read():
    floats = from_sequence([(np.zeros((4, 4), np.uint8), 0), (np.zeros((4, 4)), 1)])
    with pytest.raises(TypeError, match=r"custom\[1\]: expected dtype uint8, got float32"):
        floats.read([1])


RED = Image.new("RGB", (8, 8), (255, 0, 0))


def test_one_image_in_color_makes_a_set_in_color():
    gray = from_sequence(rows())
    listed = [*rows(), {"image": RED, "label": 0}]
    data = from_sequence(listed)
    assert data.input_shape == (8, 8, 3)
    assert data.read([40])[0, 0, 0].tolist() == [255, 0, 0]
    np.testing.assert_array_equal(data.read([7]), np.repeat(gray.read([7]), 3, axis=-1))
    assert from_sequence(OneChanged(39, RED)).input_shape == (8, 8, 3)
    assert from_sequence(listed, channels=1).read([40])[0, 0, 0].tolist() == [76]


def test_colors_are_not_dropped_unless_that_is_asked_for():
    data = from_sequence(OneChanged(1, RED))
    assert data.input_shape == (8, 8, 1)
    with pytest.raises(
        ValueError,
        match=r"custom\[1\]: expected a gray image like those looked at, .*channels=3 keeps",
    ):
        data.read([1])
    assert from_sequence(OneChanged(1, RED), channels=1).read([1]).shape == (1, 8, 8, 1)
    without = from_sequence(OneChanged(1, Image.new("RGB", (8, 8), (9, 9, 9))))
    assert without.read([1])[0, 0, 0].tolist() == [9]


def test_transparent_parts_of_arrays_become_white():
    clear = np.zeros((4, 4, 4), np.uint8)
    assert from_sequence([(clear, 0), (clear, 1)]).read([1])[0, 0, 0].tolist() == [255] * 3


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("cat.png", "got 'cat.png' (jaxcnn.data.ImageFiles takes a list of image files"),
        (Path("cat.png"), "jaxcnn.data.image_folder a folder per class)"),
        (b"\x89PNG", 'got bytes (for the files of a Hugging Face set: source.cast_column("image"'),
        (
            {"bytes": b"", "path": "cat.png"},
            "custom[0]: expected an image, got dict (for the files",
        ),
    ],
)
def test_files_in_place_of_images_are_named(image, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        from_sequence([(image, 0), (image, 1)])


@pytest.mark.parametrize("source", [rows(), HuggingFace(rows())], ids=["rows", "Hugging Face"])
def test_examples_without_a_label_are_named(source):
    labels = np.array([*range(3)] * 10 + [-1] * 10)
    expected = r"got -1 at \(30,\) \(10 of 40 are out of range; -1 often means no label: leave"
    with pytest.raises(ValueError, match=rf"custom: labels: expected .*{expected}"):
        from_sequence(source, labels=labels)
    with pytest.raises(ValueError, match="labels: expected class numbers from 0, got -1 at"):
        from_sequence(rows(), labels=np.full(40, -1))
    for labels in ([None, *range(39)], [*range(39), None], ["cat"] * 39 + [None]):
        with pytest.raises(TypeError, match=r"got None \(leave out examples without a label\)"):
            from_sequence(rows(), labels=labels)


def test_numbers_without_examples_are_warned_of():
    spread = np.arange(40) % 4 * 3
    with pytest.warns(UserWarning, match=r"from 0 to 9, got 4 of 10 \(.*np.unique\(labels, ret"):
        assert from_sequence(rows(), labels=spread).num_classes == 10
    assert from_sequence(rows(), labels=spread, class_names=range(10)).num_classes == 10
    with pytest.raises(ValueError, match=r"at most 99,999 without class_names, got 1000000 at"):
        from_sequence(rows(), labels=[1_000_000] + [0] * 39)


def test_fit_says_how_to_take_a_sequence():
    with pytest.raises(TypeError, match=r"train: .* got Torchvision \(jaxcnn.data.from_sequence"):
        quick_fit(data=Torchvision())


@pytest.mark.slow
def test_weights_augmentation_and_mixing_are_those_of_a_dataset():
    data = dataclasses.replace(small.dataset(), weights=np.arange(40) % 3)
    source = from_sequence(rows(), class_names=[*"abc"], weights=np.arange(40) % 3)
    assert isinstance(source, LabeledSequence)
    options = {"augmentation": Augmentation(shift=1, mixup=0.4), "batch_size": 15}
    runs = [quick_fit(data=one, **options) for one in (data, source)]
    assert as_bits(runs[0].state.params) == as_bits(runs[1].state.params)

"""The caller's functions between the changes of an augmentation."""

import json
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small import quick_fit

from jaxcnn.data import Augmentation
from jaxcnn.data.augmentation import _chain
from jaxcnn.training import CheckpointError, Plan

KEY = jax.random.key(3)
IMAGES = np.random.default_rng(0).integers(0, 200, (4, 6, 6, 1), dtype=np.uint8)


def invert(image, key):
    del key
    return 255 - image


def speckle(image, key):
    return image + jax.random.bernoulli(key, 0.5, image.shape).astype(image.dtype)


def apply(augmentation, indices: Sequence[int] = range(4), epoch=0):
    places = np.asarray(indices)
    return np.asarray(augmentation.apply(IMAGES[places], key=KEY, epoch=epoch, indices=places))


@pytest.mark.thorough
def test_a_function_runs_at_its_place():
    np.testing.assert_array_equal(apply(Augmentation(before={"end": invert})), 255 - IMAGES)
    both = Augmentation(brightness=0.5, before={"brightness": invert})
    # Inverted first, then made brighter or darker by the same factor as before.
    white = Augmentation(brightness=0.5).apply(255 - IMAGES, key=KEY, epoch=0, indices=np.arange(4))
    np.testing.assert_array_equal(apply(both), white)


@pytest.mark.thorough
def test_its_randomness_depends_on_the_example_and_the_epoch_only():
    augmentation = Augmentation(before={"end": speckle, "flip": speckle})
    whole = apply(augmentation)
    np.testing.assert_array_equal(apply(augmentation, [2, 1]), whole[[2, 1]])
    assert (apply(augmentation, epoch=1) != whole).any()
    added = whole.astype(int) - IMAGES
    assert set(np.unique(added)) == {0, 1, 2}  # two functions have two keys


def test_places_are_the_changes_in_order():
    changes = _chain._changes(Augmentation(), KEY, KEY, 0)
    assert [*changes] == [*_chain._FUNCTIONS]
    fields = set(Augmentation.__dataclass_fields__)
    assert fields - {*changes} == {"scale", "shear", "mixup", "cutmix", "before"}


def test_json_names_a_function_and_does_not_restore_it():
    augmentation = Augmentation(flip="random", before={"cutout": invert})
    content = json.loads(augmentation.to_json())
    assert content["before"] == {"cutout": f"{__name__}.invert"}
    with pytest.raises(ValueError, match=r"text: expected no functions, got before=.*cutout"):
        Augmentation.from_json(augmentation.to_json())
    assert Plan(augmentation=augmentation).to_dict()["augmentation"] == content
    assert hash(augmentation) == hash(Augmentation(flip="random", before={"cutout": invert}))


@pytest.mark.parametrize(
    ("before", "error", "message"),
    [
        ({"cutuot": invert}, ValueError, "before: expected one of .* .did you mean cutout"),
        (
            {"end": lambda image: image},
            TypeError,
            r"before: expected a function before\(image, key",
        ),
        ([invert], TypeError, "before: expected a mapping from changes to functions"),
    ],
)
def test_wrong_functions(before, error, message):
    with pytest.raises(error, match=message):
        Augmentation(before=before)


@pytest.mark.thorough
@pytest.mark.parametrize("change", [lambda i: i[:3], lambda i: i / 2, lambda _: None])
def test_what_a_function_returns_is_checked(change):
    def wrong(image, key):
        del key
        return change(image)

    with pytest.raises(ValueError, match=r"before: expected the function before end to return an"):
        apply(Augmentation(before={"end": wrong}))


def test_new_changes_go_through_json():
    augmentation = Augmentation(vertical_flip=True, quarter_turns=True, resized_crop=(0.3, 1))
    assert Augmentation.from_json(augmentation.to_json()) == augmentation


@pytest.mark.slow
def test_another_function_does_not_go_on(tmp_path):
    saved = {"checkpoints": tmp_path, "epochs": 1}
    quick_fit(augmentation=Augmentation(before={"end": speckle}), **saved)
    quick_fit(augmentation=Augmentation(before={"end": speckle}), **saved)
    with pytest.raises(CheckpointError, match=r"augmentation\.before\.end: .*speckle.*, .*invert"):
        quick_fit(augmentation=Augmentation(before={"end": invert}), **saved)


@pytest.mark.slow
def test_new_changes_keep_shape_and_dtype():
    augmentation = Augmentation(vertical_flip=True, quarter_turns=True, resized_crop=(0.3, 1))
    out = augmentation.apply(jnp.asarray(IMAGES), key=KEY, epoch=0, indices=np.arange(4))
    assert (out.shape, out.dtype) == (IMAGES.shape, IMAGES.dtype)


def test_wrong_amounts_of_new_changes():
    with pytest.raises(TypeError, match="vertical_flip: expected True or False, got 1"):
        Augmentation(vertical_flip=1)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="resized_crop: expected 0 < low <= high <= 1"):
        Augmentation(resized_crop=(0.5, 0.1))

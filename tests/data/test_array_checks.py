import numpy as np
import pytest

from jaxcnn.data import check_arrays, check_images, check_inputs

IMAGES = np.zeros((6, 8, 12, 3), np.uint8)
LABELS = np.array([0, 1, 2, 2, 1, 2])


def with_pixel(value):
    images = np.zeros(IMAGES.shape, np.float32)
    images[4, 3, 2, 1] = value
    return images


@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("label_dtype", [np.uint8, np.int32, np.int64])
def test_good_arrays_are_counted(dtype, label_dtype):
    counts = check_arrays(IMAGES.astype(dtype), LABELS.astype(label_dtype), 4)
    assert counts.tolist() == [1, 2, 3, 0]


@pytest.mark.parametrize(
    ("images", "labels", "num_classes"),
    [
        (IMAGES[:1], [0], 1),  # one example of the only class
        (IMAGES, [2] * 6, 3),  # all labels equal
        (np.zeros((2, 1, 1, 1), np.uint8), [0, 1], 2),
        (np.zeros((2, 1, 9, 2)), [0, 1], 2),  # two channels, one row
        (with_pixel(1.0), LABELS, 3),
        (np.full((2, 3, 5, 4), 255, np.uint8), [0, 1], 2),  # height 3 is no channel axis here
    ],
)
def test_unusual_arrays_are_good_too(images, labels, num_classes):
    assert check_arrays(images, labels, num_classes).sum() == len(images)


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (np.zeros((6, 3, 8, 12), np.uint8), ValueError, r"looks like \(N, C, H, W\): move the ch"),
        (np.zeros((6, 1, 28, 28), np.uint8), ValueError, r"images.transpose\(0, 2, 3, 1\)"),
        (IMAGES[..., 0], ValueError, r"expected shape \(N, H, W, C\), got \(6, 8, 12\) .for gray"),
        (IMAGES[0, 0], ValueError, r"expected shape \(N, H, W, C\), got \(12, 3\)$"),
        (IMAGES[:0], ValueError, r"at least one image and one pixel, got shape \(0, 8, 12, 3\)"),
        (IMAGES[..., :0], ValueError, "at least one image and one pixel"),
        (IMAGES.astype(int) + 9, TypeError, r"float32, got int64 \(.astype\(np.uint8\) makes"),
        (IMAGES.astype(int) - 9, TypeError, r"got int64 \(divide by the largest possible value"),
        (IMAGES.astype(bool), TypeError, r"float32, got bool \(.astype\(np.float32\) makes them"),
        (IMAGES.astype(object), TypeError, "expected dtype uint8 or float32, got int64"),
        (with_pixel(np.nan), ValueError, r"expected finite values, got nan at \(4, 3, 2, 1\)"),
        (with_pixel(np.inf), ValueError, r"expected finite values, got inf at \(4, 3, 2, 1\)"),
        (with_pixel(-np.inf), ValueError, "expected finite values, got -inf"),
        (with_pixel(255), ValueError, "from 0 to 255 .they look like floats from 0 to 255: div"),
        (with_pixel(-1), ValueError, r"within \[0, 1\], got values from -1 to 0$"),
        (2 * IMAGES.astype(float) - 1 + with_pixel(2), ValueError, r"\(they look normalized: pass"),
        (with_pixel(1000), ValueError, r"got values from 0 to 1000 \(divide by the largest pos"),
    ],
)
def test_bad_images_are_told(images, error, message):  # guide row A1.3
    with pytest.raises(error, match=f"train: images: .*{message}"):
        check_arrays(images, np.zeros(len(images), int), 3, name="train")
    with pytest.raises(error, match=f"^images: .*{message}"):
        check_images(images)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (np.eye(3)[LABELS], ValueError, r"shape \(6, 3\) \(they look one-hot: use labels.argmax"),
        (np.eye(3)[LABELS], ValueError, r"\(axis=1\), or multilabel=True if an image may show sev"),
        (LABELS[:, None], ValueError, r"expected shape \(6,\), got \(6, 1\)"),
        (2, ValueError, r"expected shape \(6,\), got \(\)"),
        (LABELS[:5], ValueError, "expected 6, one per image, got 5"),
        ([], ValueError, "expected 6, one per image, got 0"),
        (LABELS.astype(float), TypeError, "expected an integer dtype, got float64"),
        (LABELS > 1, TypeError, r"expected an integer dtype, got bool \(.astype\(int\) makes them"),
        ([0, 1, np.nan, 2, 1, 2], TypeError, r"got float64 \(nan at \(2,\): a label is missing\)"),
        (np.array([0, 1, None, 2, 1, 2]), TypeError, "expected an array of numbers, got None at 2"),
        (
            ["cat"] * 6,
            TypeError,
            r"got text \(number the classes from 0 in .* = np.unique\(labels, ",
        ),
        ([0, 1, -1, 2, -1, 0], ValueError, r"0 to 2, got -1 at \(2,\) \(2 of 6 are out of range"),
        ([0, 1, 2, 3, 0, 0], ValueError, r"expected 0 to 2, got 3 at \(3,\)"),
        ([0, 1, 2, 2**40, 0, 0], ValueError, "expected 0 to 2, got 1099511627776"),
    ],
)
def test_bad_labels_are_told(labels, error, message):
    with pytest.raises(error, match=f"train: labels: .*{message}"):
        check_arrays(IMAGES, labels, 3, name="train")


MANY = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0], [0, 0, 1], [1, 0, 1]])


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int64])
def test_positives_are_counted(dtype):
    counts = check_arrays(IMAGES, MANY.astype(dtype), 3, multilabel=True)
    assert counts.tolist() == [3, 2, 4]


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (MANY[:, :2], ValueError, r"shape \(6, 3\), a 0 or 1 per .* class, got \(6, 2\)"),
        (MANY[:5], ValueError, r"expected shape \(6, 3\), .*, got \(5, 3\)"),
        (LABELS, ValueError, r"expected shape \(6, 3\), .*, got \(6,\)"),
        (MANY.astype(float), TypeError, "expected integers 0 and 1 or booleans, got float64"),
        (MANY * 2, ValueError, r"expected 0 or 1, got 2 at \(0, 0\) \(9 of 18 are neither\)"),
        (-MANY, ValueError, r"expected 0 or 1, got -1 at \(0, 0\)"),
        (np.add(MANY, [0, 0, 65280]), ValueError, r"expected 0 or 1, got 65281 at \(0, 2\)"),
    ],
)
def test_bad_multilabels_are_told(labels, error, message):
    with pytest.raises(error, match=f"train: labels: .*{message}"):
        check_arrays(IMAGES, labels, 3, name="train", multilabel=True)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("sign", [-1, 1])
def test_rounding_beyond_the_range_is_clipped(dtype, sign):
    images = IMAGES[:2].astype(dtype) + (sign > 0)
    images[0, 0, 0, 0] += sign * 2 * max(np.finfo(dtype).eps, np.finfo(np.float32).eps)
    found = check_images(images)
    assert (found.min(), found.max()) == (images.min().clip(0), images.max().clip(None, 1))
    assert check_inputs(images).dtype == np.float32


def test_a_range_is_shown_with_the_digits_that_exceed_it():
    images = IMAGES[:2].astype(np.float64)
    images[0, 0, 0, 0] = 1 + 1e-6
    with pytest.raises(ValueError, match=r"got values from 0 to 1.000001$"):
        check_images(images)
    images[0, 0, 0, 0] = 1 + 1.5e-6
    with pytest.raises(ValueError, match=r"got values from 0 to 1.0000015$"):
        check_images(images)


@pytest.mark.parametrize(
    ("shape", "hint"),
    [
        ((8, 12, 3), r"for one image add the batch axis: images\[None\]"),
        ((28, 28, 1), r"for one image add the batch axis: images\[None\]"),
        ((6, 28, 28), r"for gray images add the channel axis: images\[..., None\]"),
        ((28, 28), r"for one gray image add two axes: images\[None, ..., None\]"),
    ],
)
def test_the_missing_axis_is_named(shape, hint):
    with pytest.raises(ValueError, match=hint):
        check_images(np.zeros(shape, np.uint8))


def test_the_callers_byte_order_is_no_matter():
    floats = check_inputs(np.ones((2, 4, 1), ">f8"), "signals")
    tokens = check_inputs(np.ones((2, 4), ">i2"), "tokens")
    assert (floats.dtype, tokens.dtype) == (np.float32, np.int32)
    assert floats.dtype.isnative

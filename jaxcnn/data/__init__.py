"""Data: reading, checking, downloading, augmenting and batching labeled examples.

Where to look:

- `_dataset`: labeled examples in memory, which all loaders return. `_array_checks` and
  `_pixel_checks` validate their arrays, `_batching` orders them, and `_reshape` resizes their
  images.
- `tasks/`: what labels mean, as an object: single label, multilabel, regression.
- `sets/`: published data sets, found or downloaded (CIFAR, MNIST, digits), and generated ones.
- `pictures/`: the user's image files, in folders or listed in a table; decoded in advance, cached,
  or streamed.
- `augmentation/`: random changes of training images, and views for test-time augmentation.
- `checking/`: a report on a data set, and what is suspicious about it.
"""

from jaxcnn.data._array_checks import (
    NOUNS,
    RANKS,
    SHAPES,
    Kind,
    check_arrays,
    check_images,
    check_inputs,
    check_weights,
)
from jaxcnn.data._batching import balanced_order, epoch_order, evenly_spaced, padded_batches
from jaxcnn.data._dataset import Dataset, Splits
from jaxcnn.data._errors import DataError, DownloadError, TooManyPixelsError
from jaxcnn.data._fingerprint import fingerprint
from jaxcnn.data._folds import Fold
from jaxcnn.data._from_arrays import as_labeled_set
from jaxcnn.data._labeled_batches import LabeledBatches, from_batches
from jaxcnn.data._labeled_set import LabeledSet
from jaxcnn.data._pixel_checks import check_pixels
from jaxcnn.data._reshape import resize_images, to_shape
from jaxcnn.data.augmentation._augmentation import Augmentation
from jaxcnn.data.augmentation._crop import random_resized_crop
from jaxcnn.data.augmentation._fields import Flip
from jaxcnn.data.augmentation._flips import (
    alternating_flip,
    random_flip,
    random_quarter_turn,
    random_vertical_flip,
)
from jaxcnn.data.augmentation._geometric import (
    affine,
    random_affine,
    random_shift,
    rotate,
    rotation_matrix,
)
from jaxcnn.data.augmentation._mixing import cutmix, mixup
from jaxcnn.data.augmentation._occlusion import cutout, random_erase
from jaxcnn.data.augmentation._photometric import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    blur,
    random_blur,
    random_brightness,
    random_contrast,
    random_grayscale,
    random_hue,
    random_saturation,
)
from jaxcnn.data.augmentation._rand_augment import RAND_AUGMENT_OPERATIONS, distort, rand_augment
from jaxcnn.data.augmentation._views import (
    View,
    apply_view,
    check_views,
    flip_and_shift_views,
    flip_views,
)
from jaxcnn.data.checking._overlap import Overlap, overlap
from jaxcnn.data.checking._report import Report, check
from jaxcnn.data.checking._set_hints import set_hint, takes_one_set
from jaxcnn.data.checking._set_report import SetReport, channel_moments
from jaxcnn.data.pictures._any_image import as_image
from jaxcnn.data.pictures._comparison import (
    PictureComparison,
    PictureDifference,
    compare_picture,
)
from jaxcnn.data.pictures._decode import ImageSource, source_name
from jaxcnn.data.pictures._decode_ahead import (
    SizedImage,
    load_images,
    load_sized_images,
    stream_batches,
)
from jaxcnn.data.pictures._decode_all import OnError
from jaxcnn.data.pictures._evaluation_files import evaluation_files
from jaxcnn.data.pictures._file_splits import FileSplits, draw_fraction
from jaxcnn.data.pictures._find_images import IMAGE_SUFFIXES, find_image_files, find_other_files
from jaxcnn.data.pictures._from_sequence import from_sequence
from jaxcnn.data.pictures._image_files import ImageFiles
from jaxcnn.data.pictures._image_folder import image_folder
from jaxcnn.data.pictures._image_table import image_table
from jaxcnn.data.pictures._labeled_sequence import LabeledImages, LabeledSequence
from jaxcnn.data.pictures._load_image import load_image, to_grayscale, to_rgb
from jaxcnn.data.pictures._picture_sizes import picture_sizes
from jaxcnn.data.pictures._preprocessing import (
    CropMode,
    Interpolation,
    Preprocessing,
    check_preprocessing,
)
from jaxcnn.data.pictures._statistics import PictureStatistics, UsualRange
from jaxcnn.data.sets._cifar import cifar10, cifar100
from jaxcnn.data.sets._digits import digits
from jaxcnn.data.sets._imagenet_classes import imagenet_classes
from jaxcnn.data.sets._mnist import fashion_mnist, mnist
from jaxcnn.data.sets._published import find_published_sets
from jaxcnn.data.sets._x_or_o import x_or_o, x_or_o_templates
from jaxcnn.data.tasks._by_name import as_task, task_by_name
from jaxcnn.data.tasks._classification import Multilabel, SingleLabel
from jaxcnn.data.tasks._regression import Regression, RegressionScores
from jaxcnn.data.tasks._scores import ClassificationScores, MultilabelScores
from jaxcnn.data.tasks._task import Loss, Task

__all__ = [
    "IMAGE_SUFFIXES",
    "NOUNS",
    "RAND_AUGMENT_OPERATIONS",
    "RANKS",
    "SHAPES",
    "Augmentation",
    "ClassificationScores",
    "CropMode",
    "DataError",
    "Dataset",
    "DownloadError",
    "FileSplits",
    "Flip",
    "Fold",
    "ImageFiles",
    "ImageSource",
    "Interpolation",
    "Kind",
    "LabeledBatches",
    "LabeledImages",
    "LabeledSequence",
    "LabeledSet",
    "Loss",
    "Multilabel",
    "MultilabelScores",
    "OnError",
    "Overlap",
    "PictureComparison",
    "PictureDifference",
    "PictureStatistics",
    "Preprocessing",
    "Regression",
    "RegressionScores",
    "Report",
    "SetReport",
    "SingleLabel",
    "SizedImage",
    "Splits",
    "Task",
    "TooManyPixelsError",
    "UsualRange",
    "View",
    "adjust_brightness",
    "adjust_contrast",
    "adjust_hue",
    "adjust_saturation",
    "affine",
    "alternating_flip",
    "apply_view",
    "as_image",
    "as_labeled_set",
    "as_task",
    "balanced_order",
    "blur",
    "channel_moments",
    "check",
    "check_arrays",
    "check_images",
    "check_inputs",
    "check_pixels",
    "check_preprocessing",
    "check_views",
    "check_weights",
    "cifar10",
    "cifar100",
    "compare_picture",
    "cutmix",
    "cutout",
    "digits",
    "distort",
    "draw_fraction",
    "epoch_order",
    "evaluation_files",
    "evenly_spaced",
    "fashion_mnist",
    "find_image_files",
    "find_other_files",
    "find_published_sets",
    "fingerprint",
    "flip_and_shift_views",
    "flip_views",
    "from_batches",
    "from_sequence",
    "image_folder",
    "image_table",
    "imagenet_classes",
    "load_image",
    "load_images",
    "load_sized_images",
    "mixup",
    "mnist",
    "overlap",
    "padded_batches",
    "picture_sizes",
    "rand_augment",
    "random_affine",
    "random_blur",
    "random_brightness",
    "random_contrast",
    "random_erase",
    "random_flip",
    "random_grayscale",
    "random_hue",
    "random_quarter_turn",
    "random_resized_crop",
    "random_saturation",
    "random_shift",
    "random_vertical_flip",
    "resize_images",
    "rotate",
    "rotation_matrix",
    "set_hint",
    "source_name",
    "stream_batches",
    "takes_one_set",
    "task_by_name",
    "to_grayscale",
    "to_rgb",
    "to_shape",
    "x_or_o",
    "x_or_o_templates",
]

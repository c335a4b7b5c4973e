"""Data: reading, checking, downloading, augmenting and batching labelled images.

Where to look, from what is used to what it is made of:

- Sets: `_dataset`, which all loaders return, `_checks` of what is in it, `_batching`, `_reshape`.
- Published sets: `_cifar`, `_mnist` (`_idx`), `_digits`; `_download`, `_archive`, `_folders`.
  Generated ones: `_x_or_o`, `_glyphs`.
- Pictures of one's own: `_image_folder` (`_scan`) and `_image_table` (`_table`) find them,
  `_file_splits` parts them; `_image_files` holds them, `_loading` decodes all (`_decoding_all`,
  `_image_cache`, `_memory`), `_streaming` some at a time; `_images` and `_decoding` read one.
  `_picture_files` finds and decodes pictures that have no labels.
- Looking through a set: `_report` (`_set_report`, `_problems`, `_overlap`, `_moments`).
- Augmentation: the policy in `_augmentation` (`_policy`); its parts in `_transforms`, `_affine`,
  `_colour`, `_blur`, `_erase`, `_rand_augment` (`_levels`) and `_mixing`, all by `_pixels`; at test
  time, `_views`.
"""

from jaxcnn.data._affine import (
    affine,
    random_affine,
    rotate,
)
from jaxcnn.data._augmentation import Augmentation
from jaxcnn.data._batching import epoch_order, padded_batches
from jaxcnn.data._blur import blur, random_blur
from jaxcnn.data._checks import check_arrays, check_images
from jaxcnn.data._cifar import cifar10, cifar100
from jaxcnn.data._colour import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    random_brightness,
    random_contrast,
    random_grayscale,
    random_hue,
    random_saturation,
)
from jaxcnn.data._dataset import Dataset, Splits
from jaxcnn.data._decoding import Source as ImageSource
from jaxcnn.data._decoding import name_of as source_name
from jaxcnn.data._digits import digits
from jaxcnn.data._erase import random_erase
from jaxcnn.data._errors import DataError, DownloadError
from jaxcnn.data._file_splits import FileSplits
from jaxcnn.data._glyphs import guide_o, guide_smile, guide_x, naive_matcher
from jaxcnn.data._image_files import ImageFiles, LabelledImages
from jaxcnn.data._image_folder import image_folder
from jaxcnn.data._image_table import image_table
from jaxcnn.data._images import load_image, to_grayscale, to_rgb
from jaxcnn.data._mixing import cutmix, mixup
from jaxcnn.data._mnist import fashion_mnist, mnist
from jaxcnn.data._moments import channel_moments
from jaxcnn.data._overlap import Overlap, overlap
from jaxcnn.data._picture_files import find_image_files, load_images
from jaxcnn.data._policy import Flip
from jaxcnn.data._rand_augment import RAND_AUGMENT_OPERATIONS, distort, rand_augment
from jaxcnn.data._report import Report, check
from jaxcnn.data._reshape import resize_images, to_shape
from jaxcnn.data._set_report import SetReport
from jaxcnn.data._streaming import stream_batches
from jaxcnn.data._transforms import alternating_flip, cutout, random_flip, random_shift
from jaxcnn.data._views import View, apply_view, mirror_and_shift_views, mirror_views
from jaxcnn.data._x_or_o import x_or_o, x_or_o_templates

__all__ = [
    "RAND_AUGMENT_OPERATIONS",
    "Augmentation",
    "DataError",
    "Dataset",
    "DownloadError",
    "FileSplits",
    "Flip",
    "ImageFiles",
    "ImageSource",
    "LabelledImages",
    "Overlap",
    "Report",
    "SetReport",
    "Splits",
    "View",
    "adjust_brightness",
    "adjust_contrast",
    "adjust_hue",
    "adjust_saturation",
    "affine",
    "alternating_flip",
    "apply_view",
    "blur",
    "channel_moments",
    "check",
    "check_arrays",
    "check_images",
    "cifar10",
    "cifar100",
    "cutmix",
    "cutout",
    "digits",
    "distort",
    "epoch_order",
    "fashion_mnist",
    "find_image_files",
    "guide_o",
    "guide_smile",
    "guide_x",
    "image_folder",
    "image_table",
    "load_image",
    "load_images",
    "mirror_and_shift_views",
    "mirror_views",
    "mixup",
    "mnist",
    "naive_matcher",
    "overlap",
    "padded_batches",
    "rand_augment",
    "random_affine",
    "random_blur",
    "random_brightness",
    "random_contrast",
    "random_erase",
    "random_flip",
    "random_grayscale",
    "random_hue",
    "random_saturation",
    "random_shift",
    "resize_images",
    "rotate",
    "source_name",
    "stream_batches",
    "to_grayscale",
    "to_rgb",
    "to_shape",
    "x_or_o",
    "x_or_o_templates",
]

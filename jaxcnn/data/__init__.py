"""Data: reading, checking, downloading, augmenting and batching labelled images."""

from jaxcnn.data._augmentation import Augmentation, Flip
from jaxcnn.data._batching import epoch_order, padded_batches
from jaxcnn.data._checks import check_arrays, check_images
from jaxcnn.data._cifar import cifar10, cifar100
from jaxcnn.data._dataset import Dataset, Splits
from jaxcnn.data._digits import digits
from jaxcnn.data._errors import DataError, DownloadError
from jaxcnn.data._file_splits import FileSplits
from jaxcnn.data._glyphs import guide_o, guide_x, naive_matcher
from jaxcnn.data._image_files import ImageFiles
from jaxcnn.data._image_folder import image_folder
from jaxcnn.data._image_table import image_table
from jaxcnn.data._images import load_image, to_grayscale, to_rgb
from jaxcnn.data._mnist import fashion_mnist, mnist
from jaxcnn.data._moments import channel_moments
from jaxcnn.data._overlap import Overlap, overlap
from jaxcnn.data._report import Report, check
from jaxcnn.data._reshape import resize_images, to_shape
from jaxcnn.data._set_report import SetReport
from jaxcnn.data._streaming import stream_batches
from jaxcnn.data._transforms import alternating_flip, cutout, random_flip, random_shift
from jaxcnn.data._x_or_o import x_or_o, x_or_o_templates

__all__ = [
    "Augmentation",
    "DataError",
    "Dataset",
    "DownloadError",
    "FileSplits",
    "Flip",
    "ImageFiles",
    "Overlap",
    "Report",
    "SetReport",
    "Splits",
    "alternating_flip",
    "channel_moments",
    "check",
    "check_arrays",
    "check_images",
    "cifar10",
    "cifar100",
    "cutout",
    "digits",
    "epoch_order",
    "fashion_mnist",
    "guide_o",
    "guide_x",
    "image_folder",
    "image_table",
    "load_image",
    "mnist",
    "naive_matcher",
    "overlap",
    "padded_batches",
    "random_flip",
    "random_shift",
    "resize_images",
    "stream_batches",
    "to_grayscale",
    "to_rgb",
    "to_shape",
    "x_or_o",
    "x_or_o_templates",
]

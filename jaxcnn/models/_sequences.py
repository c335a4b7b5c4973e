"""Networks over one axis: M5 for sound, and a CNN for sentences."""

from collections.abc import Sequence

from jaxcnn._support.arguments import check_int, check_number, check_tuple_of_ints
from jaxcnn.layers import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Embedding,
    GlobalAvgPool,
    GlobalMaxPool,
    Layer,
    MaxPool,
    Parallel,
    Sequential,
)


def m5(
    num_classes: int = 10, widths: tuple[int, ...] = (128, 128, 256, 512), kernel_size: int = 80
) -> Sequential:
    """Make M5, a CNN for raw audio: one convolution with long filters, three with short filters.

    The long filters can learn to be band-pass filters. The network is for waveforms of 32,000×1:
    four seconds at 8 kHz. Each convolution is followed by batch norm, ReLU and max-pooling by 4. At
    the end, the mean of each channel goes to a dense layer. With widths a, b, c, d and n classes,
    the network has ``80 a + 3 (a b + b c + c d) + 2 (a + b + c + d) + (d + 1) n`` parameters. By
    default, there are 558,090 parameters; the paper says 0.5 million. (The M5 of PyTorch's tutorial
    has other widths and strides.)

    Args:
        num_classes: Number of outputs.
        widths: Filters of each convolution.
        kernel_size: Width of the first filters in samples; 80 samples are 10 ms at 8 kHz.

    Example:
        >>> m5().output_shape((32_000, 1))
        (10,)

    Source: Dai, Dai, Qu, Li and Das 2017, *Very Deep Convolutional Neural Networks for Raw
    Waveforms*.
    """
    check_int("num_classes", num_classes)
    check_tuple_of_ints("widths", widths)
    first, *rest = widths
    return Sequential(
        [
            *_conv_pool(first, kernel_size, strides=4),
            *(layer for features in rest for layer in _conv_pool(features, 3)),
            GlobalAvgPool(),
            Dense(num_classes, kernel_init="glorot_uniform"),
        ]
    )


def _conv_pool(features: int, size: int, strides: int = 1) -> Sequence[Layer]:
    conv = Conv(features, size, strides, use_bias=False, kernel_init="glorot_uniform")
    return conv, BatchNorm(), Activation("relu"), MaxPool(4, padding="SAME")


def text_cnn(
    num_classes: int = 2,
    num_words: int = 18_766,
    embedding: int = 300,
    widths: tuple[int, ...] = (3, 4, 5),
    features: int = 100,
    channels: int = 1,
    dropout: float = 0.5,
) -> Sequential:
    """Make a CNN for sentence classification: word vectors, convolutions, maximum over time.

    Convolutions of several widths run side by side on the word vectors. The network is for
    sentences of 64 words, given as integers below `num_words`. It was made for movie reviews: the
    longest review has 56 words, and 4 words of padding are added at each end.

    The network has ``C V k + sum of m (h C k + 1) over all h + (W m + 1) n`` parameters. The
    vocabulary has V words, and each word has C vectors of k features. There are filters of W
    different widths h, m filters of each width, and n classes. By default, there are 5,990,702
    parameters; 5,629,800 of them are in the word vectors.

    Args:
        num_classes: Number of outputs.
        num_words: Size of the vocabulary, including the padding.
        embedding: Features of each word vector.
        widths: Widths of the filters in words, one per convolution.
        features: Filters of each width.
        channels: Vectors per word. With two vectors, the network is the paper's CNN-multichannel.
            In the paper, both vectors start from the same pretrained vector, and only one of the
            two is trained. To do the same, freeze the other vector.
        dropout: Share of the maxima that is dropped in training.

    Example:
        >>> text_cnn().output_shape((64,))
        (2,)

    Source: Kim 2014, *Convolutional Neural Networks for Sentence Classification*.
    """
    check_int("num_classes", num_classes)
    check_int("num_words", num_words)
    check_int("embedding", embedding)
    check_int("channels", channels)
    check_tuple_of_ints("widths", widths)
    check_number("dropout", dropout, minimum=0, below=1)
    vectors = [Embedding(num_words, embedding) for _ in range(channels)]
    convolutions = [_max_over_time(features, width) for width in widths]
    return Sequential(
        [
            Parallel(vectors, "concat", name="embedding"),
            Parallel(convolutions, "concat", name="convolutions"),
            Dropout(dropout),
            Dense(num_classes, name="classifier"),
        ]
    )


def _max_over_time(features: int, width: int) -> Layer:
    conv = Conv(features, width, padding="VALID")
    return Sequential([conv, Activation("relu"), GlobalMaxPool()])

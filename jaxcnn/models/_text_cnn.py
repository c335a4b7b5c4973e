"""A convolutional network for sentences."""

from jaxcnn._support.arguments import check_int, check_number, check_tuple_of_ints
from jaxcnn.layers import (
    Activation,
    Conv,
    Dense,
    Dropout,
    Embedding,
    GlobalMaxPool,
    Layer,
    Parallel,
    Sequential,
)


def text_cnn(
    num_classes: int = 2,
    num_words: int = 18_766,
    embedding: int = 300,
    widths: tuple[int, ...] = (3, 4, 5),
    features: int = 100,
    channels: int = 1,
    dropout: float = 0.5,
) -> Sequential:
    """Word vectors, convolutions of several widths side by side, and the maximum over time.

    For sentences of 64 words given as integers below `num_words`: the longest of the movie
    reviews that it was made for has 56, and 4 words of padding stand at either end. It has
    ``C V k + sum of m (h C k + 1) over all h + (W m + 1) n`` parameters, with V words of C
    channels of k features each, m filters of each of W widths h, and n classes: 5,990,702 as it
    stands, of which 5,629,800 are word vectors.

    Source: Kim 2014, *Convolutional Neural Networks for Sentence Classification*.

    Args:
        num_classes: number of outputs.
        num_words: size of the vocabulary, the padding included.
        embedding: features of each word's vector.
        widths: how many words the filters of each convolution see.
        features: filters of each width.
        channels: vectors of each word. Two are the paper's CNN-multichannel: both start from
            the same pretrained vectors, and only one is trained (freeze the other).
        dropout: share of the maxima dropped in training.
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

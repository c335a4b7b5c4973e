"""Plot vowels as spectrograms, and the frequency responses of a network's first filters."""

from typing import TYPE_CHECKING

import numpy as np
from _vowels import GROUPS, RATE, WORDS, say

from jaxcnn.explain.drawing import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = ("heed", "had", "who'd")
WINDOW = 128  # samples per column of a spectrogram


def vowel_picture(kernel: np.ndarray) -> "Figure":
    """Plot three words said by three speakers, and the filters' frequency responses.

    Args:
        kernel: The kernel of the first layer, ``(samples, 1, filters)``.
    """
    figure = new_figure(
        9.0,
        5.6,
        title="Vowels, and the filters that a network learns from their waveforms",
        caption="Left: loudness by time and frequency, where dark is loud; the dark bands are "
        "resonances of the throat, higher for women and children. Right: one row per filter of the "
        "first layer, sorted by the frequency that it passes best, where the row is darkest.",
    )
    left, right = np.asarray(figure.subfigures(1, 2, width_ratios=(3, 2)))
    rng = np.random.default_rng(1)
    axes = np.asarray(left.subplots(len(GROUPS), len(SHOWN), sharex=True, sharey=True))
    for row, group in zip(axes, GROUPS, strict=True):
        for place, word in zip(row, SHOWN, strict=True):
            sound = say(WORDS.index(word), GROUPS.index(group), rng)
            place.specgram(sound, WINDOW, RATE, noverlap=WINDOW * 7 // 8, cmap="gray_r")
            place.set_xticks([0, 0.05, 0.1])
            place.set_title(f"{word}, {group}", fontsize=8)
    left.supxlabel("seconds", fontsize=8)
    left.supylabel("Hz", fontsize=8)
    place = right.subplots()
    responses = np.abs(np.fft.rfft(kernel[:, 0].T, 256))
    responses /= responses.max(axis=1, keepdims=True)
    order = np.argsort(responses.argmax(axis=1))
    place.imshow(
        responses[order], cmap="gray_r", aspect="auto", extent=(0, RATE / 2, len(order), 0)
    )
    place.set_xlabel("Hz", fontsize=8)
    place.set_ylabel("filters of the first layer", fontsize=8)
    for each in (*axes.flat, place):
        each.tick_params(labelsize=7)
    return figure

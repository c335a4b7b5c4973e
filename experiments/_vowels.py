"""Synthesize vowels by a source and a filter: pulses of a voice through resonances of a throat."""

from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter

RATE = 8_000  # samples per second
LENGTH = 1_024  # samples per recording, which is an eighth of a second
WORDS = ("heed", "hid", "head", "had", "hod", "hawed", "hood", "who'd", "hud", "heard")
GROUPS = ("men", "women", "children")

# Pitch and first three resonances (formants) in Hz, averages over 33 men, 28 women and 15 children,
# each word said twice. Source: Peterson and Barney 1952, *Control Methods Used in
# a Study of the Vowels*, table II.
PITCH = (
    (136, 135, 130, 127, 124, 129, 137, 141, 130, 133),
    (235, 232, 223, 210, 212, 216, 232, 231, 221, 218),
    (272, 269, 260, 251, 256, 263, 276, 274, 261, 261),
)
FORMANTS = (
    (
        (270, 390, 530, 660, 730, 570, 440, 300, 640, 490),
        (2290, 1990, 1840, 1720, 1090, 840, 1020, 870, 1190, 1350),
        (3010, 2550, 2480, 2410, 2440, 2410, 2240, 2240, 2390, 1690),
    ),
    (
        (310, 430, 610, 860, 850, 590, 470, 370, 760, 500),
        (2790, 2480, 2330, 2050, 1220, 920, 1160, 950, 1400, 1640),
        (3310, 3070, 2990, 2850, 2810, 2710, 2680, 2670, 2780, 1960),
    ),
    (
        (370, 530, 690, 1010, 1030, 680, 560, 430, 850, 560),
        (3200, 2730, 2610, 2320, 1370, 1060, 1410, 1170, 1590, 1820),
        (3730, 3600, 3570, 3320, 3170, 3180, 3310, 3260, 3360, 2160),
    ),
)
BANDWIDTHS = (60.0, 90.0, 150.0)  # usual bandwidths of the three resonances in Hz


class Recordings(NamedTuple):
    """Sounds ``(N, LENGTH, 1)`` float32, and the index of each sound's word, ``(N,)``."""

    sounds: np.ndarray
    words: np.ndarray


def record(groups: tuple[str, ...], n: int, seed: int) -> Recordings:
    """Synthesize recordings of all words, each by a new random speaker.

    The resonances of a speaker differ from the group's averages by a common factor (the length of
    the throat, 5%) and by one factor per resonance (4%), and the pitch by 15%.

    Args:
        groups: The groups of speakers, of `GROUPS`.
        n: Number of recordings, equally many of each word and, within a word, of each group.
        seed: Seed of everything random.
    """
    rng = np.random.default_rng(seed)
    words = np.arange(n) % len(WORDS)
    speakers = [GROUPS.index(groups[i // len(WORDS) % len(groups)]) for i in range(n)]
    sounds = [say(int(word), group, rng) for word, group in zip(words, speakers, strict=True)]
    return Recordings(np.array(sounds, np.float32)[..., None], words)


def say(word: int, group: int, rng: np.random.Generator) -> np.ndarray:
    """Synthesize one vowel at a random position and loudness, with noise, ``(LENGTH,)``."""
    length = int(rng.integers(LENGTH // 2, LENGTH * 7 // 8))
    pitch = PITCH[group][word] * np.exp(rng.normal(0, 0.15))
    glide = np.linspace(1, np.exp(rng.normal(-0.1, 0.1)), length)
    throat = np.exp(rng.normal(0, 0.05))
    sound = pulses(pitch * glide, rng)
    for formant, bandwidth in zip(FORMANTS[group], BANDWIDTHS, strict=True):
        frequency = formant[word] * throat * np.exp(rng.normal(0, 0.04))
        sound = resonate(sound, min(frequency, 0.48 * RATE), bandwidth)
    sound *= np.minimum(1, 8 * np.sin(np.linspace(0, np.pi, length)))  # fades in and out
    recording = rng.normal(0, 1, LENGTH) * 10 ** rng.uniform(-2, -0.7)
    start = int(rng.integers(0, LENGTH - length))
    recording[start : start + length] += sound / sound.std()
    return recording * rng.uniform(0.1, 0.5)


def pulses(pitch: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Synthesize the voice before the throat: one click per period, falling 6 dB per octave.

    (The glottis contributes -12 dB per octave, and the radiation of the lips +6 dB.)
    """
    periods = np.cumsum(pitch * np.exp(rng.normal(0, 0.01, len(pitch))) / RATE)
    clicks = np.diff(np.floor(periods), prepend=0.0)
    return np.asarray(lfilter([1.0], [1.0, -0.95], clicks))


def resonate(sound: np.ndarray, frequency: float, bandwidth: float) -> np.ndarray:
    """Filter a sound by one resonance, which keeps its mean (Klatt 1980)."""
    radius = np.exp(-np.pi * bandwidth / RATE)
    first, second = 2 * radius * np.cos(2 * np.pi * frequency / RATE), -(radius**2)
    return np.asarray(lfilter([1 - first - second], [1.0, -first, -second], sound))

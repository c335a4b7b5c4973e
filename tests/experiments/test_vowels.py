import numpy as np
import pytest
from scipy.signal import freqz

from experiments._vowels import (
    FORMANTS,
    GROUPS,
    LENGTH,
    PITCH,
    RATE,
    WORDS,
    pulses,
    record,
    resonate,
)


def test_a_resonance_is_where_it_should_be_and_as_wide():
    click = np.eye(1, 4096)[0]
    frequencies, response = freqz(resonate(click, 1500.0, 90.0), worN=8192, fs=RATE)
    loudness = np.abs(response)
    assert frequencies[loudness.argmax()] == pytest.approx(1500, abs=2)
    half = frequencies[loudness >= loudness.max() / np.sqrt(2)]
    assert half[-1] - half[0] == pytest.approx(90, abs=3)
    assert loudness[0] == pytest.approx(1, abs=1e-3)


def test_the_voice_has_a_pulse_a_period():
    voice = pulses(np.full(RATE, 125.0), np.random.default_rng(0))
    clicks = voice[1:] - 0.95 * voice[:-1]
    assert (clicks > 0.5).sum() == pytest.approx(125, abs=1)


def test_women_lie_between_men_and_children_and_all_have_all_words():
    formants = np.array(FORMANTS)
    assert formants.shape == (len(GROUPS), 3, len(WORDS))
    assert np.array(PITCH).shape == (len(GROUPS), len(WORDS))
    assert (np.diff(formants, axis=0) > 0).all()
    assert (np.diff(formants, axis=1) > 0).all()


def test_recordings():
    found = record(("men", "children"), 40, seed=3)
    assert (found.sounds.shape, found.sounds.dtype) == ((40, LENGTH, 1), np.float32)
    assert np.bincount(found.words).tolist() == [4] * 10
    np.testing.assert_array_equal(found.sounds, record(("men", "children"), 40, seed=3).sounds)
    assert np.isfinite(found.sounds).all()
    assert (found.sounds.std(axis=(1, 2)) > 0.02).all()


def test_heed_is_brighter_than_hawed():
    """Their second resonances are 2290 and 840 Hz in men's voices."""
    sounds, words = record(("men",), 100, seed=0)
    energies = np.abs(np.fft.rfft(sounds[..., 0], axis=1)) ** 2
    hertz = np.fft.rfftfreq(LENGTH, 1 / RATE)
    bright = energies[:, (hertz > 1700) & (hertz < 2800)].sum(1)
    dark = energies[:, (hertz > 500) & (hertz < 1300)].sum(1)
    ratios = {word: (bright / dark)[words == WORDS.index(word)] for word in ("heed", "hawed")}
    assert np.median(ratios["heed"]) > 10 * np.median(ratios["hawed"])

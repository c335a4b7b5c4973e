"""Recognize vowels from raw waveforms: does it work for a new group of speakers?

    python experiments/sound.py

Ten vowels are synthesized from a train of pulses and three resonances, at the frequencies that men,
women and children had in Peterson and Barney's study, with random speakers, pitches, lengths and
noise. The resonances of children are about a third higher than those of men, and those of women are
in between, so that a vowel of one group can have the resonances of another vowel of another group.
Three classifiers are trained on two of the groups, and tested on new speakers of these groups and
of the third, which is between the two (women) or beyond them (children):

network       a small M5 on the raw waveform, 8,000 values per second.
mean spectrum the word with the nearest mean of 32 log energies by frequency, without loudness.
regression    logistic regression on these energies.

Intervals are Student's t over seeds, each with different sounds and weights; nothing was chosen by
the results. Measured results are in experiments/results/.
"""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import jax
import numpy as np
import optax
import tyro
from _one_process import check_one_process
from _seeds import interval, write_results
from _vowel_picture import vowel_picture
from _vowels import GROUPS, WORDS, Recordings, record
from flax import nnx
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import jaxcnn
from jaxcnn.models import m5
from jaxcnn.training import one_cycle

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NETWORK = m5(len(WORDS), widths=(24, 24, 48), kernel_size=80)
RATE = 5e-3
BATCH_SIZE = 100
BANDS = 32
LEFT_OUT = ("women", "children")


@dataclasses.dataclass(frozen=True)
class Config:
    """The options of the experiment.

    Attributes:
        train_sounds: Number of recordings to train on.
        test_sounds: Number of recordings to test on, per test set.
        epochs: Number of passes of the network over the training recordings.
        seeds: Number of seeds, each with different sounds and weights.
        out: A folder for `sound.json` and `sound.png`.
    """

    train_sounds: int = 1_200
    test_sounds: int = 600
    epochs: int = 10
    seeds: int = 4
    out: Path | None = None


def main(config: Config) -> None:
    accuracies: dict[str, list[float]] = {}
    runs: list[jaxcnn.Run] = []
    for seed in range(config.seeds):
        for left_out in LEFT_OUT:
            heard = tuple(group for group in GROUPS if group != left_out)
            first = 10 * seed + 3 * LEFT_OUT.index(left_out)  # no two sets share sounds
            learn = record(heard, config.train_sounds, first)
            runs.append(trained(learn, config, seed))
            means = mean_spectra(learn.sounds, learn.words)
            regression = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))
            regression.fit(spectra(learn.sounds), learn.words)
            for groups, offset in ((heard, 1), ((left_out,), 2)):
                test = record(groups, config.test_sounds, first + offset)
                guesses = {
                    "network": runs[-1].predict(test.sounds),
                    "mean spectrum": nearest(means, test.sounds),
                    "regression": regression.predict(spectra(test.sounds)),
                }
                for name, guessed in guesses.items():
                    what = f"{name}, taught by {' and '.join(heard)}, says {' and '.join(groups)}"
                    accuracies.setdefault(what, []).append(float((guessed == test.words).mean()))
                    print(f"seed {seed}, {what}: {accuracies[what][-1]:.1%}", flush=True)
    print(
        f"\naccuracy, {config.train_sounds:,} sounds to train on, {config.test_sounds:,} to test "
        f"on, {config.seeds} seeds (95% interval)"
    )
    for what, found in accuracies.items():
        print(f"{what:66} {interval(found)}")
    if config.out is not None:
        write_results(config.out / "sound.json", config, accuracies)
        picture(runs[0].network.module).savefig(config.out / "sound.png")


def trained(learn: Recordings, config: Config, seed: int) -> jaxcnn.Run:
    data = jaxcnn.data.Dataset(learn.sounds, learn.words, WORDS, "vowels", kind="signals")
    return jaxcnn.fit(
        NETWORK,
        data,
        epochs=config.epochs,
        batch_size=min(BATCH_SIZE, len(data)),
        tx=lambda steps: optax.adam(one_cycle(RATE, steps)),
        seed=seed,
        progress=False,
    )


def picture(module: nnx.Module) -> "Figure":
    """Plot the frequency responses of a trained network's first filters, beside some vowels."""
    kernels = [leaf for leaf in jax.tree.leaves(nnx.state(module, nnx.Param)) if leaf.ndim == 3]
    (first,) = (kernel for kernel in kernels if kernel.shape[1] == 1)
    return vowel_picture(np.asarray(first))


def spectra(sounds: np.ndarray) -> np.ndarray:
    """Compute log energies in evenly spaced bands from 0 to 4 kHz, ``(N, BANDS)``."""
    energies = np.abs(np.fft.rfft(sounds[..., 0], axis=1)[:, 1:]) ** 2
    bands = np.log(energies.reshape(len(sounds), BANDS, -1).mean(axis=2))
    return bands - bands.mean(axis=1, keepdims=True)


def mean_spectra(sounds: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Compute the mean spectrum of each word, ``(words, BANDS)``."""
    return np.stack([spectra(sounds[words == word]).mean(axis=0) for word in range(len(WORDS))])


def nearest(means: np.ndarray, sounds: np.ndarray) -> np.ndarray:
    """Find the word whose mean spectrum is nearest to that of each sound."""
    return np.square(spectra(sounds)[:, None] - means).sum(axis=2).argmin(axis=1)


if __name__ == "__main__":
    config = tyro.cli(Config, description=__doc__)
    jaxcnn.set_up(devices=1, huge_pages=True)
    check_one_process()
    main(config)

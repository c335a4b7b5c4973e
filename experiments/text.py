"""Classify lines of Python's standard library: code, comment or part of a docstring?

    python experiments/text.py

Every machine that runs this has the library, so nothing is downloaded. The marks of the kinds
(number signs, quotes, indentation) are removed; comments and docstrings are then both English text
about code. Lines to train and to test on come from different files, and lines that occur twice are
left out. Four classifiers are compared:

letters          logistic regression on the counts of characters, whatever their order.
letter triples   logistic regression on the counts of runs of one to three characters.
network          `text_cnn`, which takes the characters in their order: an embedding, convolutions 3
                 to 7 characters wide, a global max-pooling along the line, a dense layer.
shuffled         the same network on the same lines with their characters in random order.

Then it prints the characters to which the most important filters of each kind respond. Intervals
are Student's t over seeds, each with different files, lines and weights; nothing was chosen by the
results. Measured results are in experiments/results/.
"""

import dataclasses
from pathlib import Path

import numpy as np
import optax
import tyro
from _one_process import check_one_process
from _python_lines import KINDS, TOKENS, Lines, library_files, read_lines, split
from _seeds import interval, write_results
from flax import nnx
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

import jaxcnn
from jaxcnn.explain import feature_maps, top_activations
from jaxcnn.models import text_cnn
from jaxcnn.training import one_cycle

WIDTHS = (3, 5, 7)
FEATURES = 24
NETWORK = text_cnn(len(KINDS), TOKENS, embedding=16, widths=WIDTHS, features=FEATURES)
RATE = 3e-3
BATCH_SIZE = 100


@dataclasses.dataclass(frozen=True)
class Config:
    """The options of the experiment.

    Attributes:
        files: Number of the library's files from which lines are drawn.
        train_lines: Largest number of lines of each kind to train on.
        test_lines: Largest number of lines of each kind to test on.
        epochs: Number of passes of the network over the training lines.
        seeds: Number of seeds, each with different files, lines and weights.
        out: A folder for `text.json`.
    """

    files: int = 120
    train_lines: int = 2_000
    test_lines: int = 1_000
    epochs: int = 4
    seeds: int = 4
    out: Path | None = None


def main(config: Config) -> None:
    files = library_files()
    chosen = np.random.default_rng(0).permutation(len(files))[: config.files]
    lines = read_lines([files[place] for place in chosen])
    counts = np.bincount(lines.kinds)
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in zip(KINDS, counts, strict=True))
    print(f"{len(chosen)} files hold {kinds} lines")
    accuracies: dict[str, list[float]] = {}
    runs: list[jaxcnn.Run] = []
    sizes = config.train_lines, config.test_lines
    splits = [split(lines, *sizes, seed) for seed in range(config.seeds)]
    for seed, (learn, test) in enumerate(splits):
        runs.append(trained(learn, config, seed))
        guesses = {
            "letters": counted(learn, test, (1, 1)),
            "letter triples": counted(learn, test, (1, 3)),
            "network": runs[-1].predict(test.tokens()),
            "shuffled": trained(shuffled(learn, seed), config, seed).predict(
                shuffled(test, seed + 1).tokens()
            ),
        }
        for name, guessed in guesses.items():
            accuracies.setdefault(name, []).append(float((guessed == test.kinds).mean()))
            print(f"seed {seed}, {name}: {accuracies[name][-1]:.1%}", flush=True)
    learn, test = splits[0]
    for kind, found in runs_by_kind(runs[0].network.module, learn).items():
        print(f"\nfilters that speak for {kind} respond most to")
        print(*("   ".join(map(repr, texts)) for texts in found), sep="\n")
    about = f"{len(learn.texts):,} lines to train on, {len(test.texts):,} to test on"
    print(f"\naccuracy, {about}, {config.seeds} seeds (95% interval)")
    for name, found in accuracies.items():
        print(f"{name:15} {interval(found)}")
    if config.out is not None:
        write_results(config.out / "text.json", config, accuracies)


def trained(lines: Lines, config: Config, seed: int) -> jaxcnn.Run:
    data = jaxcnn.data.Dataset(lines.tokens(), lines.kinds, KINDS, "Python lines", kind="tokens")
    return jaxcnn.fit(
        NETWORK,
        data,
        epochs=config.epochs,
        batch_size=min(BATCH_SIZE, len(data)),
        tx=lambda steps: optax.adam(one_cycle(RATE, steps)),
        seed=seed,
        progress=False,
    )


def counted(learn: Lines, test: Lines, runs: tuple[int, int]) -> np.ndarray:
    """Predict the kinds by logistic regression on the counts of runs of characters."""
    count = CountVectorizer(analyzer="char", ngram_range=runs, lowercase=False, min_df=5)
    model = make_pipeline(count, MaxAbsScaler(), LogisticRegression(max_iter=200))
    return model.fit(learn.texts, learn.kinds).predict(test.texts)


def shuffled(lines: Lines, seed: int) -> Lines:
    """Shuffle the characters of each line."""
    rng = np.random.default_rng(seed)
    texts = ["".join(rng.permutation(list(text))) for text in lines.texts]
    return lines._replace(texts=np.array(texts))


def runs_by_kind(module: nnx.Module, lines: Lines) -> dict[str, list[list[str]]]:
    """Find for each kind the runs of characters to which its three main filters respond most.

    The main filters of a kind are those with the largest product of two numbers: the difference
    between their weight for the kind in the last layer and their largest weight for another kind,
    and the mean of their pooled outputs on lines of the kind.
    """
    tokens = lines.tokens()
    runs = [run for number in range(len(WIDTHS)) for run in runs_of_filters(module, lines, number)]
    largest = np.asarray(feature_maps(module, tokens, "2"))  # the output of dropout
    weights = np.asarray(nnx.state(module, nnx.Param)["layers"]["classifier"]["kernel"][...])
    best = {}
    for number, kind in enumerate(KINDS):
        others = np.delete(weights, number, axis=1).max(axis=1)
        adds = (weights[:, number] - others) * largest[lines.kinds == number].mean(axis=0)
        best[kind] = [runs[channel] for channel in np.argsort(-adds)[:3]]
    return best


def runs_of_filters(module: nnx.Module, lines: Lines, number: int) -> list[list[str]]:
    """Find five different runs of characters to which each filter of one width responds most."""
    top = top_activations(module, lines.tokens(), f"convolutions.{number}.0", count=40)
    runs = []
    for indices, positions in zip(top.images, top.positions[..., 0], strict=True):
        found = [
            str(lines.texts[index])[start : start + WIDTHS[number]]
            for index, start in zip(indices, positions, strict=True)
        ]
        runs.append([*dict.fromkeys(found)][:5])
    return runs


if __name__ == "__main__":
    config = tyro.cli(Config, description=__doc__)
    jaxcnn.set_up(devices=1, huge_pages=True)
    check_one_process()
    main(config)

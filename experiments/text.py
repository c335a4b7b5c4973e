"""Lines of Python's standard library: is it code, a comment or part of a docstring?

    python experiments/text.py

Every machine that runs this has the library, so nothing is downloaded. What marks the kinds (number
signs, quotes, indentation) is cut off; comments and docstrings are then both English, about code.
Lines to train and to test on come from different files, and a line that is there twice is left out.
Four ways to tell the kinds are compared:

letters          logistic regression on how often each character comes, whatever the order.
letter triples   logistic regression on how often each run of one to three characters comes.
network          `text_cnn`, which sees the characters in their order: an embedding, convolutions 3
                 to 7 characters wide, the largest value of each along the line, a dense layer.
shuffled         the same network on the same lines with their characters in random order.

Then it prints which characters the filters answer to that speak most for each kind. Intervals are
Student's t over seeds, each with files, lines and weights of its own; nothing was chosen by the
results. Measured results are in experiments/results/.
"""

import dataclasses
from pathlib import Path

import numpy as np
import optax
import tyro
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
    """What to compare.

    Attributes:
        files: How many of the library's files to draw lines from.
        train_lines: Lines of each kind to train on, at most.
        test_lines: Lines of each kind to test on, at most.
        epochs: How often the network sees them.
        seeds: How many draws of files, lines and weights.
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
        print(f"\nfilters that speak for {kind} answer most to")
        print(*("   ".join(map(repr, texts)) for texts in found), sep="\n")
    about = f"{len(learn.texts):,} lines to train on, {len(test.texts):,} to test on"
    print(f"\naccuracy, {about}, {config.seeds} seeds (95 % interval)")
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
    """What logistic regression says that knows how often runs of characters come."""
    count = CountVectorizer(analyzer="char", ngram_range=runs, lowercase=False, min_df=5)
    model = make_pipeline(count, MaxAbsScaler(), LogisticRegression(max_iter=200))
    return model.fit(learn.texts, learn.kinds).predict(test.texts)


def shuffled(lines: Lines, seed: int) -> Lines:
    """The same characters in each line, in random order."""
    rng = np.random.default_rng(seed)
    texts = ["".join(rng.permutation(list(text))) for text in lines.texts]
    return lines._replace(texts=np.array(texts))


def runs_by_kind(module: nnx.Module, lines: Lines) -> dict[str, list[list[str]]]:
    """For each kind, the runs of characters that three filters answer to most.

    They are those that do most for the kind, and more than for any other, on lines of that kind:
    by how much their weight in the last layer is above their next largest, times the mean of their
    largest values.
    """
    tokens = lines.tokens()
    runs = [run for number in range(len(WIDTHS)) for run in runs_of_filters(module, lines, number)]
    largest = np.asarray(feature_maps(module, tokens, "2"))  # what dropout passes on
    weights = np.asarray(nnx.state(module, nnx.Param)["layers"]["classifier"]["kernel"][...])
    best = {}
    for number, kind in enumerate(KINDS):
        others = np.delete(weights, number, axis=1).max(axis=1)
        adds = (weights[:, number] - others) * largest[lines.kinds == number].mean(axis=0)
        best[kind] = [runs[channel] for channel in np.argsort(-adds)[:3]]
    return best


def runs_of_filters(module: nnx.Module, lines: Lines, number: int) -> list[list[str]]:
    """What each filter of the convolutions of one width answers to most, five different runs."""
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
    main(config)

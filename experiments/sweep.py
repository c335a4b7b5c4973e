"""Search hyperparameters by Optuna, which prunes trainings that fall behind, on the digits.

    pip install optuna
    python experiments/sweep.py

A trial chooses a learning rate, a weight decay and a width, and trains a small network on 85% of
the training images. After each epoch it reports the loss on the other 15%. If this is worse than
the median of the earlier trials after the same epoch, the trial ends (Optuna's MedianPruner). The
best options and the middle of their ranges then train on all training images, with several seeds,
and are measured once on the test images, which chose nothing.
"""

import dataclasses
import math
from pathlib import Path

import optuna  # pyright: ignore[reportMissingImports]
import tyro
from _one_process import check_one_process
from _seeds import interval, write_results

import jaxcnn
from jaxcnn.training import one_cycle, sgd

BATCH_SIZE = 64
RATES, DECAYS, WIDTHS = (1e-3, 1.0), (1e-6, 1e-2), (4, 16)
MIDDLE = {"learning_rate": math.sqrt(1e-3), "weight_decay": 1e-4, "width": 8}
"""The middle of each range, on a logarithmic scale: what one would try without a search."""


@dataclasses.dataclass(frozen=True)
class Config:
    """The options of the search.

    Attributes:
        trials: Number of trainings, including pruned ones.
        epochs: Number of epochs of a training that is not pruned.
        seeds: Number of seeds of the final trainings.
        seed: Seed of the search.
        out: A folder for `sweep.json`.
    """

    trials: int = 30
    epochs: int = 10
    seeds: int = 4
    seed: int = 0
    out: Path | None = None


def main(config: Config) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    train, test = jaxcnn.data.digits()
    learn, validation = train.split(0.15, seed=config.seed)

    def objective(trial: optuna.Trial) -> float:
        options = {
            "learning_rate": trial.suggest_float("learning_rate", *RATES, log=True),
            "weight_decay": trial.suggest_float("weight_decay", *DECAYS, log=True),
            "width": trial.suggest_int("width", *WIDTHS, log=True),
        }

        def report(_, logs: jaxcnn.runs.Logs) -> bool:
            trial.report(logs["validation_loss"], logs["epoch"])
            return trial.should_prune()  # True ends the training

        run = trained(options, learn, config.epochs, validation=validation, on_epoch=report)
        if run.stopped == "on_epoch":
            raise optuna.TrialPruned
        return run.history[-1]["validation_loss"]

    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=config.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=2),
    )
    # A learning rate that is far too high is a trial without a result, not the end of the search.
    study.optimize(objective, config.trials, catch=jaxcnn.training.NonFiniteLossError)
    print("trial  ended     epochs  loss    learning rate  weight decay  width")
    for trial in study.trials:
        print(line_of(trial))
    epochs = sum(len(trial.intermediate_values) for trial in study.trials)
    print(f"{epochs} of {config.trials * config.epochs} epochs were trained")
    accuracies = {"best trial": [], "middle of the ranges": []}
    for seed in range(config.seeds):
        for found, options in zip(accuracies.values(), (study.best_params, MIDDLE), strict=True):
            run = trained(options, train, config.epochs, seed=seed)
            found.append(run.evaluate(test).accuracy)
    seeds = f"{config.seeds} seed{'s' * (config.seeds != 1)}"
    print(f"\ntest accuracy, n = {len(test)}, {seeds} (95% interval)")
    for name, found in accuracies.items():
        print(f"{name:22} {interval(found)}")
    if config.out is not None:
        write_results(config.out / "sweep.json", config, accuracies)


def trained(
    options: dict[str, float], data: jaxcnn.data.Dataset, epochs: int, **more
) -> jaxcnn.Run:
    width = int(options["width"])
    net = jaxcnn.Sequential(
        [
            *(jaxcnn.Conv(width, 3), jaxcnn.BatchNorm(), jaxcnn.Activation("relu")),
            jaxcnn.MaxPool(2),
            *(jaxcnn.Conv(2 * width, 3), jaxcnn.BatchNorm(), jaxcnn.Activation("relu")),
            *(jaxcnn.GlobalAvgPool(), jaxcnn.Dense(data.num_classes)),
        ]
    )

    def optimizer(steps: int):
        rate = one_cycle(options["learning_rate"], steps)
        return sgd(rate, weight_decay=options["weight_decay"])

    return jaxcnn.fit(
        net,
        data,
        epochs=epochs,
        batch_size=BATCH_SIZE,
        tx=optimizer,
        progress=False,
        **more,
    )


def line_of(trial: optuna.trial.FrozenTrial) -> str:
    reported, chosen = trial.intermediate_values, trial.params
    loss = f"{reported[max(reported)]:.4f}" if reported else ""
    ended = f"{trial.number:<5}  {trial.state.name.lower():8}  {len(reported):<6}  {loss:6}"
    numbers = f"{chosen['learning_rate']:<13.4f}  {chosen['weight_decay']:<12.1e}"
    return f"{ended}  {numbers}  {chosen['width']}"


if __name__ == "__main__":
    config = tyro.cli(Config, description=__doc__)
    jaxcnn.set_up(devices=1, huge_pages=True)
    check_one_process()
    main(config)

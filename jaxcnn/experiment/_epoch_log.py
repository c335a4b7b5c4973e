"""Metrics of each epoch of an experiment: in its files, and in loggers if requested."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from jaxcnn._support.extras import import_extra
from jaxcnn.experiment._config import Config
from jaxcnn.runs import (
    Logs,
    MetricLogger,
    append_epoch,
    import_mlflow,
    import_tensorboard,
    mlflow_logger,
    tensorboard_logger,
    wandb_logger,
)
from jaxcnn.training import TrainState

OnEpoch = Callable[[TrainState, Logs], None]


def import_loggers(config: Config) -> None:
    """Import the packages that metrics are logged to, before a long training.

    Raises:
        ImportError: If one is missing; the message says how to install it.
    """
    if config.tensorboard:
        import_tensorboard()
    if config.wandb is not None:
        import_extra("wandb")
    if config.mlflow is not None:
        import_mlflow()


@contextmanager
def epoch_log(folder: Path, config: Config, record: Mapping[str, Any]) -> Iterator[OnEpoch]:
    """Open the logs of a run; yield the function that appends the metrics of an epoch.

    Args:
        folder: The folder of the run, by whose name loggers call it.
        config: The options that say which loggers are used.
        record: The options that loggers show beside the metrics.
    """
    with ExitStack() as stack:
        loggers = [stack.enter_context(logger) for logger in _open(folder, config, record)]

        def log(_: TrainState, logs: Logs) -> None:
            append_epoch(logs, folder)
            for logger in loggers:
                logger.log_epoch(logs)

        yield log


def _open(folder: Path, config: Config, record: Mapping[str, Any]) -> Iterator[MetricLogger]:
    """Open the loggers one by one, so that those before one that fails are closed."""
    if config.tensorboard:
        yield tensorboard_logger(folder)
    if config.wandb is not None:
        yield wandb_logger(config.wandb, config=record, name=folder.name)
    if config.mlflow is not None:
        yield mlflow_logger(config.mlflow, config=record, name=folder.name)

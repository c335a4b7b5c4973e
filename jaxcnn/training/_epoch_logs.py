"""The metrics of an epoch, for the history and for the caller's functions."""

from typing import Any

from jaxcnn.data import LabeledImages, Loss
from jaxcnn.inference import Network
from jaxcnn.runs import Logs
from jaxcnn.training._norms import recorded_norms
from jaxcnn.training._state import TrainState
from jaxcnn.training.checkpoints._record import EpochSums


def epoch_logs(epoch: int, state: TrainState, sums: EpochSums) -> Logs:
    """Return the metrics of an epoch, from 0, without those of an evaluation."""
    accuracy = sums.accuracy
    logs: dict[str, Any] = {
        "epoch": epoch + 1,
        "step": int(state.step),
        "train_loss": sums.mean_loss,
        **({} if accuracy is None else {"train_accuracy": accuracy}),
        "learning_rate": sums.learning_rate,
        "seconds": sums.seconds,
        "images_per_second": sums.images / sums.seconds,
    }
    return logs | recorded_norms(state.opt_state)


def validation_logs(
    network: Network, validation: LabeledImages, loss: Loss | None, devices: int | None
) -> Logs:
    """Evaluate a network on a validation set, for the logs of an epoch."""
    evaluation = network.evaluate(validation, loss=loss, devices=devices)
    logs: Logs = {"validation_loss": evaluation.loss}
    if evaluation.accuracy is not None:
        logs["validation_accuracy"] = evaluation.accuracy
    return logs

"""The metrics of an epoch, for the history and for the caller's functions."""

from jaxcnn.runs import Logs
from jaxcnn.training._norms import recorded_norms
from jaxcnn.training._state import TrainState
from jaxcnn.training.checkpoints._record import EpochSums


def epoch_logs(epoch: int, state: TrainState, sums: EpochSums) -> Logs:
    """Return the metrics of an epoch, from 0, without those of an evaluation."""
    accuracy = sums.accuracy
    logs = {
        "epoch": epoch + 1,
        "step": int(state.step),
        "train_loss": sums.mean_loss,
        **({} if accuracy is None else {"train_accuracy": accuracy}),
        "learning_rate": sums.learning_rate,
        "seconds": sums.seconds,
        "images_per_second": sums.images / sums.seconds,
    }
    return Logs({**logs, **recorded_norms(state.opt_state)})

"""Training: state, steps, optimizers, and `fit`."""

from jaxcnn.training._fit import default_optimizer, fit
from jaxcnn.training._losses import multilabel_cross_entropy
from jaxcnn.training._network import Evaluation, Network, evaluate
from jaxcnn.training._normalization import Normalization
from jaxcnn.training._optimizer import Optimizer, max_norm, one_cycle, sgd, time_decay
from jaxcnn.training._pure import Apply, Variables, purify
from jaxcnn.training._state import TrainState
from jaxcnn.training._step import Loss, Metrics, eval_step, train_step
from jaxcnn.training._thresholds import best_thresholds
from jaxcnn.training._trained import Logs, NonFiniteLossError, Trained

__all__ = [
    "Apply",
    "Evaluation",
    "Logs",
    "Loss",
    "Metrics",
    "Network",
    "NonFiniteLossError",
    "Normalization",
    "Optimizer",
    "TrainState",
    "Trained",
    "Variables",
    "best_thresholds",
    "default_optimizer",
    "eval_step",
    "evaluate",
    "fit",
    "max_norm",
    "multilabel_cross_entropy",
    "one_cycle",
    "purify",
    "sgd",
    "time_decay",
    "train_step",
]

"""Training: state, steps, optimizers, and `fit`."""

from jaxcnn.training._assemble import OptimizerOfRate
from jaxcnn.training._batch import Mixing
from jaxcnn.training._by_path import by_path
from jaxcnn.training._dry_run import dry_run
from jaxcnn.training._dry_run_result import DryRun, StepTaken
from jaxcnn.training._early_stopping import EarlyStopping
from jaxcnn.training._ensemble import fit_ensemble
from jaxcnn.training._ensemble_result import (
    Ensemble,
    EnsembleEvaluation,
    disagreement,
    mean_interval,
)
from jaxcnn.training._fit import fit
from jaxcnn.training._gradients import Loss, Metrics
from jaxcnn.training._inference import Evaluation, evaluate
from jaxcnn.training._layer_lines import LayerLine
from jaxcnn.training._lookahead import lookahead
from jaxcnn.training._losses import multilabel_cross_entropy
from jaxcnn.training._memory import StepMemory
from jaxcnn.training._muon import muon
from jaxcnn.training._network import Network
from jaxcnn.training._normalization import IMAGENET, Normalization
from jaxcnn.training._norms import norms, record_norms
from jaxcnn.training._optimizer import (
    Optimizer,
    max_norm,
    one_cycle,
    one_cycle_sgd,
    sgd,
    time_decay,
)
from jaxcnn.training._overfit import Overfit, overfit_one_batch
from jaxcnn.training._prepare import default_optimizer
from jaxcnn.training._pure import Apply, Variables, purify
from jaxcnn.training._rate_range import RateRange, constant_sgd, learning_rate_range
from jaxcnn.training._schedules import cosine_restarts, warmup_cosine
from jaxcnn.training._state import TrainState
from jaxcnn.training._step import eval_step, train_step
from jaxcnn.training._thresholds import best_thresholds
from jaxcnn.training._trained import Logs, NonFiniteLossError, Trained

__all__ = [
    "IMAGENET",
    "Apply",
    "DryRun",
    "EarlyStopping",
    "Ensemble",
    "EnsembleEvaluation",
    "Evaluation",
    "LayerLine",
    "Logs",
    "Loss",
    "Metrics",
    "Mixing",
    "Network",
    "NonFiniteLossError",
    "Normalization",
    "Optimizer",
    "OptimizerOfRate",
    "Overfit",
    "RateRange",
    "StepMemory",
    "StepTaken",
    "TrainState",
    "Trained",
    "Variables",
    "best_thresholds",
    "by_path",
    "constant_sgd",
    "cosine_restarts",
    "default_optimizer",
    "disagreement",
    "dry_run",
    "eval_step",
    "evaluate",
    "fit",
    "fit_ensemble",
    "learning_rate_range",
    "lookahead",
    "max_norm",
    "mean_interval",
    "multilabel_cross_entropy",
    "muon",
    "norms",
    "one_cycle",
    "one_cycle_sgd",
    "overfit_one_batch",
    "purify",
    "record_norms",
    "sgd",
    "time_decay",
    "train_step",
    "warmup_cosine",
]

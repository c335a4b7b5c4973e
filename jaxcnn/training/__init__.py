"""Train networks: in one call, as an ensemble, or step by step with a pure function.

| task | where |
|---|---|
| Train a network | `fit`, its options `Plan`, `EarlyStopping`, `NonFiniteLossError` |
| Fine-tune a trained network | `fine_tune`, its options `FineTuning`, `layer_wise_rates` |
| End a training early | `StopTraining`, and the options `max_steps` and `max_seconds` |
| Train an ensemble | `fit_ensemble`, `Ensemble`, `mean_interval`, `disagreement` |
| Train on k folds | `cross_validate`, `CrossValidation` |
| Resume a training that was cut off | `Checkpoints`, `CheckpointError`, `Terminated` |
| See how far a training came | `unfinished_checkpoints` |
| Run the last steps of a training again | `verify_training` |
| Learn from a trained teacher | `distillation_from` |
| Check before a long run | `dry_run`, `overfit_one_batch`, `learning_rate_range` |
| Write a custom training loop | `train_step`, `TrainState`, `Mixing`, `fsdp_spec` |
| Choose an optimizer | `sgd`, `muon`, `lookahead`, `max_norm`, `scale_by_path` |
| Schedule the learning rate | `one_cycle`, `warmup_cosine`, `cosine_restarts`, `time_decay` |
| Watch gradients and updates | `record_norms`, `recorded_norms`, `norms_per_layer` |

Each option of `fit` is a field of `Plan`. The docstring of `fit` explains the options. `_setup.py`
and `_learning_step.py` apply them when they make the training step.
"""

from jaxcnn.training._cross_validate import CrossValidation, cross_validate
from jaxcnn.training._distillation import distillation_from
from jaxcnn.training._dry_run import dry_run
from jaxcnn.training._dry_run_result import DryRun, LayerReport, StepCheck
from jaxcnn.training._early_stopping import EarlyStopping
from jaxcnn.training._ensemble import fit_ensemble
from jaxcnn.training._ensemble_result import (
    Ensemble,
    EnsembleEvaluation,
    disagreement,
    mean_interval,
)
from jaxcnn.training._ensemble_setup import OptimizerFactory
from jaxcnn.training._fine_tune import fine_tune
from jaxcnn.training._fine_tuning import FineTuning
from jaxcnn.training._fit import fit
from jaxcnn.training._freezing import Freeze
from jaxcnn.training._layer_rates import layer_wise_rates
from jaxcnn.training._learning_rates import (
    cosine_restarts,
    one_cycle,
    scale_by_path,
    time_decay,
    warmup_cosine,
)
from jaxcnn.training._loop import NonFiniteLossError
from jaxcnn.training._norms import norms_per_layer, record_norms, recorded_norms
from jaxcnn.training._optimizers import (
    Optimizer,
    default_optimizer,
    lookahead,
    max_norm,
    muon,
    one_cycle_adam,
    one_cycle_sgd,
    sgd,
)
from jaxcnn.training._overfit import OverfitResult, overfit_one_batch
from jaxcnn.training._placement import Shard, fsdp_spec
from jaxcnn.training._plan import Plan
from jaxcnn.training._rate_range import constant_sgd, learning_rate_range
from jaxcnn.training._rate_range_result import RateRange
from jaxcnn.training._state import Mixing, TrainState
from jaxcnn.training._step import train_step
from jaxcnn.training._step_memory import StateMemory, StepMemory
from jaxcnn.training._stopping import StopTraining
from jaxcnn.training._terminal import Terminated
from jaxcnn.training._unfinished import unfinished_checkpoints
from jaxcnn.training._verify_training import verify_training
from jaxcnn.training.checkpoints._identity import LIMITS, changed_options
from jaxcnn.training.checkpoints._settings import CheckpointError, Checkpoints, Resume

__all__ = [
    "LIMITS",
    "CheckpointError",
    "Checkpoints",
    "CrossValidation",
    "DryRun",
    "EarlyStopping",
    "Ensemble",
    "EnsembleEvaluation",
    "FineTuning",
    "Freeze",
    "LayerReport",
    "Mixing",
    "NonFiniteLossError",
    "Optimizer",
    "OptimizerFactory",
    "OverfitResult",
    "Plan",
    "RateRange",
    "Resume",
    "Shard",
    "StateMemory",
    "StepCheck",
    "StepMemory",
    "StopTraining",
    "Terminated",
    "TrainState",
    "changed_options",
    "constant_sgd",
    "cosine_restarts",
    "cross_validate",
    "default_optimizer",
    "disagreement",
    "distillation_from",
    "dry_run",
    "fine_tune",
    "fit",
    "fit_ensemble",
    "fsdp_spec",
    "layer_wise_rates",
    "learning_rate_range",
    "lookahead",
    "max_norm",
    "mean_interval",
    "muon",
    "norms_per_layer",
    "one_cycle",
    "one_cycle_adam",
    "one_cycle_sgd",
    "overfit_one_batch",
    "record_norms",
    "recorded_norms",
    "scale_by_path",
    "sgd",
    "time_decay",
    "train_step",
    "unfinished_checkpoints",
    "verify_training",
    "warmup_cosine",
]

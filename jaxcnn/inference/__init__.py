"""A network with its weights: predictions, evaluation, and their building blocks.

| question | where |
|---|---|
| What does it predict, and how good is it? | `Network`, `Evaluation`, `evaluate`, `Predictions` |
| How does it predict faster? | `Network.compile`, `CompiledNetwork`, `compile_predictions` |
| How does it take images larger than memory? | `Network.predict_tiled`, `Network.backbone` |
| How probable must a label be to be predicted? | `best_thresholds` |
| How does a Flax module become a pure function? | `functionalize`, `Apply`, `Variables` |
| How are pixels normalized? | `Normalization`, `IMAGENET` |
| How are losses and accuracies added up over batches? | `eval_step`, `Metrics` |
| How do devices share a batch? | `batch_mesh`, `replicate`, `split_batch` |
"""

from jaxcnn.inference._compiled import INPUT_DTYPES, CompiledNetwork, compile_predictions
from jaxcnn.inference._devices import (
    BATCH,
    batch_mesh,
    first_copy,
    over_devices,
    own_share,
    replicate,
    share_size,
    split_batch,
)
from jaxcnn.inference._evaluate import (
    BATCH_SIZE,
    UNCHANGED,
    Evaluation,
    SetOutputs,
    evaluate,
    evaluation_of,
)
from jaxcnn.inference._input_checks import as_input_shape
from jaxcnn.inference._layers_and_arrays import layers_and_arrays
from jaxcnn.inference._metrics import (
    Metrics,
    batch_metrics,
    eval_step,
    loss_per_example,
    sum_over_axis,
)
from jaxcnn.inference._named_classes import NamedClasses
from jaxcnn.inference._network import Network
from jaxcnn.inference._normalization import IMAGENET, Normalization, spread_channels
from jaxcnn.inference._origin import Origin
from jaxcnn.inference._predictions import Predictions, logits_of, outputs_on
from jaxcnn.inference._pure import Apply, Variables, functionalize
from jaxcnn.inference._set_checks import check_dataset, check_same_classes, check_same_task
from jaxcnn.inference._shared_batches import blank_batch, read_batches
from jaxcnn.inference._thresholds import (
    best_thresholds,
    check_has_classes,
    check_thresholds,
    top_classes,
)
from jaxcnn.inference._tiled import TiledInference
from jaxcnn.inference._vocabulary import check_tokens, check_vocabulary, vocabulary_size

__all__ = [
    "BATCH",
    "BATCH_SIZE",
    "IMAGENET",
    "INPUT_DTYPES",
    "UNCHANGED",
    "Apply",
    "CompiledNetwork",
    "Evaluation",
    "Metrics",
    "NamedClasses",
    "Network",
    "Normalization",
    "Origin",
    "Predictions",
    "SetOutputs",
    "TiledInference",
    "Variables",
    "as_input_shape",
    "batch_mesh",
    "batch_metrics",
    "best_thresholds",
    "blank_batch",
    "check_dataset",
    "check_has_classes",
    "check_same_classes",
    "check_same_task",
    "check_thresholds",
    "check_tokens",
    "check_vocabulary",
    "compile_predictions",
    "eval_step",
    "evaluate",
    "evaluation_of",
    "first_copy",
    "functionalize",
    "layers_and_arrays",
    "logits_of",
    "loss_per_example",
    "outputs_on",
    "over_devices",
    "own_share",
    "read_batches",
    "replicate",
    "share_size",
    "split_batch",
    "spread_channels",
    "sum_over_axis",
    "top_classes",
    "vocabulary_size",
]

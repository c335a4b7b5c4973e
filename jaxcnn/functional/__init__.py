"""Pure functions for convolutional networks, from arrays to arrays, without modules or state.

| topic | functions |
|---|---|
| Convolution | `conv` (also transposed, depthwise, separable), `conv_general_dilated`, `patches` |
| Pooling | `max_pool`, `min_pool`, `avg_pool`; global and adaptive pooling; `max_unpool` |
| Activations | those of `jax.nn`, and `exact_gelu`, `heaviside`, `thresholded_relu` |
| Classification losses | `softmax_cross_entropy`, `binary_cross_entropy`, `hinge_loss`, ... |
| Regression losses | `mean_squared_error`, `half_squared_error`, `mean_absolute_error` |
| Classification metrics | `accuracy`, `balanced_accuracy`, `precision_recall_f1`, `roc_auc`, ... |
| Multilabel metrics | `exact_match_ratio`, `hamming_loss`, `average_precision`, ... |
| Regression metrics | `r2_score` |
| Uncertainty | `wilson_interval`, `normal_interval`, `paired_difference_interval`, ... |
| Distributions | `entropy`, `kl_divergence` |
| Counting | `conv_parameters`, `conv_macs`, `count_parameters`, ... |
| Shapes without arrays | `conv_output_shape`, `pool_output_shape`, `conv_window`, ... |
| Fixed filters | `filters`: lines, Sobel, Gabor |

Each file covers one topic of the table, or part of a topic. Losses return one value per example, or
per element.
"""

from jax.nn import (
    elu,
    gelu,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    hard_tanh,
    leaky_relu,
    log_softmax,
    mish,
    one_hot,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)

from jaxcnn.functional import filters
from jaxcnn.functional._accuracy import accuracy, top_k, top_k_accuracy
from jaxcnn.functional._activations import exact_gelu, heaviside, thresholded_relu
from jaxcnn.functional._agreement import cohen_kappa, matthews_corrcoef
from jaxcnn.functional._binary_cross_entropy import (
    binary_cross_entropy,
    multilabel_cross_entropy,
    sigmoid_binary_cross_entropy,
    sigmoid_focal_loss,
)
from jaxcnn.functional._calibration import (
    brier_score,
    confidence_bin,
    expected_calibration_error,
    wilson_interval,
)
from jaxcnn.functional._confusion import (
    PrecisionRecallF1,
    balanced_accuracy,
    confusion_matrix,
    precision_recall_f1,
)
from jaxcnn.functional._conv import conv
from jaxcnn.functional._conv_general_dilated import conv_general_dilated
from jaxcnn.functional._conv_transpose import conv_transpose
from jaxcnn.functional._counting import (
    conv_macs,
    conv_parameters,
    count_parameters,
    dense_macs,
    dense_parameters,
    parameters_by_subtree,
    pool_parameters,
)
from jaxcnn.functional._cross_entropy import (
    entropy,
    kl_divergence,
    softmax_cross_entropy,
    softmax_cross_entropy_with_integer_labels,
)
from jaxcnn.functional._distillation import distillation_loss
from jaxcnn.functional._global_pooling import (
    adaptive_avg_pool,
    adaptive_max_pool,
    global_avg_pool,
    global_max_pool,
)
from jaxcnn.functional._hinge import hinge_loss, multiclass_hinge_loss
from jaxcnn.functional._multilabel import (
    average_precision,
    exact_match_ratio,
    hamming_loss,
    mean_average_precision,
    multilabel_confusion_matrix,
    multilabel_precision_recall_f1,
)
from jaxcnn.functional._padding import (
    NAMED_PADDINGS,
    PaddingLike,
    PaddingName,
    resolve_padding,
)
from jaxcnn.functional._paired import mcnemar_p_value, paired_difference_interval
from jaxcnn.functional._patches import fold, patches
from jaxcnn.functional._pooling import avg_pool, max_pool, min_pool
from jaxcnn.functional._regression import (
    half_squared_error,
    mean_absolute_error,
    mean_squared_error,
    normal_interval,
    r2_score,
)
from jaxcnn.functional._resolve import conv_transpose_window, conv_window, pool_window
from jaxcnn.functional._roc import RocCurve, roc_auc, roc_curve
from jaxcnn.functional._separable_conv import depthwise_conv, separable_conv
from jaxcnn.functional._shapes import (
    conv_output_shape,
    conv_transpose_output_shape,
    pool_output_shape,
)
from jaxcnn.functional._unpooling import max_pool_with_argmax, max_unpool

__all__ = [
    "NAMED_PADDINGS",
    "PaddingLike",
    "PaddingName",
    "PrecisionRecallF1",
    "RocCurve",
    "accuracy",
    "adaptive_avg_pool",
    "adaptive_max_pool",
    "average_precision",
    "avg_pool",
    "balanced_accuracy",
    "binary_cross_entropy",
    "brier_score",
    "cohen_kappa",
    "confidence_bin",
    "confusion_matrix",
    "conv",
    "conv_general_dilated",
    "conv_macs",
    "conv_output_shape",
    "conv_parameters",
    "conv_transpose",
    "conv_transpose_output_shape",
    "conv_transpose_window",
    "conv_window",
    "count_parameters",
    "dense_macs",
    "dense_parameters",
    "depthwise_conv",
    "distillation_loss",
    "elu",
    "entropy",
    "exact_gelu",
    "exact_match_ratio",
    "expected_calibration_error",
    "filters",
    "fold",
    "gelu",
    "global_avg_pool",
    "global_max_pool",
    "half_squared_error",
    "hamming_loss",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "heaviside",
    "hinge_loss",
    "kl_divergence",
    "leaky_relu",
    "log_softmax",
    "matthews_corrcoef",
    "max_pool",
    "max_pool_with_argmax",
    "max_unpool",
    "mcnemar_p_value",
    "mean_absolute_error",
    "mean_average_precision",
    "mean_squared_error",
    "min_pool",
    "mish",
    "multiclass_hinge_loss",
    "multilabel_confusion_matrix",
    "multilabel_cross_entropy",
    "multilabel_precision_recall_f1",
    "normal_interval",
    "one_hot",
    "paired_difference_interval",
    "parameters_by_subtree",
    "patches",
    "pool_output_shape",
    "pool_parameters",
    "pool_window",
    "precision_recall_f1",
    "r2_score",
    "relu",
    "relu6",
    "resolve_padding",
    "roc_auc",
    "roc_curve",
    "selu",
    "separable_conv",
    "sigmoid",
    "sigmoid_binary_cross_entropy",
    "sigmoid_focal_loss",
    "silu",
    "softmax",
    "softmax_cross_entropy",
    "softmax_cross_entropy_with_integer_labels",
    "softplus",
    "tanh",
    "thresholded_relu",
    "top_k",
    "top_k_accuracy",
    "wilson_interval",
]

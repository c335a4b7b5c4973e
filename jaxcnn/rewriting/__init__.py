"""Trained networks as smaller ones that predict the same, with the error measured.

| question | where |
|---|---|
| How does a network lose its batch norms and dropout? | `rewrite`, `STEPS` |
| What was rewritten, and how large is the error? | `RewrittenNetwork`, `RewriteStep` |

- `_tree` turns a network as data into a tree of layers with their arrays, and back.
- Each step is a pure function in its own file: `_remove_dropout`, `_fold_batch_norms`,
  `_dense_after_pooling` and `_merge_pointwise`; `_linear` is what they know of layers with kernels.
- `_rewrite` applies the steps, and `_measure` compares the logits after each of them.
"""

from jaxcnn.rewriting._result import RewriteStep, RewrittenNetwork
from jaxcnn.rewriting._rewrite import STEPS, StepName, rewrite

__all__ = ["STEPS", "RewriteStep", "RewrittenNetwork", "StepName", "rewrite"]

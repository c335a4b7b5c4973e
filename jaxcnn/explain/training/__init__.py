"""Show how training went, and the network's weights and gradients.

- `_history_curves`: loss, accuracy, learning rate and norms, epoch by epoch.
- `_learning_rate_range`: the result of `jaxcnn.training.learning_rate_range`.
- `_gradient_norms`: the gradient norm of each layer. `_weight_histograms`: the weights of each
  array.
- `_loss_surface`: the loss on a plane through the weights.
"""

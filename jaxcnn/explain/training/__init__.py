"""How training went, and what the network's weights and gradients are like.

- `_history_curves`: loss, accuracy, learning rate and norms, epoch by epoch.
- `_learning_rate_range`: what came of each rate of `jaxcnn.training.learning_rate_range`.
- `_gradient_norms`: the gradient of each layer. `_weight_histograms`: how its weights are spread.
- `_loss_surface`: the loss on a plane through the weights.
"""

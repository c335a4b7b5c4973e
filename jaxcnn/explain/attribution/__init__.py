"""Which pixels an answer rests on: one file per method, or per two of a kind.

- By gradients: `saliency`, `smooth_grad`, `integrated_gradients`; with another backward pass
  through ReLU: `guided_backprop` and `deconvnet`.
- By the maps of a layer: `grad_cam`, `grad_cam_plus_plus`. By covering pixels: `occlusion`.
- `_every_class` makes any of them explain all classes; `_plot_attributions` is their picture.
- `_saliency` also holds what the others share: the gradient of a score, weighted sums, baselines.
"""

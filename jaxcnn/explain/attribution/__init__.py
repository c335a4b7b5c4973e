"""Attribution methods, one or two per file: they show the pixels that a score depends on.

- With gradients: `saliency`, `smooth_grad`, `integrated_gradients`. With a modified backward pass
  through ReLU: `guided_backprop`, `deconvnet`.
- With a layer's feature maps: `grad_cam`, `grad_cam_plus_plus`. By covering pixels: `occlusion`.
- `_every_class` applies a method to all classes. `_plot_attributions` draws the maps.
- `_saliency` also has the functions that the methods share: the gradient of a score, weighted sums,
  baselines.
"""

"""Augmentation: change training images at random, and show test images in several views.

- `_augmentation` applies an augmentation to a batch; `_fields` checks its fields and writes JSON.
- Its transforms: `_geometric` (flip, shift, rotate, scale, shear), `_photometric` (brightness,
  contrast, saturation, hue, blur) and `_occlusion` (cutout, random erasing).
- Several at once: `_rand_augment`. Two images in one: `_mixing` (mixup and CutMix).
- At test time: `_views`. All of them agree on what a pixel is by `_pixels`.
"""

"""Augmentation: change training images at random, and show test images in several views.

- The policy: `_augmentation` applies one to a batch; `_policy` checks its fields and writes JSON.
- Geometry: `_affine` (rotate, scale, shear) and `_flip_shift_cutout`. Occlusion: `_erase`.
- Photometry: `_color` (brightness, contrast, saturation, hue) and `_blur`.
- Several at once: `_rand_augment`. Two images in one: `_mixing` (mixup and CutMix).
- At test time: `_views`. All of them agree on what a pixel is by `_pixels`.
"""

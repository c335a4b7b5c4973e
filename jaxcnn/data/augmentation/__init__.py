"""Augmentation: change training images at random, and average predictions over several views.

- `_augmentation` applies an augmentation to a batch, by `_chain`, the order of all changes;
  `_fields` checks its fields and converts them to and from JSON.
- Its transforms: `_flips`, `_geometric` (shift, rotate, scale, shear), `_crop`, `_photometric`
  (brightness, contrast, saturation, hue, blur) and `_occlusion` (cutout, random erasing).
- `_rand_augment` combines several operations; `_mixing` combines two images (mixup and CutMix).
- `_views` is test-time augmentation.
- `_pixels` defines the range and the dtypes of pixels for all of them.
"""

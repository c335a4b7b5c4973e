"""Show what layers compute.

- `animate_convolution` and `animate_pooling` slide a window over an image, with `_sliding_window`.
- `_filters`: what the filters of a convolution look like.
- `_feature_maps`: what the layers compute from images.
"""

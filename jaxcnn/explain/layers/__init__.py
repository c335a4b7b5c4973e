"""What layers do.

- `animate_convolution` and `animate_pooling` slide a window over numbers, by `_sliding_window`.
- `_filters`: what the filters of a convolution look like.
- `_feature_maps`: what the layers make of images.
"""

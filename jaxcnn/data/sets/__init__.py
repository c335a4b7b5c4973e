"""Data sets that come with jaxcnn: published ones, which are downloaded, and generated ones.

- Published: `_cifar` (CIFAR-10 and CIFAR-100), `_mnist` (MNIST and Fashion-MNIST, in IDX files) and
  `_digits` (scikit-learn's). `_find_set` looks for them on this machine, `_download` fetches their
  files against checksums, `_archive` unpacks what it does not trust.
- Generated: `_x_or_o` (the two letters, deformed) and `_glyphs` (the guides' small pictures).
"""

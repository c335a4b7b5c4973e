"""Data sets that come with jaxcnn: published ones, which are downloaded, and generated ones.

- Published: `_cifar` (CIFAR-10 and CIFAR-100), `_mnist` (MNIST and Fashion-MNIST, in IDX files) and
  `_digits` (scikit-learn's). `_download` finds them on this machine, or
  fetches their files against checksums and unpacks what it does not trust; `_published` lists which
  are here.
- Generated: `_x_or_o` (the two letters, deformed, and the guides' small pictures of them).
"""

"""Data sets that come with jaxcnn: published ones, which are downloaded, and generated ones.

- Published: `_cifar` (CIFAR-10 and CIFAR-100), `_mnist` (MNIST and Fashion-MNIST, in IDX files) and
  `_digits` (scikit-learn's). `_download` finds them on this machine, or downloads their files,
  verifies checksums and unpacks the archives defensively. `_published` lists the sets that are on
  this machine.
- Generated: `_x_or_o` (the two letters, deformed). `guide_images` has the small images of the
  guides.
"""

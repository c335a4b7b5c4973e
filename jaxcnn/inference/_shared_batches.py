"""Batches of a set that devices share, in eval mode."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from jax.sharding import Mesh

from jaxcnn.data import Dataset, LabeledImages, LabeledSequence, padded_batches, stream_batches
from jaxcnn.distributed import in_lockstep
from jaxcnn.inference._devices import batch_mesh, own_share, replicate, share_size, split_batch
from jaxcnn.inference._pure import Variables


def labeled_batches(
    dataset: LabeledImages, batch_size: int, mesh: Mesh, everywhere: bool = False
) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield images, labels and masks of this process's share of each batch.

    With `everywhere`, all processes take the batches, and all raise an error after the last one if
    one of them cannot read its share.
    """
    batches = shared_batches(len(dataset), batch_size, mesh)
    indices, masks = (own_share(mesh, each) for each in batches)
    images = read_batches(dataset, indices)
    if everywhere:
        images = in_lockstep(images, len(indices), partial(blank_batch, dataset, indices.shape[1]))
    for batch_indices, mask, batch in zip(indices, masks, images, strict=True):
        yield batch, dataset.labels[batch_indices], mask


def blank_batch(dataset: LabeledImages, examples: int) -> np.ndarray:
    """Return zeros in place of examples of a set, ``(examples, H, W, C)``, in its dtype."""
    dtype = dataset.dtype if isinstance(dataset, LabeledSequence) else np.uint8
    if isinstance(dataset, Dataset):
        dtype = dataset.images.dtype
    return np.zeros((examples, *dataset.input_shape), dtype)


def read_batches(dataset: LabeledImages, indices: np.ndarray) -> Iterator[np.ndarray]:
    """Read the images ``(B, H, W, C)`` of each row of `indices`; files are streamed."""
    if isinstance(dataset, Dataset):
        return map(dataset.read, indices)
    return stream_batches(dataset, indices)


def shared_batches(examples: int, batch_size: int, mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Return indices and masks of batches that the devices can share equally."""
    return padded_batches(examples, share_size(min(batch_size, examples), mesh) * mesh.size)


def mesh_for(examples: int, devices: int | None, everywhere: bool = False) -> Mesh:
    """Return the mesh for a set; one device for a set with fewer examples than devices."""
    mesh = batch_mesh(devices, everywhere=everywhere)
    return mesh if examples >= mesh.size else batch_mesh(1)


def on_all_devices(mesh: Mesh, variables: Variables) -> Variables:
    """Copy a network's arrays to all devices of a mesh."""
    return variables if mesh.size == 1 else replicate(mesh, variables)


def on_mesh(mesh: Mesh, *batch: np.ndarray) -> tuple[Any, ...]:
    """Split the arrays of a batch over the devices of a mesh."""
    return batch if mesh.size == 1 else split_batch(mesh, batch)

import re
import subprocess
import sys
from collections import Counter

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import split_over_two_axes
from arrays import normal
from compiling import jit_quickly
from jax import lax
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P
from taken import every_convolution

import jaxcnn
from jaxcnn import functional as F
from jaxcnn.lowering._partitioning import SPLIT

IMAGES, KERNEL = normal(4, 6, 6, 4), normal(3, 3, 4, 4, seed=1)


GATHERS = r" (all-gather|all-to-all|collective-permute)(?:-start)?\("


def mesh(axis_type=AxisType.Auto):
    return jax.make_mesh((2,), ("batch",), axis_types=(axis_type,), devices=jax.devices()[:2])


def convolve(images, kernel, function=F.conv_general_dilated):
    layout = ("NHWC", "HWIO", "NHWC")
    groups = images.shape[3] // kernel.shape[2]
    return function(
        images, kernel, (1, 1), "SAME", dimension_numbers=layout, feature_group_count=groups
    )


def loss(images, kernel, function=F.conv_general_dilated):
    return jnp.sum(convolve(images, kernel, function) ** 2)


def sharded(images, kernel, axis_type=AxisType.Auto):
    devices = mesh(axis_type)
    return (
        jax.device_put(images, NamedSharding(devices, P("batch"))),
        jax.device_put(kernel, NamedSharding(devices, P())),
    )


@pytest.mark.thorough
@pytest.mark.parametrize("check_vma", [True, False])
def test_shard_map(check_vma):
    def gradients(images, kernel):
        # The kernel's gradient is summed over devices by `shard_map` where it checks, else here.
        value, (of_images, of_kernel) = jax.value_and_grad(loss, (0, 1))(images, kernel)
        of_kernel = of_kernel if check_vma else lax.psum(of_kernel, "batch")
        return lax.psum(value, "batch"), of_images, of_kernel

    with every_convolution() as taken:
        mapped = jax.shard_map(
            gradients,
            mesh=mesh(),
            in_specs=(P("batch"), P()),
            out_specs=(P(), P("batch"), P()),
            check_vma=check_vma,
        )
        ours = jax.jit(mapped)(IMAGES, KERNEL)
        assert len(taken) == 3
        assert taken[0].batch == 2
    reference = jit_quickly(jax.value_and_grad(loss, (0, 1)), static_argnums=2)
    value, others = reference(IMAGES, KERNEL, lax.conv_general_dilated)
    for mine, other in zip(ours, (value, *others), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-4)


def test_fast_convolutions_in_shard_map():
    with every_convolution() as taken, jaxcnn.fast_convolutions():
        mapped = jax.shard_map(
            lambda *arrays: convolve(*arrays, lax.conv_general_dilated),
            mesh=mesh(),
            in_specs=(P("batch"), P()),
            out_specs=P("batch"),
        )
        ours = jax.jit(mapped)(IMAGES, KERNEL)
        assert len(taken) == 1
    np.testing.assert_allclose(ours, convolve(IMAGES, KERNEL), rtol=1e-5, atol=1e-5)


PROGRAMS = {
    "forward": convolve,
    "gradient of images": jax.grad(loss, 0),
    "gradient of kernel": jax.grad(loss, 1),
}


@pytest.mark.thorough
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_nothing_is_gathered_of_a_batch_split_over_devices(program, groups):
    operands = IMAGES, KERNEL[:, :, : 4 // groups]
    arrays = sharded(*operands)
    with every_convolution():
        compiled = jax.jit(PROGRAMS[program]).lower(*arrays).compile()
    text = compiled.as_text()
    assert "num_partitions=2" in text
    assert not re.findall(GATHERS, text)
    assert bool(re.search(r" all-reduce(-start)?\(", text)) == (program == "gradient of kernel")
    reference = jit_quickly(PROGRAMS[program], static_argnums=2)
    expected = reference(*operands, lax.conv_general_dilated)
    np.testing.assert_allclose(compiled(*arrays), expected, rtol=1e-4, atol=1e-4)


SPLITS = {
    "output features": (P(), P(None, None, None, "batch"), {}),
    "input features": (P(None, None, None, "batch"), P(None, None, "batch"), {"all-reduce": 1}),
    "rows": (P(None, "batch"), P(), {"all-gather": 1}),
    "batch and kernel": (P("batch"), P(None, None, None, "batch"), {"all-gather": 1}),
}


def collectives(compiled):
    """Count the operations that move numbers between devices."""
    names = r" (all-reduce|all-gather|all-to-all|collective-permute)(?:-start)?\("
    return dict(Counter(re.findall(names, compiled.as_text())))


@pytest.mark.parametrize("split", SPLITS)
def test_each_device_computes_its_share_of_arrays_split_along_other_axes(split):
    of_images, of_kernel, expected = SPLITS[split]
    arrays = [
        jax.device_put(array, NamedSharding(mesh(), spec))
        for array, spec in zip((IMAGES, KERNEL), (of_images, of_kernel), strict=True)
    ]
    with every_convolution() as taken:
        compiled = jax.jit(convolve).lower(*arrays).compile()
    assert len(taken) == 1
    assert collectives(compiled) == expected
    assert SPLIT in compiled.as_text()  # so that JAX's cache leaves it out
    reference = convolve(IMAGES, KERNEL, lax.conv_general_dilated)
    np.testing.assert_allclose(compiled(*arrays), reference, rtol=1e-4, atol=1e-4)


@pytest.mark.thorough
@pytest.mark.parametrize("program", PROGRAMS)
def test_groups_are_split_over_devices(program):
    channels = P(None, None, None, "batch")
    arrays = [
        jax.device_put(array, NamedSharding(mesh(), channels))
        for array in (IMAGES, KERNEL[:, :, :1])
    ]
    with every_convolution() as taken:
        compiled = jax.jit(PROGRAMS[program]).lower(*arrays).compile()
    assert {convolution.groups for convolution in taken} == {2}
    assert collectives(compiled) == {}
    reference = jit_quickly(PROGRAMS[program], static_argnums=2)
    expected = reference(*map(np.asarray, arrays), lax.conv_general_dilated)
    np.testing.assert_allclose(compiled(*arrays), expected, rtol=1e-4, atol=1e-4)


TWO_DILATIONS = """
import jax, numpy as np
from jax.sharding import NamedSharding, PartitionSpec
from jaxcnn import functional as F

jax.config.update("jax_num_cpu_devices", 2)
jax.config.update("jax_compilation_cache_dir", FOLDER)
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
mesh = jax.make_mesh((2,), ("batch",), axis_types=(jax.sharding.AxisType.Auto,))
images = np.random.default_rng(0).standard_normal((4, 9, 9, 2), np.float32)
kernel = np.random.default_rng(1).standard_normal((3, 3, 2, 2), np.float32)
shared = jax.device_put(images, NamedSharding(mesh, PartitionSpec("batch")))
for dilation in (1, 2, 3, 2, 1):
    convolve = jax.jit(lambda x, k: F.conv(x, k, kernel_dilation=dilation))
    found, expected = convolve(shared, kernel), convolve(images, kernel)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    del convolve
    jax.clear_caches()
"""


@pytest.mark.slow  # a process of its own
def test_jaxs_cache_never_takes_one_split_convolution_for_another(tmp_path):
    program = TWO_DILATIONS.replace("FOLDER", repr(str(tmp_path)))
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.slow  # a process with four devices
def test_a_mesh_of_two_axes_moves_what_xla_would_move():
    """Batch, channels and features over one axis each, over both, and where they compete."""
    script = split_over_two_axes.__file__
    ended = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_what_each_device_leaves_to_xla_is_counted_so():
    arrays = [array.astype(jnp.int32) for array in sharded(IMAGES, KERNEL)]
    with jaxcnn.fast_convolutions() as counts:
        jax.jit(lambda *arrays: convolve(*arrays, lax.conv_general_dilated)).lower(*arrays)
    assert (counts.taken, counts.left) == ({}, {"conv_general_dilated": 1})


def test_a_batch_that_devices_do_not_divide_is_computed_whole():
    images = jnp.asarray(IMAGES[:3])

    def split_within(images, kernel):
        shared = NamedSharding(mesh(), P("batch"))
        doubled = lax.with_sharding_constraint(jnp.concatenate([images, images]), shared)
        return convolve(doubled[:3], kernel)

    arrays = jax.device_put((images, KERNEL), NamedSharding(mesh(), P()))
    np.testing.assert_allclose(
        jax.jit(split_within)(*arrays), convolve(images, KERNEL), rtol=1e-5, atol=1e-5
    )


def test_explicit_shardings():
    arrays = sharded(IMAGES, KERNEL, AxisType.Explicit)
    with jax.set_mesh(mesh(AxisType.Explicit)):
        outputs = jax.jit(convolve)(*arrays)
        assert jax.typeof(outputs).sharding.spec == P("batch", None, None, None)
        of_images, of_kernel = jax.jit(jax.grad(loss, (0, 1)))(*arrays)
        assert jax.typeof(of_images).sharding.spec == P("batch", None, None, None)
        assert jax.typeof(of_kernel).sharding.spec == P(None, None, None, None)


def test_cropping_and_padding_of_a_batch_split_over_devices():
    def crop(images, kernel, function):
        layout = ("NHWC", "HWIO", "NHWC")
        padding = ((-1, 1), (1, -2))
        return function(images, kernel, (1, 1), padding, dimension_numbers=layout)

    run = jax.jit(lambda *arrays: crop(*arrays, F.conv_general_dilated))
    padded = jnp.asarray(np.pad(IMAGES[:, 1:, :-2], ((0, 0), (0, 1), (1, 0), (0, 0))))
    expected = lax.conv_general_dilated(
        padded, KERNEL, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    np.testing.assert_allclose(run(*sharded(IMAGES, KERNEL)), expected, rtol=1e-5, atol=1e-5)


def test_one_device_of_many():
    with every_convolution() as taken:
        convolve(*jax.device_put((IMAGES, KERNEL), jax.devices()[1]))
    assert len(taken) == 1


@pytest.mark.thorough
def test_pooling_gathers_nothing_of_a_batch_split_over_devices():
    def total(images):
        windows = (1, 2, 2, 1)
        pooled = lax.reduce_window(images, -jnp.inf, lax.max, windows, windows, "VALID")
        return jnp.sum(pooled**2)

    images, _ = sharded(IMAGES, KERNEL)
    expected = jit_quickly(jax.grad(total))(IMAGES)
    with jaxcnn.fast_convolutions() as counts:
        compiled = jax.jit(jax.grad(total)).lower(images).compile()
    assert counts.taken == {"select_and_scatter_add": 1}
    assert "num_partitions=2" in compiled.as_text()
    assert not re.findall(GATHERS, compiled.as_text())
    np.testing.assert_array_equal(compiled(images), expected)

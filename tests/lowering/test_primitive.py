import jax
import jax.numpy as jnp
import numpy as np
import pytest
from arrays import normal
from compiling import jit_quickly
from jax import lax
from taken import every_convolution

from jaxcnn import functional as F

CASES = {
    "channels first": ((2, 3, 7, 6), (4, 3, 3, 2), {"padding": "SAME"}),
    "channels last": (
        (2, 7, 6, 3),
        (3, 2, 3, 4),
        {"padding": "VALID", "dimension_numbers": ("NHWC", "HWIO", "NHWC")},
    ),
    "odd axes": (
        (7, 3, 2, 6),
        (4, 3, 2, 3),
        {"padding": ((1, 2), (-1, 1)), "dimension_numbers": ("HCNW", "OHWI", "WNHC")},
    ),
    "dilated groups": (
        (2, 4, 7, 6),
        (6, 2, 3, 2),
        {
            "padding": ((2, 0), (1, 1)),
            "lhs_dilation": (2, 1),
            "rhs_dilation": (1, 2),
            "feature_group_count": 2,
        },
    ),
    "batch groups": ((4, 3, 7, 6), (6, 3, 3, 3), {"padding": "SAME", "batch_group_count": 2}),
    "no spatial axis": ((2, 3), (4, 3), {"padding": (), "window_strides": ()}),
    "no example": ((0, 3, 7, 6), (4, 3, 3, 2), {"padding": "SAME"}),
}


def both(case, *, seed=0):
    """The two arrays of a case, and the function of them by ours and by JAX's primitive."""
    lhs, rhs, arguments = CASES[case]
    arguments = {"window_strides": (2, 1), **arguments}

    def ours(lhs, rhs):
        return F.conv_general_dilated(lhs, rhs, **arguments)

    def theirs(lhs, rhs):
        return lax.conv_general_dilated(lhs, rhs, **arguments)

    return normal(*lhs, seed=seed), normal(*rhs, seed=seed + 1), ours, theirs


def assert_close(ours, theirs):
    for mine, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        assert mine.dtype == other.dtype
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-4)


@pytest.fixture(scope="module")
def taken():
    with every_convolution() as taken:
        yield taken


@pytest.mark.thorough
@pytest.mark.parametrize("case", CASES)
def test_outputs_and_gradients(taken, case):
    lhs, rhs, ours, theirs = both(case)

    def outputs_and_gradients(convolve):
        outputs, transposed = jax.vjp(convolve, lhs, rhs)
        return outputs, transposed(jnp.cos(outputs))

    compute = jit_quickly(outputs_and_gradients, static_argnums=0)
    taken.clear()
    assert_close(compute(ours), compute(theirs))
    assert len(taken) == (3 if lhs.size else 0)


def squares(convolve):
    return lambda lhs, rhs: jnp.sum(convolve(lhs, rhs) ** 2)


def scanned(convolve):
    """A loop that carries the sum of the outputs, with a kernel that changes."""

    def total(lhs, rhs):
        carry = jnp.zeros_like(convolve(lhs, rhs))
        return lax.scan(lambda c, scale: (c + convolve(lhs, scale * rhs), None), carry, np.ones(3))

    return jax.grad(lambda lhs, rhs: jnp.sum(total(lhs, rhs)[0] ** 2), (0, 1))


TRANSFORMS = {
    "grad": lambda f: jax.grad(squares(f), (0, 1)),
    "jvp": lambda f: lambda x, k: jax.jvp(f, (x, k), (jnp.sin(x), jnp.cos(k))),
    "jacfwd": lambda f: jax.jacfwd(f, (0, 1)),
    "jacrev": lambda f: jax.jacrev(f, (0, 1)),
    "hessian": lambda f: jax.hessian(squares(f), 1),
    "linear transpose": lambda f: lambda x, k: jax.linear_transpose(lambda x: f(x, k), x)(f(x, k)),
    "scan": scanned,
    "fori_loop": lambda f: lambda x, k: lax.fori_loop(0, 3, lambda i, y: y + f(x, i * k), f(x, k)),
    "checkpoint": lambda f: jax.grad(squares(jax.checkpoint(f)), (0, 1)),
    "eager grad": lambda f: jax.grad(squares(f), (0, 1)),
}


@pytest.mark.thorough
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_transforms(taken, transform):
    lhs, rhs, ours, theirs = both("dilated groups")
    jit = (lambda f: f) if transform.startswith("eager") else jit_quickly
    taken.clear()
    mine = jit(TRANSFORMS[transform](ours))(lhs, rhs)
    assert taken
    assert_close(mine, jit_quickly(TRANSFORMS[transform](theirs))(lhs, rhs))


@pytest.mark.thorough
@pytest.mark.parametrize("case", ["dilated groups", "batch groups"])
@pytest.mark.parametrize("axes", [(1, None), (None, 2), (0, 3), "nested"])
def test_batches_and_their_gradients(taken, case, axes):
    lhs, rhs, ours, theirs = both(case)
    many_lhs, many_rhs = lhs, rhs
    if axes == "nested":
        many_lhs = np.stack([lhs, 2 * lhs])
        many_rhs = np.stack([rhs, 2 * rhs, 3 * rhs])
    else:
        many_lhs = lhs if axes[0] is None else np.stack([lhs, 2 * lhs], axes[0])
        many_rhs = rhs if axes[1] is None else np.stack([rhs, 3 * rhs], axes[1])

    def batched(convolve):
        if axes == "nested":
            return jax.vmap(jax.vmap(convolve, (None, 0)), (0, None))
        return jax.vmap(convolve, axes)

    def outputs_and_gradients(convolve):
        gradients = batched(jax.grad(squares(convolve), (0, 1)))
        return batched(convolve)(many_lhs, many_rhs), gradients(many_lhs, many_rhs)

    compute = jit_quickly(outputs_and_gradients, static_argnums=0)
    taken.clear()
    mine = compute(ours)
    assert taken
    assert_close(mine, compute(theirs))


def test_no_batch_and_no_example_take_no_method(taken):
    lhs, rhs, ours, theirs = both("channels first")
    shapes = [
        jax.eval_shape(jax.vmap(f, (0, None)), np.zeros((0, *lhs.shape)), rhs)
        for f in (ours, theirs)
    ]
    assert shapes[0] == shapes[1]
    taken.clear()
    assert jax.vmap(ours, (0, None))(np.zeros((0, *lhs.shape), np.float32), rhs).size == 0
    assert not taken


def test_only_the_primitives_name_differs_from_jax():
    lhs, rhs, ours, theirs = both("dilated groups")

    def program(convolve):
        jacobian = jax.vmap(jax.value_and_grad(squares(convolve), (0, 1)))
        return str(jax.make_jaxpr(jacobian)(lhs[None], rhs[None]))

    mine, others = program(ours), program(theirs)
    assert mine.count("jaxcnn_conv") == others.count("conv_general_dilated") == 3
    assert mine.replace("jaxcnn_conv", "conv_general_dilated") == others


@pytest.mark.thorough
@pytest.mark.parametrize("dtype", [np.int8, np.uint32, np.complex64, np.float16, jnp.bfloat16])
def test_dtypes_left_to_jax(dtype):
    lhs, rhs, ours, theirs = both("channels last")
    arrays = (10 * lhs).astype(dtype), (10 * rhs).astype(dtype)
    with every_convolution(but=lambda convolution: convolution.dtypes[0] != np.float32):
        mine, other = ours(*arrays), theirs(*arrays)
        assert mine.dtype == other.dtype
        np.testing.assert_array_equal(mine, other)


def test_float64_is_told_to_the_method():
    lhs, rhs, ours, theirs = both("channels last")
    arrays = lhs.astype(np.float64), rhs.astype(np.float64)
    with jax.enable_x64(True), every_convolution() as taken:
        np.testing.assert_allclose(ours(*arrays), theirs(*arrays), rtol=1e-12, atol=1e-12)
        assert taken[0].dtypes == (np.dtype(np.float64),) * 3


def test_preferred_element_type_is_told_to_the_method(taken):
    arrays = np.ones((1, 2, 5), np.int8), np.ones((3, 2, 3), np.int8), (1,), "SAME"
    taken.clear()
    ours = F.conv_general_dilated(*arrays, preferred_element_type=np.int32)
    assert taken[0].dtypes == (np.dtype(np.int8), np.dtype(np.int8), np.dtype(np.int32))
    np.testing.assert_array_equal(
        ours, lax.conv_general_dilated(*arrays, preferred_element_type=np.int32)
    )


@pytest.mark.thorough
def test_export_for_two_platforms(taken):
    lhs, rhs, ours, theirs = both("dilated groups")
    taken.clear()
    gradient = jax.jit(jax.grad(squares(ours), (0, 1)))
    exported = jax.export.export(gradient, platforms=["cpu", "tpu"])(lhs, rhs)
    assert len(taken) == 3
    expected = jit_quickly(jax.grad(squares(theirs), (0, 1)))(lhs, rhs)
    assert_close(jit_quickly(exported.call)(lhs, rhs), expected)


def test_unknown_batch_sizes_are_left_to_jax(taken):
    lhs, rhs, ours, theirs = both("channels first")
    shape = jax.ShapeDtypeStruct(jax.export.symbolic_shape("n, 3, 7, 6"), np.float32)
    taken.clear()
    exported = jax.export.export(jax.jit(ours))(shape, rhs)
    assert not taken
    assert_close(exported.call(lhs, rhs), theirs(lhs, rhs))


def test_programs_for_other_platforms_are_those_of_jax(taken):
    lhs, rhs, ours, theirs = both("dilated groups")
    taken.clear()
    for platform in ("tpu", "cuda"):
        mine, other = (
            jax.jit(f).trace(lhs, rhs).lower(lowering_platforms=(platform,)).as_text()
            for f in (ours, theirs)
        )
        assert mine.count("stablehlo.convolution") == other.count("stablehlo.convolution") == 1
    assert not taken


@pytest.mark.thorough
def test_without_jit_it_is_compiled_all_the_same():
    """As JAX's own is: by itself, and its gradients."""
    lhs, rhs, ours, theirs = both("channels last")
    with jax.disable_jit():
        found, pull_back = jax.vjp(ours, lhs, rhs)
        found = (found, *pull_back(found))

    @jit_quickly
    def expected(lhs, rhs):
        outputs, pull_back = jax.vjp(theirs, lhs, rhs)
        return outputs, *pull_back(outputs)

    for a, b in zip(found, expected(lhs, rhs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.thorough
def test_no_tracer_leaks():
    lhs, rhs, ours, _ = both("channels first")
    with jax.checking_leaks():
        gradient = jax.jit(jax.grad(squares(ours)))(lhs, rhs)
    assert gradient.shape == lhs.shape


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # JAX divides by it first
def test_strides_of_zero_meet_the_error_of_jax():
    with pytest.raises(ValueError, match="expects window to have positive stride for 0-th"):
        F.conv_general_dilated(normal(1, 2, 4, 4), normal(2, 2, 3, 3), (0, 1), "SAME")

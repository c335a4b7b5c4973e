"""Each task against other libraries, and what all tasks have in common."""

import functools
import math
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy import special
from sklearn import metrics

from jaxcnn.data import Multilabel, Regression, SingleLabel, task_by_name

RNG = np.random.default_rng(5)
N, K = 40, 3
OUTPUTS = RNG.normal(size=(N, K)).astype(np.float32)
LABELS = {
    SingleLabel(): RNG.integers(K, size=N),
    Multilabel(): RNG.integers(2, size=(N, K)),
    Regression(): RNG.normal(size=(N, K)),
    Regression(error="absolute"): RNG.normal(size=(N, K)),
}
every_task = pytest.mark.parametrize("task", LABELS, ids=lambda task: task.name)
with_classes = pytest.mark.parametrize("task", [SingleLabel(), Multilabel()])


def stored(task):
    return task.check_labels(LABELS[task], examples=N, outputs=K)


@every_task
def test_a_task_is_a_value(task):
    assert task_by_name(task.name) == task == pickle.loads(pickle.dumps(task))
    assert hash(task_by_name(task.name)) == hash(task)
    assert sum(task == other for other in LABELS) == 1


@every_task
def test_an_equal_task_finds_the_compiled_step(task):
    compiled = []

    @functools.partial(jax.jit, static_argnums=0)
    def step(task, outputs, labels):
        compiled.append(task)
        return task.default_loss()(outputs, labels)

    step(task, OUTPUTS, stored(task))
    step(pickle.loads(pickle.dumps(task)), OUTPUTS, stored(task))
    assert len(compiled) == 1


@every_task
def test_the_default_loss_is_the_same_function_each_time(task):
    assert task.default_loss() is task_by_name(task.name).default_loss()
    if task.has_classes:
        assert task.default_loss(0.1) is task.default_loss(0.1)


@every_task
def test_labels_are_stored_in_one_form(task):
    labels = stored(task)
    assert labels.dtype == task.label_dtype
    assert labels.shape == (N, *task.label_shape(K))
    np.testing.assert_array_equal(labels, LABELS[task].astype(task.label_dtype))
    assert task.strata(labels).shape == (N,)


@every_task
def test_decisions_have_the_form_of_labels(task):
    assert task.decide(np.asarray(task.predictions(OUTPUTS))).shape == stored(task).shape


@pytest.mark.thorough
def test_losses_agree_with_optax_and_scikit_learn():  # guide row A8.13
    labels, several = LABELS[SingleLabel()], LABELS[Multilabel()]
    found = SingleLabel().default_loss()(OUTPUTS, labels)
    expected = metrics.log_loss(labels, special.softmax(OUTPUTS.astype(float), axis=-1))
    assert float(found.mean()) == pytest.approx(expected, rel=1e-5)

    @jax.jit
    def found_and_expected(outputs):
        smoothed = optax.smooth_labels(jax.nn.one_hot(labels, K), 0.2)
        binary = optax.sigmoid_binary_cross_entropy
        return [
            (
                SingleLabel().default_loss(0.2)(outputs, labels),
                optax.softmax_cross_entropy(outputs, smoothed),
            ),
            (
                Multilabel().default_loss()(outputs, several),
                binary(outputs, several).mean(axis=-1),
            ),
            (
                Multilabel().default_loss(0.2)(outputs, several),
                binary(outputs, several * 0.8 + 0.1).mean(axis=-1),
            ),
        ]

    for pair in found_and_expected(OUTPUTS):
        np.testing.assert_allclose(*pair, rtol=1e-5)
    for task, error in (
        (Regression(), metrics.mean_squared_error),
        (Regression(error="absolute"), metrics.mean_absolute_error),
    ):
        found = task.default_loss()(OUTPUTS, stored(task)).mean()
        assert float(found) == pytest.approx(error(stored(task), OUTPUTS), rel=1e-5)


@pytest.mark.thorough
def test_what_is_right_agrees_with_scikit_learn():
    for task in (SingleLabel(), Multilabel()):
        right = task.correct(jnp.asarray(OUTPUTS), jnp.asarray(stored(task)))
        decided = task.decide(np.asarray(task.predictions(OUTPUTS)))
        assert right.shape == (N,)
        assert float(right.mean()) == pytest.approx(metrics.accuracy_score(stored(task), decided))
    assert Regression().correct(jnp.asarray(OUTPUTS), jnp.asarray(OUTPUTS)) is None


def test_predictions():
    np.testing.assert_allclose(
        SingleLabel().predictions(OUTPUTS), special.softmax(OUTPUTS, axis=-1), rtol=1e-5
    )
    np.testing.assert_allclose(Multilabel().predictions(OUTPUTS), special.expit(OUTPUTS), rtol=1e-5)
    np.testing.assert_array_equal(Regression().predictions(OUTPUTS), OUTPUTS)


@pytest.mark.thorough
def test_loss_by_chance_is_that_of_the_best_guess_without_inputs():
    assert SingleLabel().chance_loss(stored(SingleLabel()), K) == math.log(K)
    assert Multilabel().chance_loss(stored(Multilabel()), K) == math.log(2)
    nothing = np.zeros((N, K), np.float32)
    for task in (SingleLabel(), Multilabel()):
        found = task.default_loss()(nothing, stored(task)).mean()
        assert float(found) == pytest.approx(task.chance_loss(stored(task), K), rel=1e-6)
    for task, best in ((Regression(), np.mean), (Regression(error="absolute"), np.median)):
        labels = stored(task)
        guess = np.broadcast_to(best(labels, axis=0), labels.shape)
        found = task.default_loss()(guess, labels).mean()
        assert float(found) == pytest.approx(task.chance_loss(labels, K), rel=1e-5)
        worse = task.default_loss()(guess + 0.05, labels).mean()
        assert float(worse) > task.chance_loss(labels, K)


@pytest.mark.thorough
@with_classes
def test_a_mixture_of_classes_has_the_mixture_of_losses(task):
    loss, share = task.default_loss(), jnp.linspace(0, 1, N)
    labels, others = stored(task), stored(task)[::-1]
    found = task.mixed_losses(loss, OUTPUTS, labels, others, share)
    np.testing.assert_array_equal(
        found, share * loss(OUTPUTS, labels) + (1 - share) * loss(OUTPUTS, others)
    )


@pytest.mark.parametrize("numbers", [1, K])
@pytest.mark.parametrize("task", [Regression(), Regression(error="absolute")])
def test_a_mixture_of_numbers_has_the_mixed_numbers_as_its_label(task, numbers):
    outputs = OUTPUTS[:, :numbers]
    labels = RNG.normal(size=(2, N, *task.label_shape(numbers))).astype(np.float32)
    share = jnp.linspace(0, 1, N)
    found = task.mixed_losses(task.default_loss(), outputs, *labels, share)
    weight = np.asarray(share).reshape(N, 1)
    mixed = weight * labels[0].reshape(N, -1) + (1 - weight) * labels[1].reshape(N, -1)
    error = outputs - mixed
    expected = np.square(error) if task == Regression() else np.abs(error)
    np.testing.assert_allclose(found, expected.mean(axis=-1), rtol=1e-4, atol=1e-6)


def test_one_number_an_example_needs_no_second_axis():
    task = Regression()
    assert task.label_shape(1) == ()
    for labels in ([1, 2, 3], [[1.0], [2.0], [3.0]]):
        found = task.check_labels(labels, examples=3, outputs=1)
        assert (found.shape, found.dtype) == ((3,), np.float32)
        np.testing.assert_allclose(task.default_loss()(jnp.zeros((3, 1)), found), [1, 4, 9])
    assert task.decide(np.ones((3, 1))).shape == (3,)


def test_answers_by_name():
    names, values = ("a", "b", "c", "d"), np.array([0.1, 0.6, 0.2, 0.6])
    first = [("b", 0.6), ("d", 0.6), ("c", 0.2)]
    assert SingleLabel().top_classes(values, names) == first
    assert SingleLabel().top_classes(values, names, top=1) == first[:1]
    assert Multilabel().top_classes(values, names) == first[:2]
    assert Multilabel().top_classes(values, names, thresholds=[0.1, 0.7, 0.1, 0.7]) == [
        ("c", 0.2),
        ("a", 0.1),
    ]
    assert Multilabel().top_classes(values, names, top=3) == first
    assert Regression().top_classes(values[:2], names[:2]) == [("a", 0.1), ("b", 0.6)]


@pytest.mark.parametrize("numbers", [1, K])
def test_scores_agree_with_scikit_learn(numbers):
    outputs = OUTPUTS[:, :numbers]
    truth = outputs + RNG.normal(size=outputs.shape)
    scores = Regression().scores(outputs, truth[:, 0] if numbers == 1 else truth)
    kwargs = {"multioutput": "raw_values"}
    np.testing.assert_allclose(scores.r2, metrics.r2_score(truth, outputs, **kwargs))
    np.testing.assert_allclose(
        scores.rmse, metrics.root_mean_squared_error(truth, outputs, **kwargs)
    )
    np.testing.assert_allclose(scores.mae, metrics.mean_absolute_error(truth, outputs, **kwargs))
    for value, (low, high) in zip(
        (*scores.rmse, *scores.mae), (*scores.rmse_interval, *scores.mae_interval), strict=True
    ):
        assert 0 <= low < value < high
    assert scores.examples == N
    assert str(scores).count("RMSE") == numbers


@pytest.mark.parametrize(("outputs", "r2"), [([[2.0], [2.0]], 1), ([[2.0], [3.0]], 0)])
def test_scores_of_constant_labels(outputs, r2):
    assert Regression().scores(outputs, [2.0, 2.0]).r2 == (r2,)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("labels", "outputs", "error", "message"),
    [
        ([1.0, 2.0], 1, ValueError, r"expected shape \(3,\), one number per example, got \(2"),
        (np.ones((3, 2)), 1, ValueError, r"expected shape \(3,\), .* got \(3, 2\)"),
        (np.ones(3), 2, ValueError, r"expected shape \(3, 2\), 2 numbers per example"),
        (["1", "2", "3"], 1, TypeError, "expected an array of numbers, got text"),
        ([True, False, True], 1, TypeError, "expected numbers, got bool"),
        ([1j, 1, 2], 1, TypeError, "expected real numbers, got complex128"),
        ([1, NAN, 2], 1, ValueError, r"finite numbers within float32, got nan at \(1,\) \(1 of 3"),
        ([1, 2, -INF], 1, ValueError, r"got -inf at \(2,\)"),
        ([1, 2, 1e300], 1, ValueError, r"got 1e\+300 at \(2,\)"),
    ],
)
def test_bad_numbers_are_told(labels, outputs, error, message):
    with pytest.raises(error, match=f"^train: labels: .*{message}"):
        Regression().check_labels(labels, examples=3, outputs=outputs, name="train: labels")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: task_by_name("many"), ValueError, "task: expected one of .*'single'.* got 'many'"),
        (lambda: Regression(error="cubed"), ValueError, "error: expected one of .* got 'cubed'"),
        (lambda: Regression().default_loss(0.1), ValueError, "label_smoothing: expected 0 for a r"),
        (lambda: Regression().count_classes(np.ones(3), 1), ValueError, "with classes, got a regr"),
    ],
)
def test_bad_arguments_are_told(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("names", [np.array(["b", "a"]), ("b", "a"), iter(["b", "a"])])
def test_names_may_come_in_any_sequence(names):
    assert SingleLabel().settle_names(names, [0]) == ("b", "a")


def test_numbers_as_names_are_text():
    assert SingleLabel().settle_names(range(2), [0]) == ("0", "1")


@pytest.mark.parametrize("names", [None, (), "ab", 10])
def test_without_names(names):
    with pytest.raises(ValueError, match="class_names: expected one name per class, got"):
        SingleLabel().settle_names(names, [0])


def test_two_classes_of_one_name():
    with pytest.raises(ValueError, match="class_names: expected distinct names, got 'a' twice"):
        SingleLabel().settle_names(["a", "b", "a"], [0])


@pytest.mark.thorough
@pytest.mark.parametrize("task", [SingleLabel(), Multilabel()])
def test_outputs_that_are_not_numbers_are_never_right(task):
    outputs = np.array([[np.nan, -1.0], [np.nan, np.nan], [1.0, -1.0]], np.float32)
    labels = np.array([0, 0, 0]) if task == SingleLabel() else np.array([[0, 0], [0, 0], [1, 0]])
    right = [False, False, True]
    assert task.correct(jnp.asarray(outputs), jnp.asarray(labels)).tolist() == right
    assert task.marks(np.asarray(task.predictions(outputs)), labels).tolist() == right

import dataclasses
import re
import threading

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small
from flax import nnx
from small import LINEAR, NORMED, as_bits, quick_fit

import jaxcnn
from jaxcnn import functional as F
from jaxcnn.data import Augmentation, Dataset, Splits
from jaxcnn.inference import Normalization
from jaxcnn.training import sgd

cross_entropy = F.softmax_cross_entropy_with_integer_labels


def test_it_learns():
    trained = quick_fit(small.NETWORK, epochs=15)
    test = small.dataset(seed=1)
    evaluation = trained.evaluate(test)
    assert evaluation.accuracy > 0.95
    assert evaluation.examples == len(test)
    assert trained.history[-1]["train_loss"] < trained.history[0]["train_loss"] / 2


@pytest.mark.thorough
def test_history_counts_epochs_steps_and_rates():  # guide row A6.14
    def falling(steps):
        return sgd(optax.linear_schedule(0.1, 0.0, steps))

    trained = quick_fit(tx=falling, validation=small.dataset(seed=1))
    assert [logs["epoch"] for logs in trained.history] == [1, 2]
    assert [logs["step"] for logs in trained.history] == [5, 10]
    # The rate of the last update of each epoch: 0.1 · (1 - 4/10) and 0.1 · (1 - 9/10).
    assert [logs["learning_rate"] for logs in trained.history] == pytest.approx([0.06, 0.01])
    assert trained.images_seen == 80
    assert trained.images_per_second == pytest.approx(80 / trained.seconds_train)
    assert trained.seconds_compile > 0
    for logs in trained.history:
        assert 0 <= logs["validation_accuracy"] <= 1
        assert logs["images_per_second"] == pytest.approx(40 / logs["seconds"])


@pytest.mark.thorough
def test_an_optimizer_that_hides_its_rate_logs_none():
    trained = quick_fit(tx=optax.adam(1e-3), epochs=1)
    assert trained.history[0]["learning_rate"] is None


@pytest.mark.thorough
def test_same_seed_same_bits():  # guide row A6.15
    augmentation = Augmentation(flip="random", shift=1)
    first, second, other = (
        quick_fit(small.NETWORK, augmentation=augmentation, seed=seed) for seed in (5, 5, 6)
    )
    assert as_bits(first.state.params) == as_bits(second.state.params)
    assert as_bits(first.state.batch_stats) == as_bits(second.state.batch_stats)
    assert as_bits(first.state.params) != as_bits(other.state.params)


def test_training_equals_a_loop_written_by_hand():
    """No jaxcnn step, loop, or data order is used on the right-hand side but the order itself."""
    data = small.dataset(n=24)
    net = jaxcnn.Sequential([jaxcnn.Conv(4, 3), *LINEAR.layers])
    trained = quick_fit(net, data, epochs=2, tx=optax.sgd(0.1, momentum=0.9))

    init_key, data_key, _ = jax.random.split(jax.random.key(0), 3)
    build_key, _ = jax.random.split(init_key)
    module = jaxcnn.build(net, data.input_shape, rngs=nnx.Rngs(build_key))
    images = data.images / 255.0
    images = ((images - images.mean()) / images.std()).astype(np.float32)
    graph, params = nnx.split(module)
    momentum = jax.tree.map(np.zeros_like, params)

    @jax.jit
    def step(params, momentum, images, labels):
        def loss(params):
            logits = nnx.merge(graph, params)(images)
            return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

        momentum = jax.tree.map(lambda m, g: 0.9 * m + g, momentum, jax.grad(loss)(params))
        return jax.tree.map(lambda p, m: p - 0.1 * m, params, momentum), momentum

    for epoch in range(2):
        order = np.asarray(jaxcnn.data.epoch_order(data_key, epoch, len(data)))
        for batch in order.reshape(3, 8):
            params, momentum = step(params, momentum, images[batch], data.labels[batch])
    chex.assert_trees_all_close(trained.state.params, params, rtol=2e-4, atol=1e-6)


def test_one_trace_of_the_step_in_a_run_and_one_of_the_loss_before():
    traced = chex.assert_max_traces(n=2)(lambda logits, labels: cross_entropy(logits, labels))
    chex.clear_trace_counter()
    quick_fit(epochs=3, loss=traced)


@pytest.mark.thorough
def test_a_flax_module_is_trained_to_the_same_bits_and_left_as_it_was():
    module = small.FlaxModule(nnx.Rngs(0, dropout=1))
    before = as_bits(nnx.state(module, nnx.Param))
    trained, again = quick_fit(module, epochs=15), quick_fit(module, epochs=15)
    assert trained.evaluate(small.dataset(seed=1)).accuracy > 0.9
    assert as_bits(trained.state.params) == as_bits(again.state.params)
    assert as_bits(nnx.state(module, nnx.Param)) == before
    assert trained.network.architecture is None


@pytest.mark.thorough
def test_label_smoothing_changes_the_training_loss_alone():
    plain, smooth = (
        quick_fit(label_smoothing=s, tx=sgd(0.0), epochs=1, validation=small.dataset(seed=1))
        for s in (0.0, 0.3)
    )
    assert plain.history[0]["validation_loss"] == smooth.history[0]["validation_loss"]
    assert plain.history[0]["train_loss"] != smooth.history[0]["train_loss"]


@pytest.mark.thorough
def test_a_loss_of_ones_own():
    def squared(logits, labels):
        return F.half_squared_error(F.softmax(logits), F.one_hot(labels, 3))

    trained = quick_fit(loss=squared, epochs=15, tx=sgd(0.3), validation=small.dataset(seed=1))
    assert trained.history[-1]["validation_loss"] < 0.2
    assert trained.evaluate(small.dataset(seed=1)).accuracy > 0.9


def test_on_epoch_sees_logs_and_states_that_stay_valid():
    states, epochs = [], []
    quick_fit(on_epoch=lambda state, logs: (states.append(state), epochs.append(logs["epoch"])))
    assert epochs == [1, 2]
    assert [int(state.step) for state in states] == [5, 10]
    kept = [np.asarray(jax.tree.leaves(state.params)[0]) for state in states]
    assert all(np.isfinite(leaf).all() for leaf in kept)
    assert not np.array_equal(kept[0], kept[1])


@pytest.mark.thorough
def test_batch_as_large_as_the_set():
    trained = quick_fit(batch_size=40)
    assert trained.images_seen == 80


@pytest.mark.thorough
def test_a_single_class_and_a_single_batch_of_one():
    data = Dataset(np.zeros((3, 8, 8, 1), np.uint8), [0, 0, 0], ("only",), "one class")
    net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(1)])
    trained = quick_fit(net, data, batch_size=1, epochs=1)
    assert trained.evaluate(data).accuracy == 1.0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"validation": Splits(small.dataset(), small.dataset())}, TypeError, "pass its .test"),
        ({"data": Splits(small.dataset(), small.dataset())}, TypeError, "pass its .train"),
        (
            {"loss": lambda logits, labels: cross_entropy(logits, labels).mean()},
            ValueError,
            r"loss: expected one value per example, \(8,\), got \(\) \(return the losses",
        ),
        ({"batch_size": 41}, ValueError, "at most the 40 training examples, got 41"),
        ({"validation": small.dataset(size=9)}, ValueError, "validation: expected images of"),
        (
            {"validation": small.dataset(classes=4)},
            ValueError,
            r"validation: expected the classes of `train`",
        ),
        ({"model": "lenet5"}, TypeError, "model: expected an architecture or an nnx.Module"),
        (
            {"model": jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(2)])},
            ValueError,
            r"model: expected one output for each of the 3 classes.*\(2,\)",
        ),
        ({"model": jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(1)])}, ValueError, "Dense.3"),
        ({"model": [jaxcnn.Flatten()]}, TypeError, r"model: .* \(jaxcnn.Sequential\(\[...\]\)"),
        (
            {"model": jaxcnn.Sequential([jaxcnn.Conv(4, 9, padding="VALID")])},
            ValueError,
            r"layers\[0\] Conv",
        ),
    ],
)
def test_bad_arguments(options, error, message):
    with pytest.raises(error, match=message):
        quick_fit(**options)


@pytest.mark.thorough
def test_a_network_without_parameters():
    net = jaxcnn.Sequential([jaxcnn.GlobalAvgPool()])
    data = small.dataset(channels=3)
    assert quick_fit(net, data, epochs=1).evaluate(data).examples == 40


@pytest.mark.thorough
def test_an_optimizer_with_two_rates_logs_none():
    def label(params):
        return jax.tree.map(lambda leaf: "kernel" if leaf.ndim > 1 else "bias", params)

    tx = optax.partition({"kernel": sgd(0.1), "bias": sgd(0.01)}, label)
    assert quick_fit(tx=tx, epochs=1).history[0]["learning_rate"] is None


@pytest.mark.slow
def test_it_trains_with_64_bit_types_switched_on():
    with jax.enable_x64(True):
        augmentation = Augmentation(flip="random", shift=1)
        trained = quick_fit(small.NETWORK, epochs=1, augmentation=augmentation)
    assert {leaf.dtype for leaf in jax.tree.leaves(trained.state.params)} == {jnp.dtype("float32")}


@pytest.mark.thorough
def test_settings_are_kept():
    augmentation = Augmentation(shift=1)
    settings = quick_fit(epochs=1, seed=3, augmentation=augmentation).settings
    assert settings == {
        "training_set": "rows",
        "training_images": 40,
        "epochs": 1,
        "batch_size": 8,
        "tx": "custom",
        "loss": None,
        "label_smoothing": 0.0,
        "class_weights": None,
        "sampler": None,
        "augmentation": dataclasses.asdict(augmentation),
        "normalization": None,
        "ema_decay": None,
        "swa_start": None,
        "early_stopping": None,
        "max_steps": None,
        "max_seconds": None,
        "accumulate_steps": 1,
        "dtype": None,
        "metrics": None,
        "log_norms": False,
        "freeze": None,
        "init_from": None,
        "seed": 3,
        "devices": 3,
        "shard": None,
        "x64": False,
    }


@pytest.mark.thorough
def test_an_average_of_the_weights_is_what_is_evaluated():
    trained = quick_fit(NORMED, ema_decay=0.9, epochs=3)
    state = trained.state
    assert as_bits(trained.network.variables) == as_bits(state.ema)
    assert as_bits(state.ema.params) != as_bits(state.params)
    assert as_bits(state.ema.batch_stats) != as_bits(state.batch_stats)
    plain = quick_fit(NORMED, epochs=3)
    assert as_bits(plain.state.params) == as_bits(state.params)


@pytest.mark.thorough
def test_norms_of_each_layer_are_logged():
    trained = quick_fit(NORMED, log_norms=True, epochs=1, tx=optax.sgd(0.02))
    logs = trained.history[-1]
    assert set(logs["gradient_norms"]) == {"layers.0", "layers.2"}
    for layer, norm in logs["gradient_norms"].items():
        assert logs["update_norms"][layer] == pytest.approx(0.02 * norm, rel=1e-5)
        assert norm > 0


def test_it_trains_outside_the_main_thread():
    results = []
    thread = threading.Thread(target=lambda: results.append(quick_fit(epochs=1)))
    thread.start()
    thread.join()
    assert len(results[0].history) == 1


@pytest.mark.thorough
def test_whitening_filters_are_set_from_the_training_images():
    net = jaxcnn.Sequential([jaxcnn.WhiteningConv(2), jaxcnn.GlobalAvgPool(), jaxcnn.Dense(3)])
    data = small.dataset(channels=3)
    trained = quick_fit(net, data, epochs=1)
    images = np.asarray(Normalization.of(data)(data.images))
    kernel = np.asarray(trained.network.module.layers[0].kernel[...])
    windows = np.lib.stride_tricks.sliding_window_view(images, (2, 2), axis=(1, 2))
    outputs = np.einsum("nhwcyx,yxco->nhwo", windows, kernel[..., :12]).reshape(-1, 12)
    second_moments = outputs.T @ outputs / len(outputs)
    # Directions that hardly vary stay below 1, by epsilon; no two are correlated.
    assert np.diag(second_moments).max() == pytest.approx(1, abs=0.01)
    np.testing.assert_allclose(second_moments - np.diag(np.diag(second_moments)), 0, atol=0.01)


def test_progress_is_plain_lines_where_the_output_is_no_terminal(capsys):
    quick_fit(progress=True, validation=small.dataset(seed=1))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "compiling the training step ..."
    assert re.fullmatch(r"compiled the training step for 3 devices in [\d.]+ s", lines[1])
    number = r"\s*[\d.,]+"
    pattern = (
        rf"epoch 1/2  loss{number}  accuracy{number}%  "
        rf"validation loss{number}  accuracy{number}%  {number} s  {number} images/s"
    )
    assert re.fullmatch(pattern, lines[2])
    assert len(lines) == 4


def test_the_lines_call_the_validation_set_as_they_are_asked_to(capsys):
    quick_fit(progress=True, validation=small.dataset(seed=1), held_out="test", epochs=1)
    line = capsys.readouterr().err.splitlines()[-1]
    assert "  test loss " in line
    assert "validation" not in line
    with pytest.raises(TypeError, match="held_out: expected a word such as 'test', got None"):
        quick_fit(held_out=None)


def test_no_progress_prints_nothing(capsys):
    quick_fit(progress=False)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""

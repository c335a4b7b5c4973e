import json

import pytest

import jaxcnn
from jaxcnn.profiling import LayerTime, Limits, Profile, _limits, profile

NET = jaxcnn.Sequential([jaxcnn.Conv(4, 3, name="stem"), jaxcnn.Flatten(), jaxcnn.Dense(10)])


@pytest.fixture
def small_probes(monkeypatch):
    monkeypatch.setattr(_limits, "MAX_SIDE", 64)
    monkeypatch.setattr(_limits, "MIN_SIDE", 64)
    monkeypatch.setattr(_limits, "ARRAY_BYTES", 2**16)


def made_up(train: bool = False) -> Profile:
    """The convolution: 18,432 FLOPs in 1 µs."""
    table = jaxcnn.summary(NET, (8, 8, 4), batch_size=1)
    times = [
        LayerTime(row, kind, 1e-6, 2 if train else 1)
        for row, kind in zip(table.rows, ("Conv", "Flatten", "Dense"), strict=True)
    ]
    limits = Limits(flops_per_second=36.864e9, bytes_per_second=10e9)
    return Profile(table, tuple(times), limits, "toaster", train, 5, 2e-6, 1e-8, 0.5)


def test_rates():
    conv, flatten, _ = made_up().layers
    assert conv.flops_per_second == 2 * (8 * 8 * 4) * (3 * 3 * 4) / 1e-6
    # Inputs, outputs, and weights with biases, in float32.
    assert conv.bytes_per_second == pytest.approx(4 * (256 + 256 + 148) / 1e-6)
    assert flatten.flops_per_second == 0
    assert made_up(train=True).layers[0].flops_per_second == 2 * conv.flops_per_second
    assert made_up().of_roof(conv) == pytest.approx(0.5)
    assert made_up().of_roof(flatten) == pytest.approx(2 * 256 * 4 / 1e-6 / 10e9)
    assert made_up().layer_seconds == pytest.approx(3e-6)


def test_text_and_json():
    text = str(made_up())
    assert "batch of 1, float32, inference" in text
    (stem,) = [line for line in text.splitlines() if line.startswith("stem")]
    assert stem.split()[-6:] == ["6.98", "0.001", "33.3%", "18.4", "2.64", "50%"]
    assert "layers one by one 0.003 ms; the network as one program 0.002 ms" in text
    assert "36.9 GFLOP/s (product of large matrices), 10 GB/s" in text
    document = json.loads(made_up().to_json())
    (stem, *_) = document["summary"]["rows"]
    assert (stem["parameters"], stem["seconds"], stem["of_roof"]) == (148, 1e-6, 0.5)
    assert document["limits"] == {"flops_per_second": 36.864e9, "bytes_per_second": 10e9}


@pytest.mark.thorough
@pytest.mark.usefixtures("small_probes")
def test_profile():  # guide row A8.16
    found = profile(NET, (8, 8, 4), batch_size=2, rounds=1, train=True)
    assert found.summary == jaxcnn.summary(NET, (8, 8, 4), batch_size=2)
    assert [(time.kind, time.passes) for time in found.layers] == [
        ("Conv", 2), ("Flatten", 3), ("Dense", 3)
    ]  # fmt: skip
    measured = [found.seconds, found.call_seconds, found.compile_seconds]
    measured += [time.seconds for time in found.layers]
    measured += [found.limits.flops_per_second, found.limits.bytes_per_second]
    assert min(measured) > 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"architecture": "lenet5"}, TypeError, "architecture: expected a layer"),
        ({"input_shape": (8, 0, 4)}, ValueError, "input_shape: expected positive"),
        ({"batch_size": 0}, ValueError, "batch_size: expected at least 1"),
        ({"dtype": "float33"}, TypeError, "dtype: expected a dtype"),
        ({"dtype": "float64"}, ValueError, "dtype: .* got float64 .*jax_enable_x64"),
        ({"dtype": "int32"}, TypeError, "dtype: expected a floating-point dtype"),
        ({"train": 1}, TypeError, "train: expected True or False"),
        ({"rounds": 0}, ValueError, "rounds: expected at least 1"),
    ],
)
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=message):
        profile(**{"architecture": NET, "input_shape": (8, 8, 4), **arguments})

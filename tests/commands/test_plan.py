"""`jaxcnn plan`: what it prints, and what it says of a wrong command line."""

import json

import pytest

from jaxcnn import commands


def status(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as exit_:
        commands.main(arguments)
    return exit_.value.code


def test_a_table_of_several_clusters(capsys):
    assert status("plan", "lenet5", "--devices", "8", "64", "--examples", "60000") == 0
    printed = capsys.readouterr().out
    assert "61,706 parameters, bfloat16, on h100" in printed
    head, few, many = printed.split("\n\n")[1].splitlines()
    assert head.split()[:2] == ["devices", "batch"]
    assert (few.split()[:2], many.split()[:2]) == (["8", "1,024"], ["64", "8,192"])


def test_measured_steps_and_another_network(capsys):
    how = ("--measured", "64=20", "16=8", "--network-gbits", "10", "--in-memory", "--json")
    what = ("--chip", "a100", "--batch-size", "1024", "--optimizer", "adam", "--dtype", "float32")
    assert status("plan", "lenet5", "--devices", "16", *what, *how) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["chip"]["name"] == "a100"
    assert found["chip"]["network_bytes_per_second"] == 1.25e9
    assert found["speed"] == pytest.approx({"fixed_seconds": 0.004, "example_seconds": 0.00025})
    (step,) = found["steps"]
    assert (step["per_device_batch_size"], step["decode_cores"]) == (64, 0)
    assert step["compute_seconds"] == pytest.approx(0.02)
    assert step["memory"]["optimizer"] == 2 * step["memory"]["gradients"]


def test_split_weights(capsys):
    assert status("plan", "lenet5", "--devices", "4", "--shard", "fsdp", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["shard"] == "fsdp"
    # The two largest kernels are split, and the larger one is gathered with its gradient.
    assert found["steps"][0]["memory"]["gathered"] == 2 * 4 * 400 * 120


def test_a_share_of_the_peak(capsys):
    assert status("plan", "lenet5", "--devices", "1", "--mfu", "0.5", "--json") == 0
    assert json.loads(capsys.readouterr().out)["speed"]["fixed_seconds"] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--devices", "0"), "--devices: expected at least 1, got 0"),
        (("--devices", "8", "--chip", "h10"), "--chip: expected one of p100, "),
        (
            ("--devices", "8", "--batch-size", "4"),
            "--batch-size: expected at least one example for each of 8 devices, got 4",
        ),
        (
            ("--devices", "8", "--per-device-batch-size", "0"),
            "--per-device-batch-size: expected at least 1, got 0",
        ),
        (
            ("--devices", "8", "--measured", "128"),
            "--measured: expected a batch size and milliseconds such as 128=42.1, got '128'",
        ),
        (
            ("--devices", "8", "--measured", "8=2", "16=1"),
            "--measured: expected more time for 16 examples than for 8, got ",
        ),
        (
            ("--devices", "8", "--measured", "8=2", "--mfu", "0.5"),
            "--mfu: expected none with --meas",
        ),
        (
            ("--devices", "8", "--mfu", "2"),
            "--mfu: expected a finite number above 0 and of at most 1",
        ),
        (("--devices", "8", "--network-gbits", "0"), "--network-gbits: expected above 0, got 0"),
        (
            ("--devices", "8", "--batch-size", "64", "--per-device-batch-size", "8"),
            "--per-device-batch-size: expected none with --batch-size, got 8",
        ),
        (
            ("--devices", "8", "--decode-rate", "50", "--in-memory"),
            "--decode-rate: expected none with --in-memory, got 50",
        ),
        (
            ("--devices", "8", "--decode-rate", "0"),
            "--decode-rate: expected a finite number above 0",
        ),
    ],
)
def test_errors_name_the_options(options, message, capsys):
    assert status("plan", "lenet5", *options) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"ValueError: {message}")

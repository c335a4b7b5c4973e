"""Two processes of two devices train as one process of four does, and end together."""

import random
import signal
import time

import numpy as np
import processes
import pytest

from jaxcnn.runs import checkpoint_numbers

TRAININGS = ["normed", "streamed"]
SLOWER = ["plain", "dropped", "averaged", "iterated", "members", "convolved", "split"]
ENDS = ["shares", "error_of_one", "saved", "whole", "terminated"]
OTHER_ENDS = [
    *("bad_example", "on_epoch_of_one", "late", "other_seeds", "other_shapes", "other_items"),
    "gone_validation",
]
GONE = ["gone_examples", "gone_few", "gone_average", "gone_for_members", "metric_of_one"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("processes")


@pytest.fixture(scope="module")
def two(place):
    """What each of two processes with two devices has found."""
    return processes.results(place / "two", [*TRAININGS, *ENDS])


@pytest.fixture(scope="module")
def ended(place):
    """How trainings of two processes end that one of them spoils."""
    return processes.results(place / "ended", OTHER_ENDS)


@pytest.fixture(scope="module")
def one(place):
    """What one process with four devices has found."""
    return processes.results(place / "one", TRAININGS, processes=1, devices=4)


def check_equal_to_rounding(two, one):
    """The same in both of two processes, and up to rounding what one process finds."""
    for name, (first, second) in two.items():
        (alone,) = one[name]
        assert first["devices"] == alone["devices"] == 4
        for key in ("bits", "history", "seconds", "steps"):
            assert first[key] == second[key], (name, key)
        np.testing.assert_allclose(first["weights"], alone["weights"], 1e-4, 1e-5, err_msg=name)
        for mine, theirs in zip(first["history"], alone["history"], strict=True):
            assert mine == pytest.approx(theirs, rel=1e-5), name


def test_the_result_is_that_of_one_process(two, one):
    check_equal_to_rounding({name: two[name] for name in TRAININGS}, one)


@pytest.mark.slow
def test_other_results_are_those_of_one_process(tmp_path):
    two = processes.results(tmp_path / "two", SLOWER)
    check_equal_to_rounding(
        two, processes.results(tmp_path / "one", SLOWER, processes=1, devices=4)
    )


def test_each_process_reads_its_share(two):
    assert [each["read"] for each in two["shares"]] == [20, 20]


def test_an_error_of_one_process_ends_both(two):
    first, second = two["error_of_one"]
    assert (first["kind"], second["kind"]) == ("ProcessError", "KeyError")
    assert first["steps"] == second["steps"] <= 6
    assert first["text"] == "process 1 of 2 ended by an error: KeyError: 'mine'"


@pytest.mark.thorough
def test_what_one_process_wants_ends_both(ended):
    for first, second in (ended[name] for name in ("on_epoch_of_one", "late")):
        assert {**first, "seconds": 0} == {**second, "seconds": 0}
    assert (ended["on_epoch_of_one"][0]["stopped"], ended["on_epoch_of_one"][0]["steps"]) == (
        "on_epoch",
        5,
    )
    assert ended["late"][0]["stopped"] == "max_seconds"
    assert ended["late"][0]["steps"] <= 5


@pytest.mark.thorough
def test_files_that_one_process_cannot_read_end_both(ended):
    first, second = ended["bad_example"]
    assert (first["kind"], second["kind"]) == ("ProcessError", "OSError")
    assert "cannot be read" in first["text"]
    # Nothing is saved that was learned from a batch without its examples.
    assert max(first["saved"]) <= 3
    first, second = ended["gone_validation"]
    assert (first["kind"], second["kind"]) == ("ProcessError", "FileNotFoundError")
    assert "process 1 of 2 ended by an error: FileNotFoundError" in first["text"]
    assert ".png" in first["text"]
    assert first["steps"] == second["steps"]


@pytest.mark.thorough
def test_what_differs_between_processes_is_said_by_both(ended):
    for each, kind in zip(ended["other_shapes"], ("ProcessError", "ValueError"), strict=True):
        assert each["kind"] == kind
    for first, second, got in zip(*ended["other_items"], (2, "more"), strict=True):
        expected = f"items: expected 3, got {got}"
        assert (second["kind"], second["text"]) == ("ValueError", expected)
        assert first["text"] == f"process 1 of 2 ended by an error: ValueError: {expected}"
    for each in ended["other_seeds"]:
        expected = "seed: expected the same in all processes, got another in process 1"
        assert each["kind"] == "ValueError"
        assert each["text"].startswith(expected)


def test_sigterm_to_one_process_saves_one_step_for_both(two):
    for name in ("whole", "terminated"):
        first, second = two[name]
        assert {**first, "seconds": 0} == {**second, "seconds": 0}
    assert first["code"] == second["code"] == 75
    assert first["saved"] == second["saved"]
    assert 8 < first["saved"][-1] < 20
    assert first["bits"] == two["whole"][0]["bits"]


def test_one_process_writes_the_run(two, place):
    assert two["saved"][0] == two["saved"][1]
    assert (place / "two" / "run" / "manifest.json").exists()


def kill_one(folder, process, step):
    """Kill a process after a step of a training; return all processes."""
    steps = folder / "steps"
    for before in folder.glob("steps.*"):
        before.unlink()
    started = processes.launch(folder, ["resumed"], environment={"STEPS": str(steps)})
    told, ends = steps.with_suffix(f".{process}"), time.monotonic() + 300
    while not (told.exists() and told.read_text() and int(told.read_text()) >= step):
        assert time.monotonic() < ends, (folder / "0.txt").read_text()
        time.sleep(0.005)
    started[process].send_signal(signal.SIGKILL)
    return started


@pytest.mark.thorough
def test_a_training_goes_on_after_one_process_was_killed(two, tmp_path):
    started = kill_one(tmp_path, 1, 8)
    started[0].kill()  # which waits for the other
    assert processes.wait(started) == [-signal.SIGKILL] * 2
    before = checkpoint_numbers(tmp_path / "checkpoints")
    assert before
    assert before[-1] >= 5
    after = processes.results(tmp_path, ["resumed"])["resumed"]
    assert after[0]["bits"] == after[1]["bits"] == two["whole"][0]["bits"]
    assert after[0]["history"] == two["whole"][0]["history"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_either_process_is_killed_anywhere(two, seed, tmp_path):
    drawn = random.Random(seed)
    # Of 20 steps; after the last ones, the other would need no sum any more, and finish.
    for step in sorted(drawn.sample(range(1, 15), 2)):
        started = kill_one(tmp_path, drawn.randrange(2), step)
        assert all(processes.wait(started))  # the other ends by itself
    after = processes.results(tmp_path, ["resumed"])["resumed"]
    assert after[0]["bits"] == after[1]["bits"] == two["whole"][0]["bits"]


@pytest.mark.slow
def test_files_that_are_gone_for_one_process_end_both(tmp_path):
    for name, (first, second) in processes.results(tmp_path, GONE).items():
        expected = "KeyError" if name == "metric_of_one" else "FileNotFoundError"
        assert (first["kind"], second["kind"]) == ("ProcessError", expected), name
        assert f"process 1 of 2 ended by an error: {expected}" in first["text"], name
        assert first["steps"] == second["steps"], name


@pytest.mark.slow
def test_a_process_may_be_late_for_the_first_sum(tmp_path):
    for found in processes.results(tmp_path, ["late_reader"])["late_reader"]:
        assert found["numbers"] == [0, 1]


@pytest.mark.slow
def test_an_evaluation_by_the_devices_of_both(tmp_path):
    for found in processes.results(tmp_path, ["evaluated"])["evaluated"]:
        assert found["few"] == 3
        together, alone = found["together"], found["alone"]
        assert together["accuracy"] == alone["accuracy"]
        assert together["loss"] == pytest.approx(alone["loss"], rel=1e-5)


@pytest.mark.slow
def test_checks_before_a_training_use_the_devices_of_both(tmp_path):
    cases = ["tried", "tried_otherwise", "rates", "rates_terminated"]
    two = processes.results(tmp_path / "two", cases)
    one = processes.results(tmp_path / "one", ["tried", "rates"], processes=1, devices=4)
    for found in two["tried"]:
        assert found["devices"] == 4
        for name in ("losses", "norms"):
            assert found[name] == pytest.approx(one["tried"][0][name], rel=1e-4)
    for found in two["tried_otherwise"]:
        assert "seed: expected the same in all processes" in found["text"]
    assert [found["losses"] for found in two["rates"]] == [one["rates"][0]["losses"]] * 2
    for found in two["rates_terminated"]:
        assert found["code"] == 75
        assert 0 < found["saved"][-1] < 12
        assert found["losses"] == one["rates"][0]["losses"]


@pytest.mark.slow
def test_four_processes_of_one_device_give_the_same_bits(tmp_path):
    cases = [*TRAININGS, *SLOWER]
    two = processes.results(tmp_path / "two", cases)
    four = processes.results(tmp_path / "four", cases, processes=4, devices=1)
    for name in cases:
        assert four[name][3]["bits"] == two[name][0]["bits"], name
        assert four[name][0]["history"] == two[name][0]["history"], name


@pytest.mark.slow
def test_four_processes_of_one_device_go_on_from_two_of_two(tmp_path):
    whole = processes.results(tmp_path, ["whole", "cut_off"])["whole"]
    four = processes.results(tmp_path, ["continued"], processes=4, devices=1)["continued"]
    assert {each["bits"] for each in four} == {whole[0]["bits"]}
    assert four[0]["history"] == whole[0]["history"]


@pytest.mark.slow
def test_a_training_whose_state_is_split_resumes_to_the_same_bits(tmp_path):
    found = processes.results(tmp_path, ["split", "split_and_resumed"])
    assert [each["saved"] for each in found["split_and_resumed"]] == [[2, 3]] * 2
    assert len({each["bits"] for case in found.values() for each in case}) == 1


@pytest.mark.slow
def test_an_ensemble_and_an_experiment(tmp_path):
    found = processes.results(tmp_path, ["members", "members_terminated", "experiment"])
    whole, first, second = found["members"][0], *found["members_terminated"]
    assert first["code"] == second["code"] == 75
    assert 0 < first["saved"][-1] < 15
    assert first["bits"] == second["bits"] == whole["bits"]
    assert found["experiment"][0] == found["experiment"][1]
    assert found["experiment"][0]["devices"] == 4
    assert found["experiment"][0]["accuracy"] > 0.5
    assert "is finished already" in (tmp_path / "0.txt").read_text()
    assert "epoch" not in (tmp_path / "1.txt").read_text()  # process 0 shows the progress

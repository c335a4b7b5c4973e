import pytest

from jaxcnn.profiling import _limits


@pytest.fixture
def clock(monkeypatch):
    """A clock that only the programs move."""
    now = [0.0]
    monkeypatch.setattr(_limits.time, "perf_counter", lambda: now[0])

    def program(name, seconds, log):
        def run():
            log.append(name)
            now[0] += seconds

        return run

    return program


def test_programs_take_turns_and_short_ones_run_often(clock):
    log = []
    programs = [clock("long", 0.5, log), clock("short", 2.5e-4, log)]
    (long, short) = _limits.seconds_of(programs, rounds=2)
    assert long == pytest.approx([0.5, 0.5])
    assert short == pytest.approx([2.5e-4, 2.5e-4])
    warm_up, turn = ["long", "short", "long", "short"], ["long", *["short"] * 4]
    assert log == warm_up + 2 * turn


def test_medians():
    assert _limits.medians([[1.0, 9.0, 2.0], [3.0]]) == [2.0, 3.0]

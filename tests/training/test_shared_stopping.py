"""What each of several processes decides alone; what they decide together: `tests/distributed`."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn.inference import batch_mesh, own_share
from jaxcnn.training import _shared_stopping
from jaxcnn.training._shared_stopping import END, GO_ON, VOID, SharedStopping, stopping_for
from jaxcnn.training._stopping import Stopping
from jaxcnn.training._terminal import Interrupt, StopRequested


@pytest.fixture
def stopping():
    return SharedStopping(Interrupt(), 9.0, batch_mesh(2), lambda: ("example",))


def wishes(stopping):
    (array,) = stopping.arguments()
    return np.asarray(array).tolist()


def test_one_process_shares_nothing():
    mesh = batch_mesh()
    assert type(stopping_for(mesh, Interrupt(), 1.0)) is Stopping
    assert batch_mesh(everywhere=True) == mesh
    batches = np.arange(6)
    assert own_share(mesh, batches) is batches


def test_a_wish_does_not_end_the_training_here(stopping):
    assert wishes(stopping) == [GO_ON, GO_ON]
    stopping.interrupt.requested = True
    assert wishes(stopping) == [END, END]
    assert not stopping.requested


def test_the_answer_of_a_step_is_read_when_the_next_one_has_begun(stopping):
    stopping.sent(jnp.int32(END))
    assert not stopping.requested
    stopping.sent(jnp.int32(GO_ON))
    assert stopping.requested


def test_processes_decide_after_the_end_of_the_step_in_flight(stopping, monkeypatch):
    events = []

    class InFlight:
        def block_until_ready(self):
            events.append("end of the step")

    def from_first(value):
        events.append("decision")
        return value

    monkeypatch.setattr(_shared_stopping, "from_first", from_first)
    stopping.sent(InFlight())
    assert stopping.decide(lambda: True)
    assert events == ["end of the step", "decision"]


def test_the_time_is_over_for_all(stopping):
    assert not stopping.is_late(9.0)
    assert wishes(stopping) == [END, END]


def test_after_an_error_of_the_data_the_other_processes_get_their_steps(stopping):
    def batches():
        yield "first"
        raise OSError("cannot be read")

    each = stopping.guarded(batches(), 4)
    assert [next(each)] == ["first"]
    assert wishes(stopping) == [GO_ON, GO_ON]
    assert list(each) == ["first"] * 3
    assert wishes(stopping) == [VOID, VOID]
    assert str(stopping.error) == "cannot be read"
    stopping.sent(jnp.int32(VOID))
    assert stopping.is_void  # such a state is not saved


def test_the_first_batch_is_replaced_by_an_example(stopping):
    def batches():
        raise OSError("cannot be read")
        yield

    assert list(stopping.guarded(batches(), 2)) == [("example",)] * 2


def test_one_process_agrees_with_itself(stopping):
    with stopping.at_once():
        pass
    stopping.saving(lambda: 1 / 0)
    stopping.interrupt.requested = stopping.interrupt.terminate = True
    assert stopping.agree(1.5) == 1.5
    assert stopping.is_interrupted
    with pytest.raises(StopRequested), stopping.at_once():
        pass
    with pytest.raises(ZeroDivisionError):
        stopping.agree_or_raise()
    assert stopping.decide(lambda: True)

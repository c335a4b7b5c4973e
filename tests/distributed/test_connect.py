"""The threads that receive messages do not interrupt those that compute."""

import os
import threading

import pytest

from jaxcnn.distributed._connect import _threads, be_patient

pytestmark = pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Linux has these policies")


def test_a_thread_becomes_patient():
    end = threading.Event()
    before = _threads()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        new = _threads() - before
        assert thread.native_id in new
        be_patient(new)
        assert os.sched_getscheduler(thread.native_id) == os.SCHED_BATCH
        assert os.sched_getscheduler(0) == os.SCHED_OTHER
    finally:
        end.set()


def test_threads_that_have_ended_are_passed_over():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    with pytest.raises(ProcessLookupError):
        os.sched_getscheduler(thread.native_id)
    be_patient({thread.native_id, threading.get_native_id()})
    assert os.sched_getscheduler(0) == os.SCHED_BATCH
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))

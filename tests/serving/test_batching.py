"""The queue of examples, and the threads that divide it into batches."""

import asyncio
import threading
import time
from typing import ClassVar

import numpy as np

from jaxcnn.serving._batching import Batcher
from jaxcnn.serving._errors import RequestError


class Doubles:
    """A network that doubles its inputs, and notes its batches."""

    max_batch, seconds = 4, {1: 0.001, 4: 0.001}

    def __init__(self):
        self.batches, self.free = [], threading.Event()

    def size_for(self, waiting):
        return 1 if waiting == 1 else 4

    def predict(self, inputs):
        self.free.wait(5)
        self.batches.append((inputs.dtype.name, len(inputs)))
        if inputs.max() == 13:
            raise ArithmeticError("bad luck")
        return inputs.astype(np.float32) * 2


def run_together(coroutines_of, predictor, threads=1, **options):
    """Run coroutines beside the threads of a batcher, and return their results."""
    observed = []
    options = {
        "max_delay_s": 0.005,
        "max_queue": 100,
        "observe": lambda examples, _: observed.append(examples),
    } | options
    batcher = Batcher(predictor, **options)
    work = [threading.Thread(target=batcher.work) for _ in range(threads)]
    for thread in work:
        thread.start()

    async def main():
        asyncio.get_running_loop().call_later(0.05, predictor.free.set)
        return await asyncio.gather(*coroutines_of(batcher), return_exceptions=True)

    results = asyncio.run(main())
    batcher.end()
    for thread in work:
        thread.join()
    assert batcher.queue_length == 0
    return results, observed


def inputs(*values, dtype=np.uint8):
    return np.array(values, dtype)[:, None]


def test_requests_share_batches_and_are_divided():
    asked = [inputs(1), inputs(2, 3), inputs(4, 5, 6, 7, 8, 9), inputs(10, dtype=np.float32)]
    doubles = Doubles()
    results, observed = run_together(lambda b: map(b.predict, asked), doubles)
    for given, found in zip(asked, results, strict=True):
        assert found.tolist() == (given.astype(int) * 2).tolist()
    assert observed == [4, 4, 1, 1]
    assert doubles.batches == [("uint8", 4), ("uint8", 4), ("uint8", 1), ("float32", 1)]


def test_the_next_batch_begins_before_the_end_of_the_one_before():
    began, ended = [], []

    class Slow(Doubles):
        seconds: ClassVar = {1: 0.1, 4: 0.1}

        def predict(self, inputs):
            began.append(time.monotonic())
            time.sleep(0.1)
            ended.append(time.monotonic())
            return inputs

    run_together(lambda b: [b.predict(inputs(*range(12)))], Slow(), threads=2)
    assert len(began) == 3
    assert began[1] < ended[0]
    assert began[2] < ended[1]
    assert began[2] > ended[0]  # there are never three


def test_examples_keep_their_order_if_a_later_batch_ends_first():
    class Overtaken(Doubles):
        """The first batch waits for the end of the second."""

        def __init__(self):
            super().__init__()
            self.second = threading.Event()

        def predict(self, inputs):
            assert inputs.min() != 1 or self.second.wait(20)
            outputs = super().predict(inputs)
            self.second.set()
            return outputs

    asked = inputs(*range(1, 9))
    (found,), _ = run_together(lambda b: [b.predict(asked)], Overtaken(), threads=2)
    assert found.tolist() == (asked.astype(int) * 2).tolist()


def test_a_batch_that_fails_is_an_error_of_its_requests_alone():
    asked = [inputs(13), inputs(1, dtype=np.float32)]
    (failure, found), _ = run_together(lambda b: map(b.predict, asked), Doubles())
    assert isinstance(failure, RequestError)
    assert failure.status == 500
    assert found.tolist() == [[2]]


def test_the_rest_of_a_request_that_has_failed_is_not_computed():
    doubles = Doubles()
    asked = [inputs(*range(10, 22)), inputs(1, dtype=np.float32)]
    (failure, found), _ = run_together(lambda b: map(b.predict, asked), doubles)
    assert failure.status == 500
    assert found.tolist() == [[2]]
    assert doubles.batches == [("uint8", 4), ("float32", 1)]


def test_answers_do_not_depend_on_what_observes_the_batches():
    def observe(*_):
        raise ArithmeticError("bad luck")

    async def twice(batcher):
        return [await batcher.predict(inputs(value)) for value in (1, 2)]

    (found,), _ = run_together(lambda b: [twice(b)], Doubles(), observe=observe)
    assert [each.tolist() for each in found] == [[[2]], [[4]]]


def test_a_full_queue_says_when_to_come_again():
    asked = [inputs(1, 2), inputs(3, 4), inputs(5)]
    results, _ = run_together(lambda b: map(b.predict, asked), Doubles(), max_queue=3)
    assert results[1].status == 503
    assert results[1].headers == {"Retry-After": "1"}
    assert [each.tolist() for each in results[::2]] == [[[2], [4]], [[10]]]


def test_who_has_left_is_not_computed():
    doubles = Doubles()

    async def leaves(batcher):
        async with asyncio.timeout(0.02):
            await batcher.predict(inputs(1, 2, 3, 4))

    first, last = inputs(7, 8, 9, 10), inputs(11)  # the first is computed until 0.05 s
    results, _ = run_together(lambda b: [b.predict(first), leaves(b), b.predict(last)], doubles)
    assert isinstance(results[1], TimeoutError)
    assert results[2].tolist() == [[22]]
    assert doubles.batches == [("uint8", 4), ("uint8", 1)]


def test_calls_take_turns_with_batches():
    order = []

    class Notes(Doubles):
        def predict(self, inputs):
            order.append("batch")
            return super().predict(inputs)

    def asked(batcher):
        calls = [batcher.call(lambda k=k: order.append(k)) for k in range(3)]
        return [batcher.predict(inputs(1)), *calls, batcher.predict(inputs(2, dtype=np.float32))]

    run_together(asked, Notes(), max_delay_s=0)
    assert sorted(map(str, order)) == ["0", "1", "2", "batch", "batch"]
    assert order.index("batch", order.index("batch") + 1) < 4


def test_an_error_of_a_call_reaches_the_caller():
    def fail():
        raise ArithmeticError("bad luck")

    results, _ = run_together(lambda b: [b.call(fail)], Doubles())
    assert isinstance(results[0], ArithmeticError)

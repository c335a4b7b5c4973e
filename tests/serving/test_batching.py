import asyncio
import threading

import numpy as np

from jaxcnn.serving._batching import Batcher


class Late:
    """Batches of two; the first one waits for the second."""

    max_batch, seconds = 2, {}

    def __init__(self):
        self.second = threading.Event()

    def size_for(self, waiting):
        return min(waiting, 2)

    def predict(self, inputs):
        if len(inputs) == 2:
            assert self.second.wait(20)
        else:
            self.second.set()
        return 10 * inputs


def test_predictions_have_the_order_of_the_examples_whatever_batch_is_done_first():
    batcher = Batcher(Late(), max_delay_s=0.0, max_queue=9, observe=lambda *_: None)
    threads = [threading.Thread(target=batcher.work) for _ in range(2)]
    for thread in threads:
        thread.start()
    found = asyncio.run(batcher.predict(np.arange(3.0)[:, None]))
    batcher.end()
    for thread in threads:
        thread.join()
    assert found.ravel().tolist() == [0, 10, 20]

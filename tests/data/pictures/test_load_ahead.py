import threading
import time

import numpy as np
import pytest
from PIL import Image

from jaxcnn.data import DataError, load_images
from jaxcnn.data.pictures._decode_ahead import map_ahead


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("ahead", [0, 1, 5, 100])
def test_results_come_in_order_whoever_is_done_first(threads, ahead):
    def slow_first(i):
        time.sleep(0.002 * (i % 3 == 0))
        return -i

    assert list(map_ahead(slow_first, range(20), threads=threads, ahead=ahead)) == [
        -i for i in range(20)
    ]


def test_no_more_is_begun_than_asked_for():
    taken = []

    def items():
        for i in range(100):
            taken.append(i)
            yield i

    results = map_ahead(abs, items(), threads=2, ahead=3)
    assert taken == []
    assert next(results) == 0
    assert taken == [0, 1, 2, 3]
    results.close()
    assert taken == [0, 1, 2, 3]


def test_work_goes_on_while_a_result_is_used():
    last = threading.Event()
    results = map_ahead(lambda i: i == 2 and last.set(), range(3), threads=1, ahead=2)
    next(results)
    assert last.wait(10)
    results.close()


def test_what_fails_is_raised_in_its_place_and_no_thread_is_left():
    results = map_ahead(lambda i: 1 / i, [2, 0, 1], threads=2, ahead=2)
    assert next(results) == 0.5
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


@pytest.mark.parametrize("ahead", [1, 100])
def test_files_are_images_or_the_errors_that_refused_them(tmp_path, ahead):
    sources = [tmp_path / f"{i}.png" for i in range(11)]
    for i, source in enumerate(sources):
        Image.new("L", (5, 7), 10 * i).save(source)
    sources[4].write_bytes(b"no image")
    sources[7].unlink()
    images = list(load_images(sources, (3, 3, 1), ahead=ahead))
    assert isinstance(images[4], DataError)
    assert isinstance(images[7], FileNotFoundError)
    for i in {*range(11)} - {4, 7}:
        np.testing.assert_array_equal(images[i], np.full((3, 3, 1), 10 * i))


def test_a_shape_of_no_image_is_told_before_any_file_is_read():
    with pytest.raises(ValueError, match="shape: expected"):
        load_images(["nowhere.png"], (3, 3))

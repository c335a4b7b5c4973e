"""The main job from one end to the other: train, save, load, predict the same bits."""

import numpy as np

import jaxcnn


def test_a_saved_run_predicts_the_same_bits(tmp_path):
    net = jaxcnn.Sequential(
        [
            *(jaxcnn.Conv(8, 3), jaxcnn.BatchNorm(), jaxcnn.Activation("relu"), jaxcnn.MaxPool(2)),
            *(jaxcnn.Flatten(), jaxcnn.Dense(10)),
        ]
    )
    data = jaxcnn.data.digits()
    run = jaxcnn.fit(net, data.train, validation=data.test, epochs=3, progress=False)
    assert run.evaluate(data.test).accuracy > 0.9
    run.save(tmp_path / "run", test=data.test)
    images = data.test.images[:20]
    loaded = jaxcnn.load(tmp_path / "run")
    np.testing.assert_array_equal(loaded.predict_proba(images), run.predict_proba(images))

import built

import jaxcnn
from jaxcnn.models import densenet121

IMAGE = (224, 224, 3)


def test_shapes():
    features = densenet121().layers[0]
    assert list(dict.fromkeys(features.layer_shapes(IMAGE))) == [
        *(IMAGE, (112, 112, 64), (56, 56, 64)),
        *((56, 56, 256), (28, 28, 128)),
        *((28, 28, 512), (14, 14, 256)),
        *((14, 14, 1024), (7, 7, 512)),
        (7, 7, 1024),
    ]


def test_small_pictures_keep_their_size_until_the_first_transition():
    net = densenet121(10, growth_rate=12, depths=(2, 2, 2), stem="small")
    shapes = net.layers[0].layer_shapes((32, 32, 1))
    assert list(dict.fromkeys(shapes)) == [
        *((32, 32, 1), (32, 32, 24), (32, 32, 48), (16, 16, 24), (16, 16, 48)),
        *((8, 8, 24), (8, 8, 48)),
    ]
    assert built.output_shape(net, (32, 32, 1)) == (10,)


def test_dropout_ends_each_layer():
    block = densenet121(dropout=0.2).layers[0].layers[4]
    assert [type(layer.branches[1].layers[-1]) for layer in block.layers] == [jaxcnn.Dropout] * 6

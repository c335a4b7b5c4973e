import built

from jaxcnn.models import m5

SOUND = (32_000, 1)


def test_parameters_by_the_closed_form():
    def closed_form(a, b, c, d, n):
        return 80 * a + 3 * (a * b + b * c + c * d) + 2 * (a + b + c + d) + (d + 1) * n

    assert m5().costs(SOUND).parameters == closed_form(128, 128, 256, 512, 10) == 558_090
    net = m5(4, widths=(2, 3, 5, 7))
    assert built.variables(net, SOUND) == closed_form(2, 3, 5, 7, 4)


def test_shapes():  # those of the paper's Table 1
    assert list(dict.fromkeys(m5().layer_shapes(SOUND))) == [
        *(SOUND, (8000, 128), (2000, 128), (500, 128), (500, 256), (125, 256)),
        *((125, 512), (32, 512), (512,), (10,)),
    ]

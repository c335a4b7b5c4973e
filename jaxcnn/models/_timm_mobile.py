"""The networks of inverted residual blocks that timm has, by timm's names."""

from jaxcnn.models import _timm_stage_rows as rows
from jaxcnn.models._timm_stages import MobileDesign, Squeeze

# Factors of width and depth.
_COMPOUND_SCALING = {
    "b0": (1.0, 1.0),
    "b1": (1.0, 1.1),
    "b2": (1.1, 1.2),
    "b3": (1.2, 1.4),
    "b4": (1.4, 1.8),
    "b5": (1.6, 2.2),
    "b6": (1.8, 2.6),
    "b7": (2.0, 3.1),
    "b8": (2.2, 3.6),
    "l2": (4.3, 5.3),
}


# Timm has these with TensorFlow's padding and epsilon alone, or without them alone.
_ONLY_TENSORFLOW = {
    *("efficientnetv2_b0", "efficientnetv2_b1", "efficientnetv2_b2", "efficientnetv2_b3"),
    *("mobilenetv3_large_minimal_100", "mobilenetv3_small_minimal_100"),
}
_NOT_TENSORFLOW = {
    *("efficientnetv2_rw_t", "efficientnetv2_rw_s", "efficientnetv2_rw_m", "mobilenetv3_rw"),
    *("mobilenetv3_large_150d", "mobilenetv3_small_050"),
}


def mobile_designs() -> dict[str, MobileDesign]:
    """Return the networks by timm's names."""
    in_both = _efficientnets() | _efficientnets_v2() | _mobilenets_v3()
    designs = in_both | _tinynets() | _mobilenets() | _other_mobilenets_v3() | _mnasnets()
    return {
        **{name: design for name, design in designs.items() if name not in _ONLY_TENSORFLOW},
        **{
            f"tf_{name}": design.as_in_tensorflow()
            for name, design in in_both.items()
            if name not in _NOT_TENSORFLOW
        },
    }


def _efficientnets() -> dict[str, MobileDesign]:
    plain = MobileDesign(rows.EFFICIENTNET, activation="silu", drop_path=0.2)
    lite = MobileDesign(
        rows.EFFICIENTNET_LITE,
        activation="relu6",
        scales_stem=False,
        scales_ends=False,
        drop_path=0.2,
    )
    edge = MobileDesign(rows.EFFICIENTNET_EDGE, drop_path=0.2)
    return {
        **{
            f"efficientnet_{size}": _with_wider_head(plain._replace(width=width, depth=depth))
            for size, (width, depth) in _COMPOUND_SCALING.items()
        },
        **{
            f"efficientnet_lite{number}": lite._replace(width=width, depth=depth)
            for number, (width, depth) in enumerate([*_COMPOUND_SCALING.values()][:5])
        },
        "efficientnet_es": edge,
        "efficientnet_em": edge._replace(depth=1.1),
        "efficientnet_el": _with_wider_head(edge._replace(width=1.2, depth=1.4)),
    }


def _tinynets() -> dict[str, MobileDesign]:
    plain = MobileDesign(
        rows.EFFICIENTNET,
        activation="silu",
        scales_stem=False,
        rounds_depth_up=False,
        drop_path=0.2,
    )
    return {
        "tinynet_a": plain._replace(depth=1.2),
        "tinynet_b": plain._replace(width=0.75, depth=1.1),
        "tinynet_c": plain._replace(width=0.54, depth=0.85),
        "tinynet_d": plain._replace(width=0.54, depth=0.695),
        "tinynet_e": plain._replace(width=0.51, depth=0.6),
    }


def _efficientnets_v2() -> dict[str, MobileDesign]:
    small = MobileDesign(rows.EFFICIENTNET_V2_S, stem=24, activation="silu", drop_path=0.2)
    large = small._replace(stages=rows.EFFICIENTNET_V2_L, stem=32)
    base = small._replace(stages=rows.EFFICIENTNET_V2_BASE, stem=32, limit=0.0)
    own = small._replace(stages=rows.EFFICIENTNET_V2_RW, head=1792)
    sizes = [*_COMPOUND_SCALING.items()][:4]
    return {
        "efficientnetv2_s": small,
        "efficientnetv2_m": small._replace(stages=rows.EFFICIENTNET_V2_M),
        "efficientnetv2_l": large,
        "efficientnetv2_xl": large._replace(stages=rows.EFFICIENTNET_V2_XL),
        "efficientnetv2_rw_t": _with_wider_head(small._replace(width=0.8, depth=0.9)),
        "efficientnetv2_rw_s": own,
        "efficientnetv2_rw_m": _with_wider_head(
            own._replace(width=1.2, depth=(1.2, 1.2, 1.2, 1.2, 1.6, 1.6))
        ),
        **{
            f"efficientnetv2_{size}": _with_wider_head(base._replace(width=width, depth=depth))
            for size, (width, depth) in sizes
        },
    }


def _mobilenets() -> dict[str, MobileDesign]:
    first = MobileDesign(rows.MOBILENET_V1, head=0, activation="relu6")
    second = MobileDesign(rows.MOBILENET_V2, activation="relu6")
    deep = second._replace(scales_stem=False, scales_ends=False)
    return {
        "mobilenetv1_100": first,
        "mobilenetv1_100h": first._replace(head=1024),
        "mobilenetv1_125": first._replace(width=1.25),
        "mobilenetv2_035": second._replace(width=0.35),
        "mobilenetv2_050": second._replace(width=0.5),
        "mobilenetv2_075": second._replace(width=0.75),
        "mobilenetv2_100": second,
        "mobilenetv2_110d": deep._replace(width=1.1, depth=1.2),
        "mobilenetv2_120d": deep._replace(width=1.2, depth=1.4),
        "mobilenetv2_140": _with_wider_head(second._replace(width=1.4)),
    }


_SQUEEZE_V3 = Squeeze(True, is_divisible=True, activation="relu", gate="hard_sigmoid")
_V3_LARGE = MobileDesign(
    rows.MOBILENET_V3_LARGE,
    stem=16,
    pools_first=True,
    activation="hard_silu",
    squeeze=_SQUEEZE_V3,
)


def _mobilenets_v3() -> dict[str, MobileDesign]:
    large = _V3_LARGE
    small = large._replace(stages=rows.MOBILENET_V3_SMALL, head=1024)
    return {
        "mobilenetv3_large_075": large._replace(width=0.75),
        "mobilenetv3_large_100": large,
        "mobilenetv3_large_150d": large._replace(width=1.5, depth=1.2),
        "mobilenetv3_large_minimal_100": large._replace(
            stages=rows.MOBILENET_V3_LARGE_MINIMAL, activation="relu"
        ),
        "mobilenetv3_rw": large._replace(
            stages=rows.MOBILENET_V3_RW,
            has_head_bias=False,
            squeeze=Squeeze(of_expanded=True, gate="hard_sigmoid"),
            epsilon=1e-3,
        ),
        "mobilenetv3_small_050": small._replace(width=0.5, scales_stem=False),
        "mobilenetv3_small_075": small._replace(width=0.75),
        "mobilenetv3_small_100": small,
        "mobilenetv3_small_minimal_100": small._replace(
            stages=rows.MOBILENET_V3_SMALL_MINIMAL, activation="relu"
        ),
    }


def _other_mobilenets_v3() -> dict[str, MobileDesign]:
    """Return the networks with the head of MobileNetV3."""
    lc = _V3_LARGE._replace(stages=rows.LCNET, squeeze=_SQUEEZE_V3._replace(is_divisible=False))
    fb = _V3_LARGE._replace(
        head=1984,
        has_head_bias=False,
        limit=0.95,
        squeeze=Squeeze(is_divisible=True, gate="hard_sigmoid"),
    )
    return {
        "fbnetv3_b": fb._replace(stages=rows.FBNET_V3_B),
        "fbnetv3_d": fb._replace(stages=rows.FBNET_V3_D, stem=24),
        "fbnetv3_g": fb._replace(stages=rows.FBNET_V3_G, stem=32),
        "lcnet_035": lc._replace(width=0.35),
        "lcnet_050": lc._replace(width=0.5),
        "lcnet_075": lc._replace(width=0.75),
        "lcnet_100": lc,
        "lcnet_150": lc._replace(width=1.5),
    }


def _mnasnets() -> dict[str, MobileDesign]:
    plain, squeezed = MobileDesign(rows.MNASNET_B1), MobileDesign(rows.MNASNET_A1)
    widths = {"050": 0.5, "075": 0.75, "100": 1.0, "140": 1.4}
    return {
        **{f"mnasnet_{text}": plain._replace(width=width) for text, width in widths.items()},
        **{f"semnasnet_{text}": squeezed._replace(width=width) for text, width in widths.items()},
        "mnasnet_small": MobileDesign(rows.MNASNET_SMALL, stem=8),
        "spnasnet_100": MobileDesign(rows.SPNASNET),
        # The epsilon of its published weights; timm's default for new ones is 1e-5.
        "fbnetc_100": MobileDesign(rows.FBNET_C, stem=16, head=1984, epsilon=1e-3),
    }


def _with_wider_head(design: MobileDesign) -> MobileDesign:
    return design._replace(head=design.scaled(design.head))

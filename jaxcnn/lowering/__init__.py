"""How one convolution or pooling is computed on one backend.

The floor under everything: functions of arrays that know shapes and backends but nothing of
networks.
"""

__all__: list[str] = []

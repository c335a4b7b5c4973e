"""The summary of an architecture."""

import math
from collections.abc import Sequence

from jaxcnn.architecture._dataflow import held_at_once, sources_of
from jaxcnn.architecture._summary_row import SummaryRow
from jaxcnn.architecture._summary_table import Summary
from jaxcnn.architecture._walk import Visit, walk
from jaxcnn.layers import FLOAT32_BYTES, Container, Costs, Layer, Shape


def summary_of_layers(
    architecture: Layer, input_shape: Shape, batch_size: int, dtype: str, itemsize: int
) -> Summary:
    """A row for each visit of `walk`."""
    visits = [*walk(architecture, input_shape)]
    costs = [costs_of(visit) for visit in visits]
    sources = sources_of(architecture)
    each = batch_size * itemsize
    input_bytes = each * math.prod(input_shape)
    # An index of -1 stands for the network's input, and finds it here at the end.
    made = [*(each * math.prod(visit.output_shape) for visit in visits), input_bytes]
    held = held_at_once(made[:-1], input_bytes, sources)
    all_macs = sum(cost.macs for cost in costs)
    rows = []
    for visit, cost, reads, output_bytes, held_bytes in zip(
        visits, costs, sources, made[:-1], held, strict=True
    ):
        weight_bytes = cost.bytes // FLOAT32_BYTES * itemsize
        rows.append(
            SummaryRow(
                name=visit.name,
                path=visit.path,
                layer=visit.layer.label(visit.input_shape),
                output_shape=visit.output_shape,
                parameters=cost.parameters,
                weight_bytes=weight_bytes,
                macs=batch_size * cost.macs,
                share=cost.macs / all_macs if all_macs else 0.0,
                bytes_moved=sum(made[read] for read in reads) + output_bytes + weight_bytes,
                inference_bytes=held_bytes,
                training_bytes=output_bytes,
                receptive_field=visit.receptive_field.size,
                stride=visit.receptive_field.stride,
                padding=visit.receptive_field.padding,
            )
        )
    return Summary(
        network=type(architecture).__name__,
        input_shape=input_shape,
        output_shape=visits[-1].output_shape if visits else input_shape,
        batch_size=batch_size,
        dtype=dtype,
        rows=tuple(rows),
        inference_bytes=max(held, default=input_bytes),
        training_bytes=sum(made),
        receptive_field=receptive_field(visits, input_shape),
    )


def costs_of(visit: Visit) -> Costs:
    """What the visit itself costs: nothing where a container only joins what its layers made."""
    if isinstance(visit.layer, Container):
        return Costs()
    return visit.layer.costs(visit.input_shape)


def receptive_field(visits: Sequence[Visit], input_shape: Shape) -> Shape:
    """What is seen by the last layer whose output has spatial axes.

    The layers behind it have pooled or flattened the whole picture, and so see all of it. Where
    the first layer does so, that is what counts.
    """
    spatial = [visit for visit in visits if len(visit.output_shape) > 1]
    if spatial:
        return spatial[-1].receptive_field.size
    return visits[0].receptive_field.size if visits else (1,) * (len(input_shape) - 1)

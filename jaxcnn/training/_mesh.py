"""The devices that share the batches of a training."""

from jax.sharding import Mesh

from jaxcnn.inference import Network, batch_mesh
from jaxcnn.layers import takes_mask
from jaxcnn.training._plan import Plan, batch_size_of


def training_mesh(plan: Plan, network: Network, everywhere: bool) -> Mesh:
    """Return the mesh of the requested devices; by default, all devices that can share a batch."""
    mesh = batch_mesh(plan.devices, everywhere=everywhere)
    local = len(mesh.local_devices)
    processes = mesh.size // local

    def fits(size: int) -> bool:
        return batch_size_of(plan) % (size * processes * plan.accumulate_steps) == 0

    if fits(local) or takes_mask(network.module):
        return mesh
    fitting = list(filter(fits, range(1, local)))
    if plan.devices is None and fitting:
        return batch_mesh(max(fitting), everywhere=everywhere)
    pieces = f" in {plan.accumulate_steps} pieces" if plan.accumulate_steps > 1 else ""
    why = "(the model has a batch norm that cannot mask padded examples)"
    if not fitting and processes > 1:
        raise ValueError(
            f"batch_size: expected a multiple of the {processes} processes, got "
            f"{batch_size_of(plan)}{pieces} {why}"
        )
    raise ValueError(
        f"devices: expected a number that divides the batch size, {plan.batch_size}{pieces}, "
        f"got {plan.devices} {why}"
    )

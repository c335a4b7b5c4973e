import jax

# As in a run on a CPU whose cores are devices; three, so that batches do not divide evenly.
jax.config.update("jax_num_cpu_devices", 3)

"""Predict the time and memory of a training on many devices, before anyone pays for them.

- `_chips`: a `Chip` and the links around it, and `CHIPS`, those of data sheets.
- `_all_reduce`: the time to add up gradients over devices, by ring, tree and both within nodes.
- `_device_speed`: `DeviceSpeed`, the time of a step on one device.
- `_training`: a training as numbers, and its step on a number of devices.
- `_estimate`: `estimate_training` predicts steps on several numbers of devices.
- `_estimate_result`: what it returns, a `TrainingEstimate`, with the bottleneck of each step.
"""

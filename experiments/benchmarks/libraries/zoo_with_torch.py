"""Train or predict with a network of torchvision, by PyTorch or ONNX Runtime."""

import io

import numpy as np
import onnxruntime
import torch
import torchvision
from _networks import CLASSES, LEARNING_RATE, MOMENTUM
from torch import nn

from libraries import Trainer, batch, repeat


def prepare(
    name: str, batch_size: int, *, task: str, size: int, threads: int, runtime: str
) -> Trainer:
    """Prepare a network of torchvision.

    Args:
        name: A function of `torchvision.models`.
        batch_size: Images per step.
        task: ``"train"`` or ``"predict"``.
        size: Side of the images.
        threads: Number of threads.
        runtime: ``"eager"``, ``"compiled"`` (both with channels last), or ``"onnxruntime"``.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    classes = CLASSES if task == "train" else 1000
    model = getattr(torchvision.models, name)(num_classes=classes)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    images, labels = map(torch.from_numpy, batch(batch_size, (size, size, 3)))
    images = images.movedim(-1, 1)
    if runtime == "onnxruntime":
        return Trainer(parameters, _onnxruntime(model.eval(), images.contiguous(), threads))
    model = model.to(memory_format=torch.channels_last)
    images = images.contiguous(memory_format=torch.channels_last)
    forward = torch.compile(model) if runtime == "compiled" else model
    if task == "predict":
        model.eval()

        def predict() -> torch.Tensor:
            with torch.inference_mode():
                return forward(images)

        return Trainer(parameters, repeat(predict, lambda logits: logits.sum().item()))
    optimizer = torch.optim.SGD(model.parameters(), LEARNING_RATE, MOMENTUM, fused=True)

    def step() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(forward(images), labels.long())
        loss.backward()
        optimizer.step()
        return loss

    return Trainer(parameters, repeat(step, lambda loss: loss.item()))


def _onnxruntime(model: nn.Module, images: torch.Tensor, threads: int):
    file = io.BytesIO()
    torch.onnx.export(model, (images,), file, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        file.getvalue(), options, providers=["CPUExecutionProvider"]
    )
    feed = {session.get_inputs()[0].name: np.asarray(images)}
    return repeat(lambda: session.run(None, feed)[0], lambda logits: float(logits.sum()))

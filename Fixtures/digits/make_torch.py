#!/usr/bin/env python3
"""Trains the digits network in PyTorch and exports it to ONNX. Run by `./dev fixtures`.

The same layers as in `make.py`, in PyTorch's layout and with weights of their own.

    digits-torch.onnx   opset 18, any batch size, weights inside
    digits-torch.npz    in_0: the test images, float32 [360, 1, 8, 8] in 0...1; labels; out_0: PyTorch's outputs
"""

import pathlib
import warnings

import numpy as np
import torch
from torch import nn

from data import EPOCHS, REQUIRED_ACCURACY, SEED, load

HERE = pathlib.Path(__file__).resolve().parent
OPSET = 18


def network():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, bias=False),
        nn.BatchNorm2d(16),
        nn.LeakyReLU(0.1),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.PReLU(32),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1),
        nn.ELU(0.8),
        nn.Dropout(0.3),
        nn.Flatten(),
        nn.Linear(512, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
        nn.Softmax(dim=-1),
    )


def channels_first(images):
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))


def train(model, images, labels):
    steps = EPOCHS * -(-len(images) // 64)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    logits = model[:-1]  # cross_entropy takes the softmax itself
    model.train()
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(logits(images[batch]), labels[batch]).backward()
            optimizer.step()
            schedule.step()
    model.eval()


def main():
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    (train_images, train_labels), (test_images, test_labels) = load()
    model = network()
    train(model, channels_first(train_images), torch.from_numpy(train_labels))

    images = channels_first(test_images)
    with torch.no_grad():
        outputs = model(images).numpy()
    accuracy = float((outputs.argmax(1) == test_labels).mean())
    print(f"PyTorch {torch.__version__}: {accuracy:.2%} of the {len(test_labels)} test images")
    if accuracy < REQUIRED_ACCURACY:
        raise SystemExit(f"too few: {REQUIRED_ACCURACY:.0%} are needed")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Batch normalization stays a node of its own: the converter must know it.
        torch.onnx.export(
            model, (images[:2],), str(HERE / "digits-torch.onnx"), opset_version=OPSET, dynamo=False,
            training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=True,
            input_names=["image"], output_names=["digit"],
            dynamic_axes={"image": {0: "batch"}, "digit": {0: "batch"}},
        )
    np.savez_compressed(HERE / "digits-torch.npz", in_0=images.numpy(), labels=test_labels, out_0=outputs)


if __name__ == "__main__":
    main()

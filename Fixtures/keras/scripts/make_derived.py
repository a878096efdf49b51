#!/usr/bin/env python3
"""Writes recurrent models of tf.keras whose outputs follow from those that tf.keras computed for another one.

    make_derived.py SOURCE FOLDER

SOURCE.h5 and SOURCE.npz are a Bidirectional layer that returns sequences, and what it computes.

    time_major.h5      the same with the steps before the batch: inputs and outputs are transposed
    backward_first.h5  the first layer walks backward (`go_backwards`) and the second one forward, each with the weights
                       of the one that walked so: each gives its steps in the reverse order, and their places change
"""

import json
import pathlib
import shutil
import sys

import h5py
import numpy as np

SOURCE, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
recorded = np.load(SOURCE + ".npz")
x, y = recorded["in_0"], recorded["out_0"]
half = y.shape[-1] // 2


def write(name, change, inputs, outputs):
    shutil.copy(SOURCE + ".h5", FOLDER / f"{name}.h5")
    with h5py.File(FOLDER / f"{name}.h5", "r+") as file:
        config = json.loads(file.attrs["model_config"])
        source, layer = config["config"]["layers"]
        change(source["config"], layer["config"], file["model_weights"])
        file.attrs["model_config"] = json.dumps(config).encode()
    np.savez(FOLDER / f"{name}.npz", in_0=inputs, out_0=outputs)


def time_major(source, layer, weights):
    batch, steps, features = source["batch_input_shape"]
    source["batch_input_shape"] = [steps, batch, features]
    layer["layer"]["config"]["time_major"] = True


def backward_first(source, layer, weights):
    backward = json.loads(json.dumps(layer["layer"]))
    layer["layer"]["config"]["go_backwards"] = True
    layer["layer"]["config"]["name"] = "first"
    backward["config"]["name"] = "second"
    layer["backward_layer"] = backward
    entry = weights[layer["name"]]
    names = [name.decode() if isinstance(name, bytes) else name for name in entry.attrs["weight_names"]]
    renamed = []
    for name in names:
        parts = name.split("/")
        parts[1] = "forward_first" if parts[1].startswith("backward_") else "backward_second"
        renamed.append("/".join(parts))
        entry.create_dataset(renamed[-1], data=entry[name][()])
        del entry[name]
    entry.attrs["weight_names"] = np.array([name.encode() for name in renamed])


write("time_major", time_major, x.swapaxes(0, 1), y.swapaxes(0, 1))
write("backward_first", backward_first, x, np.concatenate([y[:, ::-1, half:], y[:, ::-1, :half]], axis=-1))

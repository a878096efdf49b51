#!/usr/bin/env python3
"""Checks that a 1 GiB model opens at once and costs next to no memory until its weights are used.

    big_model.py HINGE

Two models are made in a temporary folder, weights inside the file and beside it; the weights are holes, which take no
space on the disk. Each is opened by `hinge debug-open FILE`, which prints the milliseconds that opening took, and by
`hinge inspect FILE`. Memory is the peak resident set of the process, measured from outside: pages of the file that it
touched count too.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

from onnx import GraphProto, ModelProto, TensorProto, helper

from report import Refused, Report, run

COUNT, ROWS, COLUMNS = 16, 4096, 4096
WEIGHT_BYTES = ROWS * COLUMNS * 4  # float32: 64 MiB each, 1 GiB in all
OPEN_LIMIT_MS = 50
MEMORY_LIMIT_KB = 100 * 1024


def graph(initializers):
    names = [f"weight{i}" for i in range(COUNT)]
    values = ["x", *(f"h{i}" for i in range(COUNT - 1)), "y"]
    nodes = [
        helper.make_node("MatMul", [values[i], names[i]], [values[i + 1]], f"dense{i}") for i in range(COUNT)
    ]
    shape = ["batch", ROWS]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)
    return helper.make_graph(nodes, "big", [x], [y], initializers)


def weight(index):
    tensor = TensorProto(name=f"weight{index}", data_type=TensorProto.FLOAT)
    tensor.dims.extend([ROWS, COLUMNS])
    return tensor


def model(initializers):
    return helper.make_model(graph(initializers), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def varint(number):
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def length_delimited(message, field, byte_count):
    """The key and length that stand before the bytes of a field of a message."""
    number = message.DESCRIPTOR.fields_by_name[field].number
    return varint(number << 3 | 2) + varint(byte_count)


def write_weights(out, heads):
    """Writes what stands before each weight, and leaves room for the weight."""
    for head in heads:
        out.write(head)
        out.seek(WEIGHT_BYTES, os.SEEK_CUR)
    out.truncate()


def make_inside(path):
    """Written piece by piece: protobuf for Python would need several GiB for it."""
    whole = model([])
    small = whole.graph.SerializeToString()
    whole.ClearField("graph")
    heads = []
    for index in range(COUNT):
        tensor = weight(index).SerializeToString() + length_delimited(TensorProto, "raw_data", WEIGHT_BYTES)
        heads.append(length_delimited(GraphProto, "initializer", len(tensor) + WEIGHT_BYTES) + tensor)
    byte_count = len(small) + sum(len(head) + WEIGHT_BYTES for head in heads)
    with path.open("wb") as out:
        out.write(whole.SerializeToString())
        out.write(length_delimited(ModelProto, "graph", byte_count))
        out.write(small)
        write_weights(out, heads)


def make_beside(path):
    file, tensors = path.with_suffix(".data"), []
    for index in range(COUNT):
        tensor = weight(index)
        tensor.data_location = TensorProto.EXTERNAL
        entries = {"location": file.name, "offset": index * WEIGHT_BYTES, "length": WEIGHT_BYTES}
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=str(value))
        tensors.append(tensor)
    with file.open("wb") as out:
        write_weights(out, [b""] * COUNT)
    path.write_bytes(model(tensors).SerializeToString())


# A process begins with its parent's peak, so the command gets a small parent of its own.
MEASURE = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""


def peak_memory_kb(*command):
    """Peak resident set of a command."""
    measure = [sys.executable, "-c", MEASURE, *map(str, command)]
    done = subprocess.run(measure, capture_output=True, text=True, check=True)
    status, peak = map(int, done.stdout.split())
    if status != 0:
        raise Refused(f"{command[1]} ended with status {status}: {done.stderr.strip()[-300:]}")
    return peak / (1024 if sys.platform == "darwin" else 1)


def check(hinge, report, folder):
    for make in (make_inside, make_beside):
        path = folder / f"{make.__name__.removeprefix('make_')}.onnx"
        make(path)

        def opens():
            run(hinge, "debug-open", path)  # once, so that the file's first pages are in the system's cache
            milliseconds = float(run(hinge, "debug-open", path).split()[0])
            if milliseconds > OPEN_LIMIT_MS:
                raise ValueError(f"{milliseconds:.1f} ms, the limit is {OPEN_LIMIT_MS}")
            return f"{milliseconds:.1f} ms"

        def costs(verb):
            memory = peak_memory_kb(hinge, verb, path)
            if memory > MEMORY_LIMIT_KB:
                raise ValueError(f"{memory:.0f} KB, the limit is {MEMORY_LIMIT_KB}")
            return f"{memory:.0f} KB"

        name = f"memory: a 1 GiB model, weights {path.stem}"
        report.check(f"{name}: time to open", opens)
        report.check(f"{name}: memory to open", lambda: costs("debug-open"))
        report.check(f"{name}: memory of inspect", lambda: costs("inspect"))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    report = Report(verbose=True)
    with tempfile.TemporaryDirectory() as temporary:
        check(pathlib.Path(sys.argv[1]).resolve(), report, pathlib.Path(temporary))
    print(report.summary())
    sys.exit(1 if report.failed else 0)

"""`hinge simplify` leaves fewer nodes of encoders than onnxslim does, and ONNX Runtime computes the same of what it leaves.

Fixtures/encoders: small encoders as both exporters of PyTorch write them, at several versions of the standard, with what
PyTorch computed. The mathematics must be the same: outputs in ONNX Runtime are held against PyTorch's.
"""

import onnx
import onnxslim

from report import FIXTURES, elementwise, recorded, run, run_onnx

ENCODERS = FIXTURES / "encoders"

# Sums in another order, relative to the greater of the outputs' size and 1.
TOLERANCE = 1e-5


def node_count(model):
    return len(model.graph.node)


def check(hinge, report, folder):
    for path in sorted(ENCODERS.glob("*.onnx")):
        def simplify():
            out = folder / path.name
            run(hinge, "simplify", path, out)
            run(hinge, "check", out)
            before = node_count(onnx.load(path))
            ours = node_count(onnx.load(out))
            theirs = node_count(onnxslim.slim(onnx.load(path)))
            form = path.stem.split("-")[1]
            inputs, outputs = recorded(ENCODERS / f"{form}.npz")
            error = elementwise(run_onnx(out, inputs), outputs, TOLERANCE)
            counts = f"{before} nodes, {ours} left by hinge, {theirs} by onnxslim"
            if ours >= theirs:
                raise ValueError(counts)
            print(f"encoders: {path.name}: {counts}, {error}", flush=True)

        report.check(f"encoders: {path.name}", simplify)

"""Converts the standard's node tests to older versions and runs what comes out in ONNX Runtime.

Of the tests that `operators.py` counts, those count here whose nodes become others. What Hinge writes must pass the
standard's full check and, where ONNX Runtime has its operators for their element types, give the recorded outputs. It is
the other half of what `operators.py --opset` says: that the older operators mean what Hinge takes them to mean.
"""

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

from operators import newer_tests, node_tests
from report import Refused, run

OPSETS = [13, 17, 21]

# What ONNX Runtime says of operators that it doesn't have, or not for an element type or an attribute.
# The last one is of bodies that don't state shapes, which it can't always infer.
MISSING = [
    "NOT_IMPLEMENTED",
    "INVALID_GRAPH : This is an invalid model. Type Error",
    "Could not find an implementation",
    "Subgraph must have the shape set for all outputs",
]

# Tests whose outputs are random.
RANDOM = ["bernoulli", "dropout", "random"]

# How far ONNX Runtime is off zeros: its Fourier transform computes in single precision.
COARSE = {"dft": 5e-4}


def values(folder, prefix, infos):
    """The recorded inputs or outputs; None where one isn't a tensor that NumPy has."""
    found = {}
    for index, info in enumerate(infos):
        path = folder / f"{prefix}_{index}.pb"
        if info.type.WhichOneof("value") != "tensor_type":
            return None
        array = numpy_helper.to_array(onnx.load_tensor(path))
        if array.dtype.kind not in "biuf" or array.dtype.isbuiltin != 1:
            return None
        found[info.name] = array
    return found


def compare(found, expected, coarse):
    """Raises unless outputs are the recorded ones, nearly as the standard's own runner judges them."""
    for name, wanted in expected.items():
        np.testing.assert_equal(found[name].dtype, wanted.dtype)
        if wanted.dtype.kind == "f":
            loose = wanted.dtype == np.float16
            atol = max(coarse, 1e-3 if loose else 1e-5)
            np.testing.assert_allclose(found[name], wanted, rtol=5e-3 if loose else 1e-3, atol=atol)
        else:
            np.testing.assert_array_equal(found[name], wanted)


def run_in_runtime(path, inputs, outputs):
    """The outputs of ONNX Runtime by name; None where it can't run the model."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    # As written: a fusion may have faults of its own.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        names = {item.name for item in session.get_inputs()}
        results = session.run(list(outputs), {name: value for name, value in inputs.items() if name in names})
    except Exception as error:
        if any(part in str(error) for part in MISSING):
            return None
        raise
    return dict(zip(outputs, results, strict=True))


def check(hinge, report, folder):
    for opset in OPSETS:
        lacking = same = refused = 0
        for name in sorted(newer_tests(opset)):
            source = node_tests().parent / name / "model.onnx"
            model = onnx.load(source)
            if any(word in name for word in RANDOM):
                continue
            out = folder / f"{source.parent.name}-{opset}.onnx"
            try:
                run(hinge, "convert", source, out, "--opset", opset, "--no-verify", "--quiet")
            except Refused:
                refused += 1
                continue
            converted = onnx.load(out)
            if [node.op_type for node in converted.graph.node] == [node.op_type for node in model.graph.node]:
                same += 1
                continue
            inputs = values(source.parent / "test_data_set_0", "input", model.graph.input)
            outputs = values(source.parent / "test_data_set_0", "output", model.graph.output)

            def judge():
                nonlocal lacking
                onnx.checker.check_model(converted, full_check=True)
                found = None
                if inputs is not None and outputs is not None:
                    found = run_in_runtime(out, inputs, outputs)
                if found is None:
                    lacking += 1
                    return "checked, not run"
                compare(found, outputs, max((bound for part, bound in COARSE.items() if part in name), default=0))
                return None

            report.check(f"versions: {source.parent.name} -> opset {opset}", judge)
        report.note(
            f"versions: opset {opset}: {lacking} checked only, {same} of the same operators, {refused} refused")

#!/usr/bin/env python3
"""Runs the ONNX standard's own tests through Hinge's reference engine and fast engine.

    operators.py HINGE [--filter TEXT] [--opset VERSION,…] [--verbose]
    operators.py --generate-only

The node tests of the installed `onnx` package (one model and its inputs and expected outputs each) are written into
the cache once, and beside them those of older releases, which spell the operators as older versions of the standard
do. The package's small ready-made models come in too, and its light ones: networks with their weights left out, which
the package's runner feeds a ramp.

`hinge test` runs and judges them; this script counts. It exits 1 when a test fails, and when the number that pass isn't
EXPECTED: a test that is no longer there is noticed, and whoever makes more of them pass raises the number. With every
output shape and value info erased, both `onnx` and Hinge also infer the shapes of the node tests' outputs.

Then tests are converted to other versions of the standard and run again: those of the installed release to each older
version of CONVERTED that has their element types, those of older releases to the newest one. A test whose conversion
is refused is listed with the reason; one that is converted must give the recorded outputs.
"""

import argparse
import collections
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile

import numpy
import onnx
from onnx import TensorProto, numpy_helper
from onnx.backend.test import loader

from cache import cache_folder
from dependence import count_dependent

READY_MADE = pathlib.Path(loader.DATA_DIR)
KINDS = ["simple", "pytorch-converted", "pytorch-operator"]

# Older releases whose node tests are run too, with the Python that their wheels are for and their newest opset:
# 7, 10, 12, 15, 18, 21.
OLDER_RELEASES = {"1.2.2": "36", "1.5.0": "37", "1.7.0": "37", "1.10.2": "39", "1.13.1": "311", "1.16.2": "311"}
PLATFORMS = ["manylinux1_x86_64", "manylinux2010_x86_64", "manylinux2014_x86_64"]

# How many tests pass, of how many: those of the installed release with the ready-made models, its light models, and the
# tests of older releases that are right.
EXPECTED = {"current": (2024, 2024), "light": (9, 9), "older": (4655, 4655)}

# How many of the tests that are above a version of the standard, and whose element types it has, give their outputs when
# they are converted to it, of how many; for the newest version, those of older releases.
CONVERTED = {28: (4655, 4655), 21: (920, 926), 17: (1095, 1130), 13: (1275, 1322)}

# What the recorded outputs of a test are off by themselves, where that is more than the runner's 1e-3.
STATED_TOLERANCES = {
    # The softmax in float16 behind this one is 1.4 units in the last place off, which a right one doesn't repeat.
    # Nor do the steps that older versions have for it.
    "test_attention_4d_causal_fp16_expanded": {"rtol": 2e-3},
    "test_attention_4d_causal_fp16": {"rtol": 2e-3},
    # NumPy's transform in single precision has rounding errors where there is nothing.
    "test_dft_inverse": {"atol": 1e-6},
    "test_dft_inverse_opset19": {"atol": 1e-6},
}

# Tests of older releases that the standard itself has since corrected, as patterns of their names. ONNX Runtime and
# the reference evaluator of onnx disagree with them too.
CORRECTED = [
    "onnx-1.13.1/node/test_col2im_pads",
    "onnx-1.16.2/node/test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True",
    "onnx-1.16.2/node/test_qlinearmatmul_?D_int8_float*",
    "onnx-1.16.2/node/test_cast_FLOAT*_to_*INT4",  # saturated, which a cast to an integer type does not
    "onnx-*/node/test_cast*BFLOAT16*",  # bfloat16 values stored as uint16 ones
    "onnx-1.7.0/node/test_*momentum*",  # the new tensor is the old one
    "onnx-1.*/node/test_adam_multiple",  # computed with an epsilon that the node doesn't state
]


def value_proto(value, value_info):
    """The message that stores one input or output of a test."""
    if isinstance(value, TensorProto):
        return value
    writers = {
        "map_type": numpy_helper.from_dict,
        "sequence_type": numpy_helper.from_list,
        "optional_type": numpy_helper.from_optional,
        "tensor_type": lambda item, name: numpy_helper.from_array(item, name),
    }
    return writers[value_info.type.WhichOneof("value")](value, value_info.name)


def write_case(case, folder):
    folder.mkdir(parents=True, exist_ok=True)
    graph = case.model.graph
    for number, (inputs, outputs) in enumerate(case.data_sets):
        data_set = folder / f"test_data_set_{number}"
        data_set.mkdir(exist_ok=True)
        for prefix, values, infos in (("input", inputs, graph.input), ("output", outputs, graph.output)):
            for index, (value, info) in enumerate(zip(values, infos, strict=True)):
                path = data_set / f"{prefix}_{index}.pb"
                path.write_bytes(value_proto(value, info).SerializeToString())
    (folder / "model.onnx").write_bytes(case.model.SerializeToString())


def node_tests():
    """The folder of the node tests, written when it is missing or belongs to another version of onnx."""
    folder = cache_folder("conformance") / f"onnx-{onnx.__version__}"
    complete = folder / "complete"
    if not complete.exists():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cases = loader.load_node_model_tests()
        for case in cases:
            write_case(case, folder / "node" / case.name)
        complete.write_text(f"{len(cases)}\n")
    for name, tolerance in STATED_TOLERANCES.items():
        (folder / "node" / name / "data.json").write_text(json.dumps(tolerance))
    return folder / "node"


def light_tests():
    """The folder of the light models, with the inputs that the runner of onnx makes and the outputs of the package."""
    folder = cache_folder("conformance") / f"onnx-{onnx.__version__}" / "real"
    for description in READY_MADE.glob("real/*/data.json"):
        url = json.loads(description.read_text())["url"]
        source = READY_MADE.parents[3] / url
        case = folder / description.parent.name
        data_set = case / "test_data_set_0"
        data_set.mkdir(parents=True, exist_ok=True)
        shutil.copy(description, case)
        shutil.copy(source, case / "model.onnx")
        shutil.copy(source.with_name(f"{source.stem}_output_0.pb"), data_set / "output_0.pb")
        graph = onnx.load(source).graph
        stored = {initializer.name for initializer in graph.initializer}
        inputs = [info for info in graph.input if info.name not in stored]
        for index, info in enumerate(inputs):
            shape = [dimension.dim_value or 1 for dimension in info.type.tensor_type.shape.dim]
            count = numpy.prod(shape)
            ramp = (numpy.arange(count).reshape(shape) / count).astype(numpy.float32)
            message = numpy_helper.from_array(ramp, info.name)
            (data_set / f"input_{index}.pb").write_bytes(message.SerializeToString())
    return folder


def older_node_tests(release):
    """The folder of the node tests that an older release ships, taken from its wheel without installing it."""
    folder = cache_folder("conformance") / f"onnx-{release}"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            platforms = [option for name in PLATFORMS for option in ("--platform", name)]
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            python = ["--implementation", "cp", "--python-version", OLDER_RELEASES[release]]
            subprocess.run([*pip, *python, *platforms, "--dest", temporary, f"onnx=={release}"], check=True)
            (wheel,) = pathlib.Path(temporary).glob("*.whl")
            data = "onnx/backend/test/data/node/"
            with zipfile.ZipFile(wheel) as archive:
                members = [name for name in archive.namelist() if name.startswith(data)]
                archive.extractall(temporary, members)
            shutil.move(pathlib.Path(temporary) / "onnx" / "backend" / "test" / "data", folder)
    return folder


def run(hinge, folders, wanted, *options):
    """What `hinge test` says of all tests in folders, or of those whose name contains a text."""
    options = [*options, *(f"--exclude={pattern}" for pattern in CORRECTED)]
    if wanted:
        options.append(f"--filter={wanted}")
    command = [hinge, "test", *folders, "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode not in (0, 1):
        sys.exit(f"hinge test ended with status {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)["tests"]


def group(name):
    """Which of the numbers in EXPECTED a test belongs to."""
    return {"onnx": "older", "real": "light"}.get(name.partition("/")[0].partition("-")[0], "current")


def is_right(test):
    """Whether what came of a test is what may come of it."""
    return test["isPassed"] or test["verdict"] == "unsupported"


def data_types(model):
    """The element types of a model's inputs, outputs and constants, and those that it casts to."""
    found = set()

    def add_type(value_type):
        kind = value_type.WhichOneof("value")
        if kind in ("tensor_type", "sparse_tensor_type"):
            found.add(getattr(value_type, kind).elem_type)
        elif kind == "map_type":
            add_type(value_type.map_type.value_type)
        elif kind:
            add_type(getattr(value_type, kind).elem_type)

    def add_nodes(nodes):
        for node in nodes:
            for attribute in node.attribute:
                if attribute.type == attribute.GRAPH:
                    add_graph(attribute.g)
                elif attribute.type == attribute.TENSOR:
                    found.add(attribute.t.data_type)
                elif node.op_type == "Cast" and attribute.name == "to":
                    found.add(attribute.i)

    def add_graph(graph):
        for info in [*graph.input, *graph.output, *graph.value_info]:
            add_type(info.type)
        found.update(initializer.data_type for initializer in graph.initializer)
        add_nodes(graph.node)

    add_graph(model.graph)
    for function in model.functions:
        add_nodes(function.node)
    return found - {TensorProto.UNDEFINED}


def standard_version(model):
    return max((entry.version for entry in model.opset_import if entry.domain == ""), default=0)


def newer_tests(opset):
    """The names of the node tests that are above a version of the standard, and whose element types it has."""
    (results,) = (c for c in onnx.defs.get_schema("Cast", opset).type_constraints if c.type_param_str == "T2")
    names = {text.removeprefix("tensor(").removesuffix(")") for text in results.allowed_type_strs}
    there = {number for name, number in TensorProto.DataType.items() if type_name(name) in names}
    models = ((path.parent.name, onnx.load(path)) for path in node_tests().glob("*/model.onnx"))
    return {f"node/{name}" for name, model in models if standard_version(model) > opset and data_types(model) <= there}


def type_name(name):
    """What schemas call an element type that messages call `name`."""
    return {"FLOAT": "float", "DOUBLE": "double"}.get(name, name.lower())


def report(tests, verbose):
    """Prints what did not pass."""
    missing = collections.Counter()
    for test in tests:
        if test["verdict"] == "unsupported":
            missing[test["message"].rpartition(": ")[2]] += 1
        if verbose or not test["isPassed"] and test["verdict"] != "unsupported":
            drawn = f"drawn: {', '.join(test['drawnOutputs'])}" if test["drawnOutputs"] else ""
            print(f"{test['verdict']:11} {test['name']}: {test.get('message', drawn)}")
    if missing:
        print("\nWhat Hinge does not support, with the number of tests that need it:")
        print(*(f"{count:5}  {reason}" for reason, count in missing.most_common()), sep="\n")


def erased(model):
    """The model without what it states of the shapes of outputs and of values inside."""
    del model.graph.value_info[:]
    for function in model.functions:
        del function.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    return model


def inferred_by_onnx(folder):
    """How much of the output shapes of the node tests onnx itself infers: a count for each of Hinge's four answers."""
    counts = collections.Counter()
    for path in sorted(folder.glob("*/model.onnx")):
        model = onnx.load(path)
        if any(output.type.WhichOneof("value") != "tensor_type" for output in model.graph.output):
            continue
        try:
            outputs = onnx.shape_inference.infer_shapes(erased(model), data_prop=True).graph.output
        except onnx.shape_inference.InferenceError:
            outputs = []
        found = [output.type.tensor_type for output in outputs]
        shapes = [tensor.shape.dim for tensor in found if tensor.HasField("shape")]
        recorded = [
            onnx.load_tensor(path.parent / "test_data_set_0" / f"output_{index}.pb").dims
            for index in range(len(model.graph.output))
        ]
        if len(shapes) == len(recorded) and all(d.HasField("dim_value") for shape in shapes for d in shape):
            agrees = all([d.dim_value for d in a] == list(b) for a, b in zip(shapes, recorded, strict=True))
            counts["complete" if agrees else "wrong"] += 1
        else:
            counts["partial" if shapes else "unknown"] += 1
    return counts


def print_inference(tests):
    """Prints how many output shapes onnx and Hinge infer."""
    own = collections.Counter(
        test["inferred"] for test in tests if test["name"].startswith("node/") and "inferred" in test
    )
    print("\nOutput shapes of the node tests that follow from inputs and constants alone:")
    for name, counts in (("onnx", inferred_by_onnx(node_tests())), ("Hinge", own)):
        print(
            f"{name:6} all of {counts['complete']} models, some of {counts['partial']}, "
            f"wrong ones of {counts['wrong']}; {counts.total()} models in all"
        )
    rest = [
        node_tests() / test["name"].partition("/")[2]
        for test in tests
        if test["name"].startswith("node/") and test.get("inferred") in ("partial", "unknown")
    ]
    print(
        f"of the {len(rest)} others, {count_dependent(rest)} are shown to give other shapes for other values of the "
        "same inputs"
    )


def run_as_they_are(arguments):
    """Prints what comes of all tests at the versions that they are in; whether that is right."""
    folders = [node_tests(), light_tests(), *(READY_MADE / kind for kind in KINDS)]
    folders += [older_node_tests(release) for release in OLDER_RELEASES]
    tests = run(arguments.hinge, folders, arguments.filter, "--inference")
    report(tests, arguments.verbose)
    counts = {name: [0, 0] for name in EXPECTED}
    for test in tests:
        counts[group(test["name"])][0] += test["isPassed"]
        counts[group(test["name"])][1] += 1
    print()
    for name, (passed, total) in counts.items():
        print(f"{name:8} {passed} of {total} pass")
    if not arguments.filter:
        print_inference(tests)
        if counts != {name: list(numbers) for name, numbers in EXPECTED.items()}:
            print(f"\nexpected {EXPECTED}: if more tests pass, raise EXPECTED in {__file__}")
            return False
    return all(map(is_right, tests))


def run_converted(hinge, opset, wanted, verbose):
    """Prints what comes of tests that are converted to a version first; whether that is right."""
    newest = onnx.defs.onnx_opset_version()
    if opset == newest:
        folders = [older_node_tests(release) for release in OLDER_RELEASES]
    else:
        folders = [node_tests().parent]
        names = newer_tests(opset)
    tests = run(hinge, folders, wanted, f"--opset={opset}", "--exclude=real/*")
    if opset != newest:
        tests = [test for test in tests if test["name"] in names]
    print(f"\nConverted to opset {opset}:")
    report(tests, verbose)
    counts = (sum(test["isPassed"] for test in tests), len(tests))
    print(f"opset {opset:2} {counts[0]} of {counts[1]} give the recorded outputs")
    if not wanted and CONVERTED.get(opset, counts) != counts:
        print(f"expected {CONVERTED[opset]}: if more do, raise CONVERTED in {__file__}")
        return False
    return all(map(is_right, tests))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", nargs="?", help="the hinge program")
    parser.add_argument("--generate-only", action="store_true", help="write the tests and stop")
    parser.add_argument("--filter", default="", help="only the tests whose name contains this text")
    parser.add_argument("--opset", type=int, action="append", help="only what is converted to this version, or several")
    parser.add_argument("--verbose", action="store_true", help="also print the tests that pass")
    arguments = parser.parse_args()
    if arguments.generate_only:
        print(node_tests(), light_tests(), *map(older_node_tests, OLDER_RELEASES), sep="\n")
        return
    if not arguments.hinge:
        parser.error("the path of the hinge program is missing")

    rights = [run_as_they_are(arguments)] if not arguments.opset else []
    for opset in arguments.opset or CONVERTED:
        rights.append(run_converted(arguments.hinge, opset, arguments.filter, arguments.verbose))
    sys.exit(0 if all(rights) else 1)


if __name__ == "__main__":
    main()

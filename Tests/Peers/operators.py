#!/usr/bin/env python3
"""Runs the ONNX standard's own operator tests through Hinge's reference engine and fast engine.

    operators.py HINGE [--filter TEXT] [--all] [--verbose]
    operators.py --generate-only

The node tests of the installed `onnx` package (one model and its inputs and expected outputs each) are written into
the cache once, and beside them those of older releases, which spell the operators as older versions of the standard
do; the package's small ready-made models come in too. Of those, the tests whose operators all stand in
`hinge debug-operators` are run by one process, `hinge debug-conformance --list FILE`.

FILE holds a line `name<TAB>model.onnx<TAB>test_data_set_folder` for each test; Hinge answers each with a line
`name<TAB>ok|fail|skip<TAB>message`. The last line of this script is 'N passed, N failed, N skipped, N not attempted'.
It exits 1 when a test failed, was skipped, or got no answer, and when the number that passed isn't EXPECTED: a test that
is no longer attempted is noticed, and whoever makes more of them pass raises the number.
"""

import argparse
import collections
import fnmatch
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile

import onnx
from onnx import AttributeProto, TensorProto, numpy_helper
from onnx.backend.test import loader

from cache import cache_folder

READY_MADE = pathlib.Path(loader.DATA_DIR)
KINDS = ["simple", "pytorch-converted", "pytorch-operator"]

# Older releases whose node tests are run too, with the Python that their wheels are for and their newest opset:
# 7, 10, 12, 15, 18, 21.
OLDER_RELEASES = {"1.2.2": "36", "1.5.0": "37", "1.7.0": "37", "1.10.2": "39", "1.13.1": "311", "1.16.2": "311"}
PLATFORMS = ["manylinux1_x86_64", "manylinux2010_x86_64", "manylinux2014_x86_64"]

# How many tests pass: those of the installed release, the ready-made models included, and those of older releases.
EXPECTED = {"current": 1747, "older": 4008}

# Tests of the standard whose expected outputs are not a function of their inputs.
UNDETERMINED = {
    "test_bernoulli", "test_bernoulli_double", "test_bernoulli_seed",
    "test_bernoulli_expanded", "test_bernoulli_double_expanded", "test_bernoulli_seed_expanded",
    "test_training_dropout", "test_training_dropout_default", "test_training_dropout_default_mask",
    "test_training_dropout_mask",
}

# Tests of older releases that the standard itself has since corrected, as patterns of `release/name`. ONNX Runtime and
# the reference evaluator of onnx disagree with them too.
CORRECTED = [
    "onnx-1.13.1/test_col2im_pads",
    "onnx-1.16.2/test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True",
    "onnx-1.16.2/test_qlinearmatmul_?D_int8_float*",
    "onnx-1.16.2/test_cast_FLOAT*_to_*INT4",  # saturated, which a cast to an integer type does not
    "onnx-*/test_cast*BFLOAT16*",  # bfloat16 values stored as uint16 ones
    "onnx-1.7.0/test_*momentum*",  # the new tensor is the old one
    "onnx-1.*/test_adam_multiple",  # computed with an epsilon that the node doesn't state
    # As NumPy makes them today, in single precision: rounding errors where there is nothing. Those of older releases are right.
    "node/test_dft_inverse",
    "node/test_dft_inverse_opset19",
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
    return folder / "node"


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
    return folder / "node"


def operators_of(model):
    """The operators that a model uses, as `domain:name`, those in subgraphs and functions included."""
    own = {(function.domain, function.name) for function in model.functions}
    found, pending = set(), [*model.graph.node, *(node for f in model.functions for node in f.node)]
    while pending:
        node = pending.pop()
        if (node.domain, node.op_type) not in own:
            found.add(f"{'' if node.domain == 'ai.onnx' else node.domain}:{node.op_type}")
        for attribute in node.attribute:
            if attribute.type == AttributeProto.GRAPH:
                pending += attribute.g.node
            for graph in attribute.graphs:
                pending += graph.node
    return found


def collect(wanted):
    """All tests as (name, model file, data folder, operators)."""
    folders = {"node": node_tests()}
    folders |= {kind: READY_MADE / kind for kind in KINDS}
    folders |= {f"onnx-{release}": older_node_tests(release) for release in OLDER_RELEASES}
    tests = []
    for label, folder in folders.items():
        for case in sorted(path for path in folder.glob("test_*") if path.is_dir()):
            test = f"{label}/{case.name}"
            if case.name in UNDETERMINED or wanted not in test:
                continue
            if any(fnmatch.fnmatchcase(test, pattern) for pattern in CORRECTED):
                continue
            used = operators_of(onnx.load(case / "model.onnx"))
            for data_set in sorted(case.glob("test_data_set_*")):
                name = f"{test}/{data_set.name.removeprefix('test_data_set_')}"
                tests.append((name, case / "model.onnx", data_set, used))
    return tests


def run(hinge, tests):
    """Hinge's answers by test name, and what its process said when it ended badly."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "list.tsv"
        path.write_text("".join(f"{name}\t{model}\t{data}\n" for name, model, data, _ in tests))
        done = subprocess.run(
            [hinge, "debug-conformance", "--list", str(path)], capture_output=True, text=True, errors="replace"
        )
    answers = {}
    for line in done.stdout.splitlines():
        fields = line.split("\t", 2)
        if len(fields) >= 2:
            answers[fields[0]] = (fields[1], fields[2] if len(fields) > 2 else "")
    ending = "" if len(answers) == len(tests) else f"exit status {done.returncode}: {done.stderr.strip()[-500:]}"
    return answers, ending


def count_passed(tests, answers):
    """How many tests pass of the installed release and of older ones."""
    passed = dict.fromkeys(EXPECTED, 0)
    for name, *_ in tests:
        if answers.get(name, ("fail",))[0] == "ok":
            passed["older" if name.startswith("onnx-") else "current"] += 1
    return passed


def report(tests, answers, verbose):
    """Prints what did not pass, and a line for each operator that is not wholly right."""
    counts, reasons = collections.Counter(), collections.Counter()
    by_operator = collections.defaultdict(collections.Counter)
    for name, _, _, used in tests:
        status, message = answers.get(name, ("fail", "no answer"))
        counts[status] += 1
        for operator in used:
            by_operator[operator][status] += 1
        if status == "skip":
            reasons[message.rpartition(": ")[2]] += 1
        if status not in ("ok", "skip") or verbose:
            print(f"{status:5} {name}: {message}")
    if reasons:
        print("\nSkipped, by reason:")
        print(*(f"{count:5}  {reason}" for reason, count in reasons.most_common()), sep="\n")
    print("\nOperators whose tests do not all pass:")
    for operator, figures in sorted(by_operator.items()):
        if figures["ok"] != figures.total():
            print(f"{operator:32} {figures['ok']:4} ok {figures['fail']:4} failed {figures['skip']:4} skipped")
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", nargs="?", help="the hinge program")
    parser.add_argument("--generate-only", action="store_true", help="write the node tests and stop")
    parser.add_argument("--filter", default="", help="only the tests whose name contains this text")
    parser.add_argument("--all", action="store_true", help="also the tests whose operators Hinge does not list")
    parser.add_argument("--verbose", action="store_true", help="also print the tests that pass")
    arguments = parser.parse_args()
    if arguments.generate_only:
        print(node_tests(), *map(older_node_tests, OLDER_RELEASES), sep="\n")
        return
    if not arguments.hinge:
        parser.error("the path of the hinge program is missing")

    tests = collect(arguments.filter)
    known = subprocess.run([arguments.hinge, "debug-operators"], capture_output=True, text=True, check=True)
    known = set(known.stdout.split())
    attempted = [test for test in tests if arguments.all or test[3] <= known]
    answers, ending = run(arguments.hinge, attempted)
    counts = report(attempted, answers, arguments.verbose)
    unknown = collections.Counter(operator for test in tests for operator in test[3] - known)
    if unknown:
        print("\nOperators that Hinge does not have, with the number of tests that need them:")
        print("  " + ", ".join(f"{name.removeprefix(':')} {count}" for name, count in unknown.most_common()))
    if ending:
        print(f"\nhinge debug-conformance answered {len(answers)} of {len(attempted)} tests; {ending}")
    passed = count_passed(attempted, answers)
    is_whole = not arguments.filter and not arguments.all
    if is_whole and passed != EXPECTED:
        print(f"\nexpected {EXPECTED} to pass, found {passed}: if that is more, raise EXPECTED in {__file__}")
    total = sum(not name.startswith("onnx-") for name, *_ in tests)
    print(f"\nof the installed release: {passed['current']} of {total}")
    failed = counts["fail"] + counts.total() - counts["ok"] - counts["skip"] - counts["fail"]
    print(
        f"{counts['ok']} passed, {failed} failed, {counts['skip']} skipped, "
        f"{len(tests) - len(attempted)} not attempted"
    )
    is_expected = not is_whole or passed == EXPECTED
    sys.exit(0 if is_expected and counts["ok"] == counts.total() else 1)


if __name__ == "__main__":
    main()

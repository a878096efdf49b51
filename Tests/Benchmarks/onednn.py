#!/usr/bin/env python3
"""Measures Hinge on the two generations of oneDNN, in one interleaved run. Run by `./dev onednn --bench`.

    onednn.py OLDER NEWER [--threads 1,2] [--models resnet50,mlp-1] [--rounds N]

OLDER and NEWER are the hinge program, built in release mode on oneDNN 2 and on oneDNN 3: what a program loads is looked up.
Blocks of runs on the same inputs alternate between them, whichever goes first changing each round. Prints the medians and the
older generation's time over the newer one's (above 1, oneDNN 3 is faster), with their geometric mean; and how far the outputs
of the two are apart (relative L2), where more than rounding is a failure.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Peers"))
from bench import (
    DETECTORS, INT8_LIMIT, RELATIVE_L2_LIMIT, Hinge, by_label, chosen_models, geometric_mean, is_int8, measure,
    milliseconds, outputs_of, worst_error)
from report import recorded


def generation(program):
    """The generation of oneDNN that a program loads."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"libdnnl\.so\.(\d+) => /", said)
    if len(found) != 1:
        sys.exit(f"{program} loads {len(found)} libraries of oneDNN, not one")
    return int(found[0])


def difference(programs, model):
    """The worst relative L2 between the outputs of the two programs."""
    inputs, _ = recorded(model.with_suffix(".npz"))
    found = []
    for program in programs:
        with tempfile.TemporaryDirectory() as folder:
            outputs = outputs_of(program, model, inputs, pathlib.Path(folder))
        found.append(by_label(outputs) if model.stem in DETECTORS else outputs)
    return worst_error(found[1], found[0])


def speed(programs, model, threads, rounds):
    """The medians of the two programs in milliseconds."""
    engines = []
    try:
        for program in programs:
            engines.append(Hinge(program, model, threads, [model.with_suffix(".npz")]))
        return measure(engines, rounds)
    finally:
        for engine in engines:
            engine.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("older", type=pathlib.Path)
    parser.add_argument("newer", type=pathlib.Path)
    parser.add_argument("--threads", type=lambda text: [int(part) for part in text.split(",")], default=[1, 2])
    parser.add_argument("--models", type=lambda text: text.split(","))
    parser.add_argument("--rounds", type=int, default=6)
    arguments = parser.parse_args()
    programs = [arguments.older.resolve(), arguments.newer.resolve()]
    if (found := [generation(program) for program in programs]) != [2, 3]:
        sys.exit(f"expected programs on oneDNN 2 and 3, found {found[0]} and {found[1]}")
    failures = []
    models = chosen_models(arguments.models, failures)
    for threads in arguments.threads:
        print(f"\n{threads} thread{'s' if threads > 1 else ''}: medians in ms\n")
        print(f"{'model':20}{'oneDNN 2':>10}{'oneDNN 3':>10}{'2/3':>8}")
        ratios = []
        for model in models:
            try:
                older, newer = speed(programs, model, threads, arguments.rounds)
            except Exception as error:
                failures.append(f"{model.stem}, {threads} threads: {error}")
                continue
            ratios.append(older / newer)
            print(f"{model.stem:20}{milliseconds(older):>10}{milliseconds(newer):>10}{ratios[-1]:>8.2f}", flush=True)
        print(f"{'geometric mean':40}{geometric_mean(ratios):>8.2f}")
    print(f"\n{'model':20}{'relative L2 between the two':>28}")
    for model in models:
        try:
            error = difference(programs, model)
        except Exception as reason:
            failures.append(f"{model.stem}: outputs: {reason}")
            continue
        print(f"{model.stem:20}{error:>28.1e}", flush=True)
        limit = INT8_LIMIT if is_int8(model) else RELATIVE_L2_LIMIT
        if error > limit:
            failures.append(f"{model.stem}: outputs: relative L2 between the two {error:.1e} is above {limit:.0e}")
    print(*[f"FAIL  {failure}" for failure in failures], sep="\n")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

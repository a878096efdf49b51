#!/usr/bin/env python3
"""Measures Hinge beside ONNX Runtime, in one interleaved run. Run by `./dev bench`.

    bench.py HINGE [--threads 1,2] [--models resnet50,mlp-1] [--rounds N] [--skip-reference]

`hinge bench MODEL --serve --threads N` stays loaded for the whole measurement: it reads `run K` on standard input, runs
the model K times on the same seeded input and answers with a line of K times in milliseconds; `quit` ends it. Blocks of
runs alternate between the two programs, whichever goes first changes each round, and medians over all runs are printed.
`hinge run` then computes the recorded input, and its outputs are compared with those of ONNX Runtime, and with those
of Hinge's own reference engine.

Exits 1 when a ratio or an error is above its limit.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Peers"))
from cache import cache_folder
from export_models import exported
from report import Refused, recorded, relative_l2, run

BLOCK_SECONDS = 0.4
PAUSE_SECONDS = 0.05  # ONNX Runtime's idle threads spin for a moment: they must not take the other's processor
TIME_LIMITS = {"resnet50": 1.3, "mobilenet_v2": 2.0, "mlp-1": 2.0, "mlp-64": 2.0}
RELATIVE_L2_LIMIT = 1e-5


class Hinge:
    """A process of ours that keeps a model loaded."""

    def __init__(self, program, model, threads, inputs=()):
        """Inputs that no file is given for are made up."""
        command = [str(program), "bench", str(model), "--serve", "--threads", str(threads)]
        for path in inputs:
            command += ["--input", str(path)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, count):
        """The times of `count` runs, in milliseconds."""
        try:
            self.process.stdin.write(f"run {count}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer is empty then
        line = self.process.stdout.readline()
        times = [float(part) for part in line.split()]
        if len(times) != count:
            raise Refused(f"hinge bench answered {line.strip()[:80]!r} to 'run {count}'")
        return times

    def close(self):
        if self.process.poll() is None:
            self.process.communicate("quit\n")


class ONNXRuntime:
    """A session with its input and output bound, so that Python's share of a run is small."""

    def __init__(self, model, threads, inputs):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        for item, value in zip(self.session.get_inputs(), inputs, strict=True):
            self.binding.bind_cpu_input(item.name, value)
        for item in self.session.get_outputs():
            self.binding.bind_output(item.name)

    def run(self, count):
        times = []
        for _ in range(count):
            start = time.perf_counter_ns()
            self.session.run_with_iobinding(self.binding)
            times.append((time.perf_counter_ns() - start) / 1e6)
        return times

    def outputs(self):
        self.run(1)
        return self.binding.copy_outputs_to_cpu()


def measure(engines, rounds, seconds=BLOCK_SECONDS):
    """The median time of each engine in milliseconds, of blocks of runs that take about as many seconds."""
    counts = []
    for engine in engines:
        engine.run(2)  # warms up
        counts.append(max(3, round(seconds * 1000 / max(statistics.median(engine.run(3)), 0.01))))
    times = [[] for _ in engines]
    for number in range(rounds):
        order = range(len(engines)) if number % 2 == 0 else reversed(range(len(engines)))
        for index in order:
            time.sleep(PAUSE_SECONDS)
            times[index] += engines[index].run(counts[index])
    return [statistics.median(values) for values in times]


def outputs_of(hinge, model, inputs, folder, *options):
    """What `hinge run` writes for the inputs, in the order of the model's outputs."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    path, out = folder / "inputs.npz", folder / "out"
    np.savez(path, **{item.name: value for item, value in zip(session.get_inputs(), inputs, strict=True)})
    run(hinge, "run", model, "--input", path, "--output-dir", out, *options)
    return [np.load(out / f"{item.name}.npy") for item in session.get_outputs()]


def worst_error(found, expected):
    return max(relative_l2(f, e) for f, e in zip(found, expected, strict=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", type=pathlib.Path, help="the hinge program, built in release mode")
    parser.add_argument("--threads", default="1,2", help="numbers of threads, comma-separated")
    parser.add_argument("--models", default=",".join(TIME_LIMITS), help="names of models, comma-separated")
    parser.add_argument("--rounds", type=int, default=6, help="blocks of runs for each program")
    parser.add_argument("--skip-reference", action="store_true", help="do not run the reference engine")
    arguments = parser.parse_args()
    hinge, failures = arguments.hinge.resolve(), []

    def limited(value, limit, what):
        if not value <= limit:
            failures.append(f"{what} is above {limit:g}")

    print(f"{'model':14} {'threads':>7} {'hinge ms':>10} {'ORT ms':>10} {'ratio':>7}")
    models = [path for path in exported(cache_folder("models")) if path.stem in arguments.models.split(",")]
    for model in models:
        inputs, _ = recorded(model.with_suffix(".npz"))
        for threads in map(int, arguments.threads.split(",")):
            ours, theirs = Hinge(hinge, model, threads), ONNXRuntime(model, threads, inputs)
            try:
                hinge_time, their_time = measure([ours, theirs], arguments.rounds)
            except Refused as error:
                failures.append(f"{model.stem}: {error}")
                print(f"{model.stem:14} {threads:7} {'-':>10}")
                continue
            finally:
                ours.close()
            ratio = hinge_time / their_time
            limited(ratio, TIME_LIMITS[model.stem], f"{model.stem}, {threads} threads: ratio {ratio:.2f}")
            print(f"{model.stem:14} {threads:7} {hinge_time:10.3f} {their_time:10.3f} {ratio:7.2f}", flush=True)

    print(f"\n{'model':14} {'fast engine to ORT':>20} {'fast to reference':>20}   relative L2")
    for model in models:
        inputs, _ = recorded(model.with_suffix(".npz"))
        with tempfile.TemporaryDirectory() as folder:
            try:
                fast = outputs_of(hinge, model, inputs, pathlib.Path(folder))
                errors = [worst_error(fast, ONNXRuntime(model, 2, inputs).outputs())]
                if not arguments.skip_reference:
                    slow = outputs_of(hinge, model, inputs, pathlib.Path(folder), "--engine", "reference")
                    errors.append(worst_error(fast, slow))
            except Exception as error:
                failures.append(f"{model.stem}: {error}")
                continue
        for error, what in zip(errors, ("ONNX Runtime", "the reference engine")):
            limited(error, RELATIVE_L2_LIMIT, f"{model.stem}: relative L2 to {what} {error:.1e}")
        print(f"{model.stem:14} " + " ".join(f"{error:20.1e}" for error in errors), flush=True)

    print(*[f"FAIL  {failure}" for failure in failures], sep="\n")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

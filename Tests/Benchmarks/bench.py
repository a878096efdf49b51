#!/usr/bin/env python3
"""Measures Hinge beside ONNX Runtime and OpenVINO, in one interleaved run. Run by `./dev bench`.

    bench.py HINGE [--threads 1,2] [--models resnet50,mlp-1] [--rounds N] [--quick] [--at-least RATIO]
             [--compute bfloat16]

Each model is loaded by all engines, and blocks of runs on the same inputs alternate between them, whichever goes first
changing each round. Hinge is `hinge bench --serve`: it reads `run K` on standard input, runs the model K times and
answers with a line of K times in milliseconds; anything else ends it. OpenVINO runs twice: told to compute in float32,
as the others do, and as it comes, when it takes bfloat16 where the processor has it. With --compute, Hinge runs once more,
told to compute with that precision, which is compared with OpenVINO as it comes, and with Hinge's own float32.

Prints the medians; the peers' times over ours, so that above 1 Hinge is faster, with their geometric means; how far
each one's outputs are from ONNX Runtime's (relative L2); and, each time in a process of its own, the time from opening
the file to the first output, and the peak of memory above what the process had before (of Python's, its packages).

Exits 1 when a model fails in any engine that isn't known to lack an operator of it, Hinge's outputs are too far from
ONNX Runtime's, or, with --at-least, a ratio to the better one of ONNX Runtime and OpenVINO (float32) is less.
"""

import argparse
import json
import math
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
from report import Refused, recorded, relative_l2, run

BLOCK_SECONDS = 0.4
PAUSE_SECONDS = 0.05  # ONNX Runtime's idle threads spin for a moment: they must not take the other's processor
RELATIVE_L2_LIMIT = 1e-5
# Where int8 numbers are rounded, one that lies between two of them goes either way, and all that follows with it.
INT8_LIMIT = 2e-2
DETECTORS = {"ssdlite320"}
ENGINES = {"hinge": "Hinge", "ort": "ORT", "openvino32": "OV f32", "openvino": "OV"}
PEERS = list(ENGINES)[1:]
LOW = "low"  # Hinge with the precision of --compute
# What an engine is known to have no operators for: that is said, and no failure.
LACKING = {("openvino32", "resnet50-qlinear"), ("openvino", "resnet50-qlinear")}


class Hinge:
    """A process of ours that keeps a model loaded."""

    def __init__(self, program, model, threads, inputs=(), precision=None):
        """Inputs that no file is given for are made up; without a number of threads, Hinge chooses it."""
        command = [str(program), "bench", str(model), "--serve"]
        if threads:
            command += ["--threads", str(threads)]
        if precision:
            command += ["--precision", precision]
        for path in inputs:
            command += ["--input", str(path)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ask(self, command, count):
        """The `count` times with which it answers a command, in milliseconds."""
        try:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer is empty then
        line = self.process.stdout.readline()
        times = [float(part) for part in line.split()]
        if len(times) != count:
            said = self.process.stderr.read().strip() if not line else line.strip()
            raise Refused(f"hinge bench answered {said[:200]!r} to '{command}'")
        return times

    def run(self, count):
        """The times of `count` runs, in milliseconds."""
        return self.ask(f"run {count}", count)

    def close(self):
        if self.process.poll() is None:
            self.process.communicate("quit\n")


def onnxruntime_session(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


class ONNXRuntime:
    """A session with its input and output bound, so that Python's share of a run is small."""

    def __init__(self, model, threads, inputs):
        self.session = onnxruntime_session(model, threads)
        self.binding = self.session.io_binding()
        for item, value in zip(self.session.get_inputs(), inputs, strict=True):
            self.binding.bind_cpu_input(item.name, value)
        for item in self.session.get_outputs():
            self.binding.bind_output(item.name)

    def run(self, count):
        return times_of(lambda: self.session.run_with_iobinding(self.binding), count)

    def outputs(self):
        self.run(1)
        return self.binding.copy_outputs_to_cpu()

    def close(self):
        pass


class OpenVINO:
    """A compiled model whose inputs are set once."""

    def __init__(self, model, threads, inputs, precision=None):
        import openvino

        settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
        if precision:
            settings["INFERENCE_PRECISION_HINT"] = precision
        core = openvino.Core()
        self.compiled = core.compile_model(core.read_model(str(model)), "CPU", settings)
        self.request = self.compiled.create_infer_request()
        # The order of inputs is that of the file's, as their names in `recorded` are.
        self.inputs = [np.ascontiguousarray(value) for value in inputs]
        for index, value in enumerate(self.inputs):
            self.request.set_input_tensor(index, openvino.Tensor(value, shared_memory=True))

    def run(self, count):
        return times_of(lambda: self.request.infer(None, share_inputs=True, share_outputs=True), count)

    def outputs(self):
        self.run(1)
        return [np.array(self.request.get_output_tensor(index).data) for index in range(len(self.compiled.outputs))]

    def close(self):
        pass


def times_of(action, count):
    """The times of `count` runs, in milliseconds."""
    times = []
    for _ in range(count):
        start = time.perf_counter_ns()
        action()
        times.append((time.perf_counter_ns() - start) / 1e6)
    return times


def peer(name, model, threads, inputs):
    if name == "ort":
        return ONNXRuntime(model, threads, inputs)
    return OpenVINO(model, threads, inputs, "f32" if name == "openvino32" else None)


def measure(engines, rounds, seconds=BLOCK_SECONDS):
    """The median time of each engine in milliseconds, of blocks of runs that take about as many seconds."""
    counts = []
    for engine in engines:
        engine.run(2)  # warms up
        typical = statistics.median(engine.run(3))
        counts.append(max(3 if typical < seconds * 1000 else 1, round(seconds * 1000 / max(typical, 0.01))))
    times = [[] for _ in engines]
    for number in range(rounds):
        order = range(len(engines)) if number % 2 == 0 else reversed(range(len(engines)))
        for index in order:
            time.sleep(PAUSE_SECONDS)
            times[index] += engines[index].run(counts[index])
    return [statistics.median(values) for values in times]


def outputs_of(hinge, model, inputs, folder, *options):
    """What `hinge run` writes for the inputs, in the order of the model's outputs."""
    options_of_session = onnxruntime.SessionOptions()
    options_of_session.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(model), options_of_session, providers=["CPUExecutionProvider"])
    path, out = folder / "inputs.npz", folder / "out"
    np.savez(path, **{item.name: value for item, value in zip(session.get_inputs(), inputs, strict=True)})
    run(hinge, "run", model, "--input", path, "--output-dir", out, *options)
    return [np.load(out / f"{item.name}.npy") for item in session.get_outputs()]


def worst_error(found, expected):
    """The largest relative L2; infinite where shapes or integers differ, or what isn't finite."""
    worst = 0.0
    for f, e in zip(found, expected, strict=True):
        if f.shape != e.shape or e.dtype.kind != "f" and not np.array_equal(f, e):
            return math.inf
        if e.dtype.kind == "f":
            error = relative_l2(f, e)
            worst = max(worst, math.inf if math.isnan(error) else error)
    return worst


def by_label(detections):
    """Detections ordered by label and score: of two that score the same but for rounding, either may come first."""
    boxes, scores, labels = detections
    order = np.lexsort((scores, labels))
    return [boxes[order], scores[order], labels[order]]


# A process for each engine and model


def status(field):
    """A field of /proc/self/status in bytes; None where the system has no such file."""
    try:
        for line in open("/proc/self/status"):
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def first_output(name, model, threads):
    """In a process of its own: prints the time to the first output, and memory before and at most."""
    inputs, _ = recorded(pathlib.Path(model).with_suffix(".npz"))
    if name != "ort":
        import openvino  # noqa: F401, before the clock runs
    before = status("VmRSS")
    start = time.perf_counter()
    peer(name, model, threads, inputs).run(1)
    seconds = time.perf_counter() - start
    print(json.dumps({"firstOutput": seconds * 1000, "startMemory": before, "peakMemory": status("VmHWM")}))


def beginning(name, hinge, model, threads, count):
    """The median time from file to first output in milliseconds, and the memory used at most in bytes, of processes."""
    times, memory = [], []
    for _ in range(count):
        if name == "hinge":
            said = run(
                hinge, "bench", model, "--input", model.with_suffix(".npz"), "--threads", threads, "--runs", 1,
                "--json", timeout=600)
        else:
            command = [sys.executable, __file__, "--first", name, str(model), str(threads)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=600)
            if done.returncode != 0:
                raise Refused((done.stderr.strip().splitlines() or ["no message"])[-1][:200])
            said = done.stdout
        said = json.loads(said)
        times.append(said["firstOutput"])
        if said.get("startMemory") is not None and said.get("peakMemory") is not None:
            memory.append(said["peakMemory"] - said["startMemory"])
    return statistics.median(times), statistics.median(memory) if memory else math.nan


# Tables


def number(value, places=2):
    return "-" if value is None or math.isnan(value) else f"{value:.{places}f}"


def milliseconds(value):
    """Three digits that count, or all before the point."""
    if value is None or math.isnan(value):
        return "-"
    return f"{value:.{max(0, min(3, 2 - math.floor(math.log10(max(value, 1e-3)))))}f}"


def geometric_mean(values):
    values = [value for value in values if value is not None and not math.isnan(value)]
    return math.exp(statistics.fmean(map(math.log, values))) if values else math.nan


class Benchmark:
    def __init__(self, hinge, arguments):
        self.hinge = hinge
        self.rounds, self.seconds = (2, 0.1) if arguments.quick else (arguments.rounds, BLOCK_SECONDS)
        self.processes = 1 if arguments.quick else 3
        self.least = arguments.at_least
        self.precision = arguments.compute
        self.engines = ENGINES | ({LOW: "Hinge low"} if self.precision else {})
        self.failures = []
        self.notes = []

    def fail(self, text):
        self.failures.append(text)

    def miss(self, name, model, what, error):
        """Notes that an engine can't run a model, which is a failure unless it is known."""
        text = f"{model.stem}: {what} of {self.engines[name]}: {' '.join(str(error).split())[:300]}"
        if (name, model.stem) not in LACKING:
            self.fail(text)
        elif text not in self.notes:
            self.notes.append(text)

    def load(self, model, threads, inputs):
        """The engines that load the model and run it, by name."""
        engines = {}
        for name in self.engines:
            try:
                if name in ("hinge", LOW):
                    precision = self.precision if name == LOW else None
                    engine = Hinge(self.hinge, model, threads, [model.with_suffix(".npz")], precision)
                else:
                    engine = peer(name, model, threads, inputs)
                engine.run(1)
                engines[name] = engine
            except Exception as error:
                self.miss(name, model, "runs", error)
        return engines

    def speed(self, models, threads):
        """Prints the medians and ratios of all models, and their geometric means."""
        print(f"\n{threads} thread{'s' if threads > 1 else ''}: medians in ms, and the peer's time over Hinge's "
              "(above 1, Hinge is faster)\n")
        heads = "".join(f"{title:>10}" for title in self.engines.values())
        low = {"OV/low": ("openvino", LOW), "f32/low": ("hinge", LOW)} if self.precision else {}
        print(f"{'model':20}{heads}   " + "".join(f"{'/' + ENGINES[name]:>9}" for name in PEERS) + f"{'/better':>9}"
              + "".join(f"{title:>9}" for title in low))
        ratios = {name: [] for name in [*PEERS, "better", *low]}
        for model in models:
            inputs, _ = recorded(model.with_suffix(".npz"))
            engines = self.load(model, threads, inputs)
            times = {}
            try:
                times = dict(zip(engines, measure(list(engines.values()), self.rounds, self.seconds)))
            except Exception as error:
                self.fail(f"{model.stem}, {threads} threads: {error}")
            finally:
                for engine in engines.values():
                    engine.close()
            row = {name: times[name] / times["hinge"] if {name, "hinge"} <= times.keys() else math.nan
                   for name in PEERS}
            known = [row[name] for name in ("ort", "openvino32") if not math.isnan(row[name])]
            row["better"] = min(known) if known else math.nan
            for title, (one, other) in low.items():
                row[title] = times[one] / times[other] if {one, other} <= times.keys() else math.nan
            for name, ratio in row.items():
                ratios[name].append(ratio)
            if self.least and row["better"] < self.least:
                self.fail(f"{model.stem}, {threads} threads: {row['better']:.2f} of the better peer's speed")
            print(f"{model.stem:20}" + "".join(f"{milliseconds(times.get(name)):>10}" for name in self.engines) + "   "
                  + "".join(f"{number(ratio):>9}" for ratio in row.values()), flush=True)
        means = "".join(f"{number(geometric_mean(values)):>9}" for values in ratios.values())
        print(f"{'geometric mean':20}{'':{10 * len(self.engines)}}   {means}")

    def errors(self, models):
        """Prints how far the outputs are from ONNX Runtime's."""
        others = [name for name in self.engines if name != "ort"]
        print("\nOutputs: relative L2 to ONNX Runtime's\n")
        print(f"{'model':20}" + "".join(f"{self.engines[name]:>10}" for name in others))
        for model in models:
            inputs, expected = recorded(model.with_suffix(".npz"))
            row = []
            for name in others:
                try:
                    if name in ("hinge", LOW):
                        options = ["--precision", self.precision] if name == LOW else []
                        with tempfile.TemporaryDirectory() as folder:
                            found = outputs_of(self.hinge, model, inputs, pathlib.Path(folder), *options)
                    else:
                        found = peer(name, model, 2, inputs).outputs()
                    if model.stem in DETECTORS:
                        found, wanted = by_label(found), by_label(expected)
                    else:
                        wanted = expected
                    error = worst_error(found, wanted)
                except Exception as reason:
                    self.miss(name, model, "outputs", reason)
                    error = math.nan
                limit = INT8_LIMIT if is_int8(model) else RELATIVE_L2_LIMIT
                if name == "hinge" and error > limit:
                    self.fail(f"{model.stem}: outputs: relative L2 to ONNX Runtime {error:.1e} is above {limit:.0e}")
                row.append("-" if math.isnan(error) else f"{error:.1e}")
            print(f"{model.stem:20}" + "".join(f"{cell:>10}" for cell in row), flush=True)

    def beginnings(self, models, threads):
        """Prints the times to the first output, and memory."""
        print(f"\nFrom file to first output in ms, and peak memory above the process's own in MB; "
              f"{threads} thread{'s' if threads > 1 else ''}\n")
        print(f"{'model':20}" + "".join(f"{ENGINES[name]:>10}" for name in ENGINES) + f"{'Hinge/ORT':>12}   "
              + "".join(f"{ENGINES[name] + ' MB':>10}" for name in ("hinge", "ort")) + f"{'Hinge/ORT':>12}")
        ratios = ([], [])
        for model in models:
            found = {}
            for name in ENGINES:
                try:
                    found[name] = beginning(name, self.hinge, model, threads, self.processes)
                except Exception as error:
                    self.miss(name, model, "first output", error)
            unknown = (math.nan, math.nan)
            (ours, our_memory), (theirs, their_memory) = found.get("hinge", unknown), found.get("ort", unknown)
            both = (ours / theirs, our_memory / their_memory)
            for list_, ratio in zip(ratios, both):
                list_.append(ratio)
            print(f"{model.stem:20}" + "".join(f"{milliseconds(found.get(name, unknown)[0]):>10}" for name in ENGINES)
                  + f"{number(both[0]):>12}   {number(our_memory / 1e6, 0):>10}{number(their_memory / 1e6, 0):>10}"
                  + f"{number(both[1]):>12}", flush=True)
        print(f"{'geometric mean':20}{'':{10 * len(ENGINES)}}{number(geometric_mean(ratios[0])):>12}   "
              f"{'':20}{number(geometric_mean(ratios[1])):>12}")


def is_int8(model):
    from export_models import QUANTIZED

    return model.stem in QUANTIZED


def chosen_models(names, failures):
    """The models' paths; one that can't be exported is a failure, and left out."""
    from export_models import NAMES, exported

    unknown = [name for name in names or [] if name not in NAMES]
    if unknown:
        sys.exit(f"no such model: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    paths = []
    for name in names or NAMES:
        try:
            paths += exported(cache_folder("models"), [name])
        except (Exception, SystemExit) as error:
            failures.append(f"{name}: exporting: {str(error).strip()[:300]}")
    return paths


def main():
    if sys.argv[1:2] == ["--first"]:
        return first_output(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hinge", type=pathlib.Path, help="the hinge program, built in release mode")
    parser.add_argument("--threads", default="1,2", help="numbers of threads, comma-separated (default: 1,2)")
    parser.add_argument("--models", help="names of models, comma-separated (default: all)")
    parser.add_argument("--rounds", type=int, default=6, help="blocks of runs for each program (default: 6)")
    parser.add_argument("--quick", action="store_true", help="few short blocks, and one process each")
    parser.add_argument("--speed-only", action="store_true", help="neither outputs nor beginnings")
    parser.add_argument("--compute", metavar="PRECISION", help="run Hinge once more, with hinge's --precision")
    parser.add_argument("--at-least", type=float, help="the smallest ratio to the better peer that is no failure")
    arguments = parser.parse_args()
    benchmark = Benchmark(arguments.hinge.resolve(), arguments)
    models = chosen_models(arguments.models and arguments.models.split(","), benchmark.failures)
    threads = [int(text) for text in arguments.threads.split(",")]
    for count in threads:
        benchmark.speed(models, count)
    if not arguments.speed_only:
        benchmark.errors(models)
        benchmark.beginnings(models, max(threads))
    print()
    lines = [f"NOTE  {note}" for note in benchmark.notes] + [f"FAIL  {failure}" for failure in benchmark.failures]
    print(*lines, sep="\n")
    sys.exit(1 if benchmark.failures else 0)


if __name__ == "__main__":
    main()

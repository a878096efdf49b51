#!/usr/bin/env python3
"""Measures models whose shapes change from run to run, beside ONNX Runtime. Run by `./dev bench --shapes`.

    shapes.py HINGE [--threads 1,2] [--rounds N] [--steps N]

A decoding loop: a GPT-like model with a cache of keys and values runs 200 times on one token, and what it gives as its cache
is what it reads next, so that each run has shapes that no run before had. And an encoder runs on sentences of 100 lengths,
each of them new, and then on the last one again: what a new shape costs is the difference, to be held against the time that
compiling takes. Prints medians over the rounds, in which the tools take turns.
"""

import argparse
import statistics
import sys
import pathlib
import time

import numpy as np
import onnxruntime

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Peers"))
from bench import Hinge, onnxruntime_session
from cache import cache_folder

LENGTHS = 100
FIRST_LENGTH = 20


def decode(session, inputs, pairs, steps):
    """The milliseconds of a loop in which outputs become inputs without being copied."""
    value = onnxruntime.OrtValue.ortvalue_from_numpy
    values = {name: value(array) for name, array in inputs.items()}
    binding = session.io_binding()
    start = time.perf_counter()
    for _ in range(steps):
        binding.clear_binding_inputs()
        binding.clear_binding_outputs()
        for name, given in values.items():
            binding.bind_ortvalue_input(name, given)
        for item in session.get_outputs():
            binding.bind_output(item.name)
        session.run_with_iobinding(binding)
        found = dict(zip((item.name for item in session.get_outputs()), binding.get_outputs()))
        values.update({target: found[source] for source, target in pairs})
    return (time.perf_counter() - start) * 1e3


def decoding(program, threads, rounds, steps):
    model = cache_folder("models") / "gpt-cached.onnx"
    theirs = onnxruntime_session(model, threads)
    names = [item.name for item in theirs.get_inputs()]
    caches = names[1:]
    pairs = list(zip([item.name for item in theirs.get_outputs()][1:], caches, strict=True))
    inputs = {names[0]: np.ones([1, 1], np.int64)}
    inputs |= {name: np.zeros([1, 8, 1, 64], np.float32) for name in caches}
    ours = Hinge(program, model, threads, [])
    command = f"feed {steps} " + " ".join(f"{source}={target}" for source, target in pairs)
    times = {"Hinge": [], "ORT": []}
    for number in range(rounds):
        for name in ["Hinge", "ORT"] if number % 2 else ["ORT", "Hinge"]:
            times[name].append(
                sum(ours.ask(command, steps)) if name == "Hinge" else decode(theirs, inputs, pairs, steps))
    ours.close()
    return {name: statistics.median(numbers) for name, numbers in times.items()}


def lengths(program, threads, rounds):
    model = cache_folder("models") / "t5-encoder.onnx"
    ours = Hinge(program, model, threads, [])
    compiling, new, same = [], [], []
    for _ in range(rounds):
        first, *times = ours.ask(f"extents {LENGTHS} {FIRST_LENGTH}", LENGTHS + 1)
        compiling.append(first)
        new.append(statistics.mean(times[1:]))
        same.append(statistics.mean(ours.ask(f"again {LENGTHS} {FIRST_LENGTH}", LENGTHS + 1)[1:]))
    ours.close()
    return [statistics.median(numbers) for numbers in (compiling, new, same)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hinge", type=pathlib.Path)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=200)
    arguments = parser.parse_args()
    for threads in map(int, arguments.threads.split(",")):
        found = decoding(arguments.hinge, threads, arguments.rounds, arguments.steps)
        ratio = found["ORT"] / found["Hinge"]
        print(
            f"{threads} threads, {arguments.steps} steps of decoding: Hinge {found['Hinge']:.0f} ms, "
            f"ORT {found['ORT']:.0f} ms, ratio {ratio:.2f}", flush=True)
        compiling, new, same = lengths(arguments.hinge, threads, arguments.rounds)
        print(
            f"{threads} threads, a new length of an encoder: {new - same:.2f} ms beside {same:.2f} ms of a run, "
            f"{100 * (new - same) / compiling:.1f} % of the {compiling:.0f} ms of compiling", flush=True)


if __name__ == "__main__":
    main()

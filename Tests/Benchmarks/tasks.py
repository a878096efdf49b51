#!/usr/bin/env python3
"""Measures threads and tasks. Run by `./dev bench --tasks`.

    tasks.py HINGE [--models resnet50,mlp-1] [--rounds N]

For each model: a run with one thread, with two, and with as many as Hinge takes by itself; and two tasks that make eight runs
each with one session, at once, beside the same sixteen runs in turn. Prints medians in milliseconds of rounds in which all of
these take turns, and the ratios that should not be above 1: two threads to one, the default to the better of them, at once
to in turn.
"""

import argparse
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Peers"))
from bench import Hinge, chosen_models, geometric_mean

TASKS, RUNS = 2, 8


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hinge", type=pathlib.Path)
    parser.add_argument("--models", type=lambda text: text.split(","))
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    failures = []
    titles = ["1 thread", "2 threads", "default", "in turn", "at once"]
    print(f"{'model':20}" + "".join(f"{title:>11}" for title in titles) + f"{'2/1':>8}{'default':>9}{'at once':>9}")
    ratios = []
    for model in chosen_models(arguments.models, failures):
        engines = [Hinge(arguments.hinge, model, threads, [model.with_suffix(".npz")]) for threads in (1, 2, None)]
        asks = [
            lambda: statistics.median(engines[0].run(RUNS)),
            lambda: statistics.median(engines[1].run(RUNS)),
            lambda: statistics.median(engines[2].run(RUNS)),
            lambda: sum(engines[2].run(TASKS * RUNS)),
            lambda: engines[2].ask(f"tasks {RUNS} {TASKS}", 1)[0],
        ]
        for ask in asks:
            ask()
        rounds = [[ask() for ask in asks] for _ in range(arguments.rounds)]
        one, two, default, turn, once = (statistics.median(times) for times in zip(*rounds))
        ratios.append((two / one, default / min(one, two), once / turn))
        print(f"{model.stem:20}" + "".join(f"{time:>11.3f}" for time in (one, two, default, turn, once))
              + "".join(f"{ratio:>{width}.2f}" for ratio, width in zip(ratios[-1], (8, 9, 9))), flush=True)
        for engine in engines:
            engine.close()
    means = map(geometric_mean, zip(*ratios))
    print(f"{'geometric mean':75}" + "".join(f"{ratio:>{width}.2f}" for ratio, width in zip(means, (8, 9, 9))))
    print("\n".join(failures), end="")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

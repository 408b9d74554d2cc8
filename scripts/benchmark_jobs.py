#!/usr/bin/env python3
"""Times drawing jobs that share a machine: one alone, and two at once with glyffuser's short waits between OpenMP's
threads and with OpenMP's usual ones, taking turns; prints the medians.

    scripts/benchmark_jobs.py            # the bundled model, 16 pictures a job, 10 steps

Needs a built binary only.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from arguments import BINARY, count, program

USUAL = "300000"  # GNU's OpenMP, where nothing is said; set, it is kept by the program
WAYS = {
    "one alone": (1, {}),
    "two at once": (2, {}),
    "two at once, OpenMP's usual waits": (2, {"GOMP_SPINCOUNT": USUAL}),
}


def seconds(args, jobs, variables):
    """From the start of all jobs to the end of the last; sys.exit if one fails."""
    environment = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    with tempfile.TemporaryDirectory(prefix="glyffuser-jobs-") as folder:
        start = time.perf_counter()
        running = [
            subprocess.Popen(
                [args.binary, "sample", "-p", "gold", "-n", str(args.pictures), "-s", str(args.steps), "--quiet",
                 "-o", Path(folder) / str(job)],
                env=environment | variables, stdout=subprocess.DEVNULL)
            for job in range(jobs)
        ]  # fmt: skip
        if any([job.wait() for job in running]):
            sys.exit(f"{args.binary} failed")
        return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=program, default=BINARY)
    parser.add_argument("--pictures", type=count, default=16)
    parser.add_argument("--steps", type=count, default=10)
    parser.add_argument("--rounds", type=count, default=5)
    args = parser.parse_args()
    times = {name: [] for name in WAYS}
    for _ in range(args.rounds):
        for name, (jobs, variables) in WAYS.items():
            times[name].append(seconds(args, jobs, variables))
    print(f"{args.pictures} pictures a job, {args.steps} steps, {len(os.sched_getaffinity(0))} cores\n")
    print("| | seconds | range |\n| --- | --- | --- |")
    for name, values in times.items():
        print(f"| {name} | {statistics.median(values):.1f} | {min(values):.1f} to {max(values):.1f} |")


if __name__ == "__main__":
    main()

"""What the benchmarks share: a contestant as a process that waits for its turn, and the machine's name."""

import json
import platform
import subprocess
import sys
from pathlib import Path


class Worker:
    """A process that answers each line with a line."""

    def __init__(self, script, arguments):
        command = [sys.executable, Path(__file__).parent / script, *map(str, arguments)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args[1]} stopped with code {self.process.wait()}")
        return json.loads(line)

    def finish(self):
        self.process.stdin.close()
        with self.process.stdout:
            answer = self.process.stdout.read()
        if self.process.wait() != 0:
            sys.exit(f"{self.process.args[1]} stopped with code {self.process.returncode}")
        return json.loads(answer) if answer else None


def peak_memory():
    """Bytes: what this process has held at most (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status has no VmHWM")


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()

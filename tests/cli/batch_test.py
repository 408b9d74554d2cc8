"""Drives `glyffuser sample` as scripts do: prompt files, manifests, shards, stops, requests on standard input.

    python3 tests/cli/batch_test.py build/glyffuser
"""

import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest
import zlib

from case import BINARY, SOURCE, CliTest, run

LOADER = pathlib.Path("/lib64/ld-linux-x86-64.so.2")


def blanked(png):
    """The same picture, 128 x 128, with white pixels."""
    begin = png.index(b"IDAT") - 4
    end = begin + 12 + int.from_bytes(png[begin:begin + 4], "big")
    data = b"IDAT" + zlib.compress((b"\0" + b"\xff" * 128) * 128)
    chunk = (len(data) - 4).to_bytes(4, "big") + data + zlib.crc32(data).to_bytes(4, "big")
    return png[:begin] + chunk + png[end:]


class BatchTest(CliTest):
    def sample(self, *arguments, **options):
        return run("sample", "-m", self.model, "-s", 2, *arguments, cwd=self.root, **options)

    def write_csv(self, name="batch.csv"):
        path = self.root / name
        path.write_text("prompt,num_images,seed,steps,file\ngold,3,,,\nwater,1,7,3,own/water.png\nfish,2,,\"1,3\",\n")
        return path

    @staticmethod
    def manifest(folder, pattern="manifest.jsonl"):
        lines = [line for file in sorted(folder.glob(pattern)) for line in file.read_text().splitlines()]
        return {entry["file"]: entry for entry in map(json.loads, lines)}

    def test_a_batch_from_a_csv_and_its_manifest(self):
        out = self.root / "batch"
        done = self.sample("--prompts", self.write_csv(), "-o", out, "--set", "sample.batch_size=4")
        self.assertEqual(done.returncode, 0, done.stderr)
        entries = self.manifest(out)
        self.assertEqual(len(entries), 8)
        self.assertEqual(entries["own/water.png"]["seed"], 7)
        self.assertEqual(entries["own/water.png"]["steps"], 3)
        self.assertEqual(entries["fish/seed-1-steps-3.png"]["prompt"], "fish")
        for name, entry in entries.items():
            self.assertEqual(hashlib.sha256((out / name).read_bytes()).hexdigest(), entry["sha256"])
        # Again: nothing is drawn, nothing is listed twice. Without one picture: that one is, with the same bytes.
        manifest = (out / "manifest.jsonl").read_bytes()
        lost = (out / "gold/seed-1.png").read_bytes()
        (out / "gold/seed-1.png").unlink()
        again = self.sample("--prompts", self.write_csv(), "-o", out, "--set", "sample.batch_size=4", "--json")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual((out / "gold/seed-1.png").read_bytes(), lost)
        self.assertEqual(sorted((out / "manifest.jsonl").read_bytes().splitlines()), sorted(manifest.splitlines()))
        told = [json.loads(line) for line in again.stdout.splitlines()]
        self.assertEqual({entry["sha256"] for entry in told}, {entry["sha256"] for entry in entries.values()})

    def test_shards_together_are_the_job(self):
        whole, parts = self.root / "whole", self.root / "parts"
        flags = ["--prompts", self.write_csv(), "--set", "sample.batch_size=2"]
        self.assertEqual(self.sample(*flags, "-o", whole).returncode, 0)
        for shard in (2, 0, 1):
            done = self.sample(*flags, "-o", parts, "--shard", f"{shard}/3")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.manifest(parts, "manifest-shard-*.jsonl"), self.manifest(whole))
        names = {str(f.relative_to(whole)) for f in whole.rglob("seed-*.png")}
        self.assertEqual(names, {str(f.relative_to(parts)) for f in parts.rglob("seed-*.png")})
        self.expect(2, ["5/3", "0/4"], "sample", "-m", self.model, *flags, "--shard", "5/3")

    def check(self, csv, out, *flags, binary=BINARY, cwd=None):
        command = [sys.executable, SOURCE / "scripts/check_batch.py", csv, "--out", out, "--binary", binary]
        command += ["--model", self.model, "-s", "2", "--quiet", *flags]
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=cwd)

    def test_the_script_that_checks_a_batch(self):
        done = self.check(self.write_csv(), self.root / "checked", "--shards", 2)
        self.assertEqual((done.returncode, done.stdout), (0, "8 pictures, all in the manifest\n"), done.stderr)
        more = self.root / "more.csv"
        more.write_text("prompt,num_images\ngold,-1\n")
        done = self.check(more, self.root / "checked")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("ended with code 2", done.stderr)

    def test_the_script_knows_a_folder_by_any_name(self):
        for i, out in enumerate((".", "./", "below/..", "below/./deep//")):
            with self.subTest(out=out):
                folder = self.root / f"named-{i}"
                (folder / "below").mkdir(parents=True)
                done = self.check(self.write_csv(), out, cwd=folder)
                self.assertEqual((done.returncode, done.stdout), (0, "8 pictures, all in the manifest\n"), done.stderr)

    def test_the_script_counts_as_the_binary_does(self):
        csv = self.root / "seeds.csv"
        csv.write_text('prompt,num_images,seed,seeds,steps\ngold,,,"0-2, 7",\nwater,2,,,\nfish,,5,,3\nbird,,,,"1, 2,3"\n')
        for flags, count in (((), 4 + 2 + 1 + 3), (("-s", "1,2"), 8 + 4 + 1 + 3), (("-n", 2), 4 + 2 + 2 + 6),
                             (("--seeds", "4,6-7"), 4 + 2 + 1 + 9), (("--seed", 8), 10)):  # fmt: skip
            with self.subTest(flags=flags):
                done = self.check(csv, self.root / f"counted-{count}-{len(flags)}", *flags)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stdout, f"{count} pictures, all in the manifest\n")

    def test_the_script_finds_what_is_wrong(self):
        """Something spoils a picture when all are drawn."""
        csv, sound = self.write_csv(), self.root / "sound"
        self.assertEqual(self.check(csv, sound).returncode, 0)
        picture = (sound / "gold/seed-1.png").read_bytes()
        blank = blanked(picture)
        self.assertGreater(len(blank), 200)  # for all that its text takes
        (self.root / "blank.png").write_bytes(blank)
        old, new, other = (hashlib.sha256(content).hexdigest() for content in (picture, blank, b"x"))
        spoilers = {
            "is not there": "rm gold/seed-1.png",
            "is not the file that the manifest describes": "printf x >> gold/seed-1.png",
            "is no picture": f"printf x > gold/seed-1.png; sed -i s/{old}/{other}/ manifest.jsonl",
            "shows nothing": f"cp ../blank.png gold/seed-1.png; sed -i s/{old}/{new}/ manifest.jsonl",
            "is in no manifest": f"sed -i /{old}/d manifest.jsonl",
        }
        for i, (problem, spoil) in enumerate(spoilers.items()):
            with self.subTest(problem=problem):
                out, binary = self.root / f"spoiled-{i}", self.root / f"spoiler-{i}"
                binary.write_text(f'#!/bin/sh\n"{BINARY}" "$@" && cd "{out}" && {{ {spoil}; }}\n')
                binary.chmod(0o755)
                done = self.check(csv, out, binary=binary)
                self.assertEqual((done.returncode, done.stderr.splitlines()[1:]), (1, []), done.stderr)
                self.assertTrue(done.stderr.startswith(f"{out}/gold/seed-1.png: {problem}"), done.stderr)

    def test_a_stop_keeps_what_is_finished(self):
        out = self.root / "stopped-out"
        flags = ["-p", "gold", "-n", 40, "-o", out, "--set", "sample.batch_size=2", "--threads", 1]
        started = subprocess.Popen(list(map(str, [BINARY, "sample", "-m", self.model, "-s", 10, *flags])),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4):
            started.stdout.readline()
        started.send_signal(signal.SIGINT)
        _, errors = started.communicate(timeout=60)
        self.assertEqual(started.returncode, 130)
        self.assertIn("same command", errors)
        finished = {f: f.read_bytes() for f in out.glob("seed-*.png")}
        self.assertTrue(4 <= len(finished) < 40)
        self.assertEqual(set(self.manifest(out)), {f.name for f in finished})
        again = run("sample", "-m", self.model, "-s", 10, *flags)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(len(self.manifest(out)), 40)
        for file, content in finished.items():
            self.assertEqual(file.read_bytes(), content)

    def test_requests_on_standard_input_are_answered_one_by_one(self):
        out = self.root / "served"
        command = [BINARY, "sample", "-m", self.model, "-s", "2", "-n", "1", "--prompts", "-", "-o", out]
        server = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)

        def ask(text):
            server.stdin.write(text + "\n")
            server.stdin.flush()
            return json.loads(server.stdout.readline())

        answer = ask('{"prompt": "gold", "num_images": 2, "id": "a"}')
        self.assertEqual(answer["id"], "a")
        self.assertEqual([image["seed"] for image in answer["images"]], [0, 1])
        self.assertTrue(pathlib.Path(answer["images"][1]["file"]).exists())
        self.assertIn("did you mean `seed`", ask('{"prompt": "gold", "sed": 1}')["error"])
        answer = ask('{"prompt": "gold", "id": "b", "prompt": "water"}')
        self.assertEqual((answer["id"], "`prompt` is given twice" in answer["error"]), ("b", True))
        self.assertIn("line 4", ask("nonsense")["error"])
        self.assertIn("2000", ask('{"prompt": "gold", "steps": 2000}')["error"])
        water = ask('{"prompt": "water", "file": "w/1"}')["images"]
        self.assertEqual([image["file"] for image in water], [str(out / "w/1.png")])
        self.assertEqual(ask('{"prompt": "water", "file": "w/1"}')["images"], water)
        # Meanwhile another job has the same folder, and puts its manifest in order.
        with open(out / "manifest.jsonl", "a") as manifest:
            manifest.write('{"file": "cut o')
        done = self.sample("--prompts", self.write_csv(), "-o", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        ask('{"prompt": "bird", "file": "b"}')
        server.stdin.close()
        self.assertEqual(server.wait(timeout=60), 2)  # not all were drawn
        server.stdout.close()
        self.assertEqual(set(self.manifest(out)) - {f"gold/seed-{seed}.png" for seed in range(3)},
                         {"w/1.png", "own/water.png", "fish/seed-1-steps-1.png", "fish/seed-1-steps-3.png",
                          "fish/seed-0-steps-1.png", "fish/seed-0-steps-3.png", "b.png"})
        done = run("sample", "-m", self.model, "-s", 2, "-p", "gold", "-n", 2, "-o", out / "gold")
        self.assertEqual(done.returncode, 0, done.stderr)  # the same pictures: kept

    def serve(self, **environment):
        """A server that is ready."""
        server = subprocess.Popen([BINARY, "sample", "-m", self.model, "--prompts", "-"], cwd=self.root, stdin=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, env={**os.environ, **environment})
        self.assertTrue(any("ready" in line for line in iter(server.stderr.readline, "")))
        return server

    def stop(self, server):
        server.send_signal(signal.SIGTERM)
        code = server.wait(timeout=10)
        server.stdin.close()
        server.stderr.close()
        return code

    def test_waiting_for_input_ends_with_a_signal(self):
        self.assertEqual(self.stop(self.serve()), 143)

    def test_threads_wait_a_short_while_unless_told_otherwise(self):
        for told, expected in (({}, "GOMP_SPINCOUNT=10000"), ({"GOMP_SPINCOUNT": "77"}, "GOMP_SPINCOUNT=77"),
                               ({"OMP_WAIT_POLICY": "active"}, None)):  # fmt: skip
            with self.subTest(told=told):
                server = self.serve(**told)
                process = pathlib.Path(f"/proc/{server.pid}")
                variables = (process / "environ").read_text().split("\0")
                self.assertEqual((process / "comm").read_text().strip(), "glyffuser")
                self.stop(server)
                self.assertEqual(next((v for v in variables if v.startswith("GOMP_SPINCOUNT=")), None), expected)

    @unittest.skipUnless(LOADER.exists(), "another system's loader")
    def test_starts_by_the_loaders_name_too(self):
        started = subprocess.run([LOADER, BINARY, "--version"], capture_output=True, text=True)
        self.assertEqual((started.returncode, started.stdout[:10]), (0, "glyffuser "), started.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)

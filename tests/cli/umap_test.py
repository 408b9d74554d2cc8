"""Drives `glyffuser umap-export` as a user would, on a few hundred glyphs and on odd data sets.

    python3 tests/cli/umap_test.py build/glyffuser
"""

import base64
import csv
import gzip
import json
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

BINARY = None  # set from the command line
GLYPHS = 300
FILES = ("umap.csv", "umap.npy", "umap.svg", "umap.png", "umap.html", "umap_metrics.json")


def run(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=300)


def gray_png(rows):
    """An 8-bit PNG of rows of bytes."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


class UmapTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="glyffuser-umap-"))
        cls.config = cls.root / "map.yaml"
        cls.config.write_text(f"data: {{max_glyphs: {GLYPHS}, cache: {cls.root / 'cache'}}}\numap: {{noised_glyphs: 20}}\n")
        cls.out = cls.root / "out"
        cls.done = run("umap-export", cls.config, "-o", cls.out, "-t", 1)
        assert cls.done.returncode == 0, cls.done.stderr
        page = (cls.out / "umap.html").read_text()
        cls.blocks = dict(re.findall(r'<script type="application/octet-stream" id="([\w-]+)">([^<]*)</script>', page))
        cls.data = json.loads(gzip.decompress(base64.b64decode(cls.blocks["map-data"])))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.root)

    def folder_set(self, name, pictures):
        folder = self.root / name
        folder.mkdir()
        lines = []
        for i, rows in enumerate(pictures):
            (folder / f"{i}.png").write_bytes(gray_png(rows))
            lines.append(json.dumps({"file_name": f"{i}.png", "text": f"picture, number {i // 2}"}))
        (folder / "metadata.jsonl").write_text("\n".join(lines))
        return folder

    def export(self, name, pictures, *arguments):
        out = self.root / f"{name}-map"
        folder = self.folder_set(name, pictures)
        done = run("umap-export", self.config, "-o", out, "--set", f"data.folder={folder}", "--set", "data.image_size=16", *arguments)
        return done, out

    def test_stdout_lists_the_files(self):
        self.assertEqual(self.done.stdout.split("\n"), [str(self.out / name) for name in FILES] + [""])
        self.assertEqual(sorted(path.name for path in self.out.iterdir()), sorted(FILES))

    def test_the_tables_agree(self):
        with open(self.out / "umap.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), GLYPHS)
        raw = (self.out / "umap.npy").read_bytes()
        self.assertIn(f"'shape': ({GLYPHS}, 2)".encode(), raw[:128])
        places = struct.unpack(f"<{2 * GLYPHS}f", raw[128:])
        for i, row in enumerate(rows):
            self.assertEqual(row["code_point"], f"U+{self.data['points']['code'][i]:04X}")
            self.assertAlmostEqual(float(row["x"]), places[2 * i], places=4)
            self.assertAlmostEqual(float(row["y"]), self.data["points"]["y"][i], places=3)
            self.assertEqual(row["definition"], self.data["points"]["captions"][self.data["points"]["caption"][i]])
            self.assertEqual(row["split"], ["training", "held out"][self.data["points"]["split"][i]])
        self.assertGreater(sum(row["radical"] != "" for row in rows), 0.9 * GLYPHS)

    def test_the_page_is_whole_and_asks_for_nothing(self):
        page = (self.out / "umap.html").read_text()
        self.assertNotIn("{{data}}", page)
        self.assertIsNone(re.search(r'(src|href)\s*=\s*["\']?(https?:)?//', page))
        self.assertTrue(base64.b64decode(self.blocks["tiles-0"]).startswith(b"\x89PNG"))
        self.assertEqual(self.data["count"], GLYPHS)
        self.assertEqual([frame["t"] for frame in self.data["plane"]["frames"]], [0, 75, 150, 225, 350])
        self.assertEqual([group["t"] for group in self.data["transform"]["noised"]], [75, 150, 225, 350])
        self.assertEqual(self.data["distances"]["rows"][0]["group"], "real")

    def test_another_seed_is_another_map(self):
        places = (self.out / "umap.npy").read_bytes()
        for seed, same in ((0, True), (1, False)):
            out = self.root / f"seed-{seed}"
            done = run("umap-export", self.config, "-o", out, "-t", 1, "--set", f"seed={seed}")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual((out / "umap.npy").read_bytes() == places, same, seed)

    def test_metrics(self):
        metrics = json.loads((self.out / "umap_metrics.json").read_text())
        self.assertEqual(metrics["glyphs"], GLYPHS)
        self.assertGreater(metrics["trustworthiness"], 0.6)
        self.assertGreater(metrics["triplet_order"], 0.5)
        self.assertGreater(metrics["neighbours_kept"], 0.05)
        for stage in ("glyphs", "features", "neighbours", "layout", "quality", "page", "figure"):
            self.assertIn(stage, metrics["seconds"])
        self.assertIn("trustworthiness", self.done.stderr)

    def test_files_of_others_are_left_alone(self):
        out = self.root / "theirs"
        out.mkdir()
        (out / "umap.csv").write_text("mine")
        done = run("umap-export", self.config, "-o", out)
        self.assertEqual(done.returncode, 2)
        self.assertIn("umap.csv: is there already", done.stderr)
        self.assertEqual((out / "umap.csv").read_text(), "mine")

    def test_the_same_command_gives_the_same_bytes(self):
        again = self.root / "again"
        self.assertEqual(run("umap-export", self.config, "-o", again, "-t", 1).returncode, 0)
        for name in FILES[:-1]:
            self.assertEqual((again / name).read_bytes(), (self.out / name).read_bytes(), name)

    def test_ten_pictures(self):
        pictures = [[[255 if (x * (i + 3) + y * 7) % 11 > 4 else 0 for x in range(16)] for y in range(16)] for i in range(10)]
        done, out = self.export("ten", pictures)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("lowered to 9", done.stderr)
        metrics = json.loads((out / "umap_metrics.json").read_text())
        self.assertEqual((metrics["n_neighbors"], metrics["k"]), (9, 4))
        with open(out / "umap.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 10)
        self.assertEqual(rows[0]["code_point"], "")
        self.assertEqual(rows[3]["definition"], "picture, number 1")

    def test_five_pictures_are_enough(self):
        done, out = self.export("five", [[[(i * 40 + x * 9 + y) % 256 for x in range(16)] for y in range(16)] for i in range(5)])
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(out / "umap.csv", newline="") as file:
            self.assertEqual(len(list(csv.DictReader(file))), 5)

    def test_equal_pictures_and_a_graph_in_parts(self):
        blank = [[[255] * 16] * 16] * 30
        done, _ = self.export("blank", blank)
        self.assertEqual(done.returncode, 0, done.stderr)
        black = [[[(i * 7 + x) % 30 for x in range(16)] for _ in range(16)] for i in range(30)]
        white = [[[255 - (i * 5 + x) % 30 for x in range(16)] for _ in range(16)] for i in range(30)]
        done, out = self.export("parts", black + white, "--set", "umap.n_neighbors=5")
        self.assertEqual(done.returncode, 0, done.stderr)
        metrics = json.loads((out / "umap_metrics.json").read_text())
        self.assertGreater(metrics["components"], 1)
        self.assertEqual(metrics["initialisation"], "principal components")

    def test_what_cannot_be(self):
        for code, parts, arguments in (
            (2, ["umap.features", "pca"], ["--set", "umap.features=vae"]),
            (2, ["umap.model"], ["--set", "umap.features=unet"]),
            (2, ["at least 5"], ["--set", "data.max_glyphs=3"]),
            (2, ["umap.steps", "at least one number"], ["--set", "umap.model=nowhere", "--set", "umap.steps=[]"]),
            (3, ["nowhere"], ["--set", "umap.model=nowhere"]),
            (3, ["none.txt"], ["--set", "umap.unihan=none.txt"]),
            (3, ["none.tsv"], ["--set", "umap.layouts=none.tsv"]),
            (4, ["a-file"], ["--set", f"umap.out={self.root}/a-file/below"]),
        ):
            (self.root / "a-file").write_text("")
            done = run("umap-export", self.config, "--set", f"umap.out={self.root}/bad", *arguments)
            self.assertEqual(done.returncode, code, done.stderr)
            errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
            self.assertEqual(len(errors), 1, done.stderr)
            for part in parts:
                self.assertIn(part, errors[0])
        self.assertEqual(run("umap-export").returncode, 2)

    def test_more_pictures_than_the_memory_holds_are_refused(self):
        folder = self.root / "many"
        folder.mkdir()
        (folder / "metadata.jsonl").write_text("{}\n" * 3_000_000)
        done = run("umap-export", self.config, "-o", self.root / "bad", "--set", f"data.folder={folder}",
                   "--set", "data.max_glyphs=null", "--set", "data.image_size=1024")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("3000000 pictures needs", done.stderr)

    def test_a_signal_leaves_nothing(self):
        out = self.root / "stopped"
        started = subprocess.Popen([BINARY, "umap-export", str(self.config), "-o", str(out), "-t", "1", "--set", "umap.epochs=100000"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while "glyphs" not in started.stderr.readline():  # the first stage: signals are caught from then on
            self.assertIsNone(started.poll())
        time.sleep(1)
        started.send_signal(signal.SIGINT)
        stdout, _ = started.communicate(timeout=60)
        self.assertEqual(started.returncode, 130)
        self.assertEqual(stdout, "")
        self.assertEqual(list(out.iterdir()), [])


if __name__ == "__main__":
    BINARY = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=1)

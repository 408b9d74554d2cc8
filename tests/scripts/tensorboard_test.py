"""scripts/tensorboard.py: what it wrote is read back with the tensorboard package."""

import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from pathlib import Path

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    EventAccumulator = None

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "tensorboard.py"
RECORDS = [
    {"step": 0, "kind": "run", "parameters": 1234, "device": "cpu", "started": "2026-01-31T12:00:00+0100", "seconds": 2},
    {"step": 20, "kind": "train", "loss": 0.75, "grad_norm": 1.5, "peak_memory": 123456789, "seconds": 12},
    {"step": 40, "kind": "train", "loss": None, "grad_norm": 1e-7, "peak_memory": 123456789, "seconds": 22},
    {"step": 40, "kind": "validation", "loss": 0.5, "loss_t0": 0.25, "shuffled_loss": 0.625, "seconds": 24},
]


def png(width, height):
    """A grey picture."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@unittest.skipIf(EventAccumulator is None, "the package tensorboard is not installed")
class TensorBoardTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.run_folder = Path(folder.name) / "run"
        (self.run_folder / "samples").mkdir(parents=True)
        self.write_metrics("".join(json.dumps(record) + "\n" for record in RECORDS))
        for step in (20, 40):
            (self.run_folder / f"samples/step-{step:08}.png").write_bytes(png(step, 7))
        (self.run_folder / "config.yaml").write_text("seed: 3\n")

    def write_metrics(self, text):
        (self.run_folder / "metrics.jsonl").write_text(text)

    def script(self, *arguments):
        return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True, timeout=120)

    def read(self, folder):
        events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0, "tensors": 0})
        events.Reload()
        return events

    def test_events_are_the_records(self):
        done = self.script(self.run_folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        folder = self.run_folder / "tensorboard"
        self.assertEqual(done.stdout, f"{folder}\n")
        events = self.read(folder)
        found = {(tag, event.step): event.value for tag in events.Tags()["scalars"] for event in events.Scalars(tag)}
        expected = {(f"{record['kind']}/{name}", record["step"]): value for record in RECORDS
                    for name, value in record.items() if name != "step" and isinstance(value, (int, float))}
        self.assertEqual(found.keys(), expected.keys())
        for key, value in expected.items():
            self.assertTrue(math.isclose(found[key], value, rel_tol=1e-6), key)  # TensorBoard keeps float32
        times = [event.wall_time for event in events.Scalars("train/grad_norm")]
        self.assertEqual(times[1] - times[0], 10)
        self.assertEqual(times[0], 1769857200 + 10)

    def test_previews_are_images_and_the_configuration_a_text(self):
        self.assertEqual(self.script(self.run_folder).returncode, 0)
        events = self.read(self.run_folder / "tensorboard")
        images = events.Images("previews")
        self.assertEqual([(image.step, image.width, image.height) for image in images], [(20, 20, 7), (40, 40, 7)])
        self.assertEqual(images[1].encoded_image_string, png(40, 7))
        records = {event.step: event.wall_time for event in events.Scalars("train/grad_norm")}
        self.assertEqual(images[0].wall_time, records[20])
        self.assertIn(b"seed: 3", events.Tensors("config")[0].tensor_proto.string_val[0])

    def test_running_it_again_repeats_nothing(self):
        folder = self.run_folder.parent / "elsewhere"
        for _ in range(2):
            self.assertEqual(self.script(self.run_folder, folder).returncode, 0)
        self.assertEqual(len(list(folder.iterdir())), 1)
        self.assertEqual([event.value for event in self.read(folder).Scalars("train/loss")], [0.75])

    def test_what_others_wrote_stays(self):
        folder = self.run_folder / "tensorboard"
        folder.mkdir()
        for name in ("notes.txt", "events.out.tfevents.1.other", "a.glyffuser"):
            (folder / name).write_text(name)
        self.assertEqual(self.script(self.run_folder).returncode, 0)
        written = {file.name for file in folder.iterdir()}
        self.assertEqual(len(written), 4)
        for damaged in (png(40, 7)[:20], b"damaged" * 9):
            (self.run_folder / "samples/step-00000040.png").write_bytes(damaged)
            done = self.script(self.run_folder)
            self.assertEqual(done.returncode, 3)
            self.assertIn("step-00000040.png: no PNG", done.stderr)
        self.assertEqual({file.name for file in folder.iterdir()}, written)  # nothing is lost
        self.assertEqual((folder / "notes.txt").read_text(), "notes.txt")

    def test_a_run_without_its_start_ended_when_its_file_did(self):
        records = ({"step": step, "kind": "train", "loss": loss, "seconds": 10 * step}
                   for step, loss in ((1, 0.5), (3, math.inf), (2, 0.25)))  # fmt: skip
        self.write_metrics("".join(json.dumps(record) + "\n" for record in records))
        os.utime(self.run_folder / "metrics.jsonl", (5000, 5000))
        self.assertEqual(self.script(self.run_folder).returncode, 0)
        events = self.read(self.run_folder / "tensorboard")
        self.assertEqual([(event.step, event.wall_time) for event in events.Scalars("train/seconds")],
                         [(1, 4980), (2, 4990), (3, 5000)])  # fmt: skip
        self.assertEqual([event.step for event in events.Scalars("train/loss")], [1, 2])  # not infinity

    def test_what_is_no_run(self):
        for metrics, part in (("{\n", "metrics.jsonl:1"), ('{"step": 1, "kind": "train"}\n[]\n', "metrics.jsonl:2")):
            self.write_metrics(metrics)
            done = self.script(self.run_folder)
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (3, 1), done.stderr)
            self.assertIn(part, done.stderr)
        (self.run_folder / "metrics.jsonl").unlink()
        self.assertEqual(self.script(self.run_folder).returncode, 3)
        self.assertEqual(self.script().returncode, 2)
        self.assertFalse((self.run_folder / "tensorboard").exists())


if __name__ == "__main__":
    unittest.main()

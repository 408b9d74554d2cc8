#!/usr/bin/env python3
"""Turns a run's metrics and previews into event files for TensorBoard.

    scripts/tensorboard.py RUN [LOGDIR]
    tensorboard --logdir LOGDIR

RUN is the folder of a run of `glyffuser train`; LOGDIR is RUN/tensorboard unless given. Every number of metrics.jsonl
becomes a scalar named KIND/NAME (train/loss, validation/loss_t0, ...) at its step, every samples/step-*.png an image
`previews`, and config.yaml a text. Running it again replaces what it wrote before. Needs the Python package
tensorboard.

Exit codes: 1 the package is missing, 2 usage, 3 a file that is missing or damaged.
"""

import argparse
import json
import math
import re
import struct
import sys
from datetime import datetime
from pathlib import Path

import peers

# A script's own folder comes first on the path, where this file would stand for the package of its name.
sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

try:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
    from tensorboard.compat.proto.types_pb2 import DT_STRING
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
except ImportError as missing:
    peers.start_again()
    sys.exit(f"tensorboard: {missing}; expected the Python package tensorboard (pip install tensorboard)")

SUFFIX = ".glyffuser"  # of the event files, to know them again
SIGNATURE = b"\x89PNG\r\n\x1a\n"


class RunError(Exception):
    """One sentence for the user."""


def read_records(run: Path) -> list[dict]:
    file = run / "metrics.jsonl"
    records = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            record = json.loads(line)
            record["step"], record["kind"]
        except (ValueError, KeyError, TypeError) as problem:
            raise RunError(f"{file}:{number}: no record; an object with step and kind was expected") from problem
        records.append(record)
    return records


def start_of(run: Path, records: list[dict]) -> float:
    """When the run would have begun had it never been stopped: records hold seconds since then."""
    for record in records:
        if record["kind"] == "run" and "started" in record:
            return datetime.fromisoformat(re.sub(r"(\d\d)$", r":\1", record["started"])).timestamp() - record.get("seconds", 0)
    last = max((record.get("seconds", 0) for record in records), default=0)
    return (run / "metrics.jsonl").stat().st_mtime - last


def scalars_of(record: dict) -> dict[str, float]:
    """The finite numbers of a record by their tags."""
    return {f"{record['kind']}/{name}": float(value) for name, value in record.items()
            if name != "step" and isinstance(value, (int, float)) and math.isfinite(value)}


def preview_of(file: Path) -> Summary.Image:
    png = file.read_bytes()
    if png[:8] != SIGNATURE or len(png) < 26:
        raise RunError(f"{file}: no PNG")
    width, height = struct.unpack(">II", png[16:24])
    return Summary.Image(width=width, height=height, colorspace=1, encoded_image_string=png)


def text_value(tag: str, text: str) -> Summary.Value:
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)])
    tensor = TensorProto(dtype=DT_STRING, tensor_shape=shape, string_val=[text.encode()])
    plugin = SummaryMetadata.PluginData(plugin_name="text")
    return Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin), tensor=tensor)


def events_of(run: Path) -> list[Event]:
    """All events, in the order of their steps."""
    records = read_records(run)
    start = start_of(run, records)
    events = []
    for record in records:
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars_of(record).items()]
        time = start + record.get("seconds", 0)
        events.append(Event(wall_time=time, step=record["step"], summary=Summary(value=values)))
    times = {event.step: event.wall_time for event in events}
    for file in sorted(run.glob("samples/step-*.png")):
        step = int(file.stem.removeprefix("step-"))
        image = Summary(value=[Summary.Value(tag="previews", image=preview_of(file))])
        events.append(Event(wall_time=times.get(step, file.stat().st_mtime), step=step, summary=image))
    config = run / "config.yaml"
    if config.exists():
        listing = "".join(f"    {line}\n" for line in config.read_text(encoding="utf-8").splitlines())
        events.append(Event(wall_time=start, step=0, summary=Summary(value=[text_value("config", listing)])))
    return sorted(events, key=lambda event: event.step)


def write_events(run: Path, log_folder: Path) -> None:
    events = events_of(run)
    for old in log_folder.glob(f"events.out.tfevents.*{SUFFIX}"):
        old.unlink()
    writer = EventFileWriter(str(log_folder), filename_suffix=SUFFIX)
    for event in events:
        writer.add_event(event)
    writer.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("run", type=Path, metavar="RUN", help="a run's folder, with metrics.jsonl")
    parser.add_argument("log_folder", type=Path, nargs="?", metavar="LOGDIR", help="default: RUN/tensorboard")
    args = parser.parse_args()
    log_folder = args.log_folder or args.run / "tensorboard"
    try:
        write_events(args.run, log_folder)
    except (RunError, OSError) as error:
        print(f"tensorboard: {error}", file=sys.stderr)
        return 3
    print(log_folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())

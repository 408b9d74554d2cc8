#!/usr/bin/env python3
"""Checks that the tree is what src/README.md says: folders include only folders above them, the base library stays
free of LibTorch, headers, sources and tests mirror each other, and nothing unexpected lies at the top."""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BASE = ["core", "config", "image", "text"]
MODEL = ["tensor", "data", "encoder", "nn", "diffusion", "model", "train", "sample", "umap"]
ORDER = BASE + MODEL + ["cli"]
FORBIDDEN = {("diffusion", "nn")}  # schedulers take the denoiser as a callable

TOP_LEVEL = {".ci", ".clang-format", ".gitignore", "CMakeLists.txt", "LICENSE", "README.md", "configs", "data",
             "include", "scripts", "src", "tests"}
MAXIMUM_LINES = 400
MEASURED = {".cpp", ".hpp", ".py", ".sh", ".cmake", ".in", ".txt", ".js", ".mjs", ".css", ".html", ""}

# Sources that no test of their folder reaches, and why. (All of cli is run as a whole by the end-to-end tests.)
WITHOUT_TEST = {
    "umap/umap_export": "the main loop: the end-to-end tests run it",
}
# Libraries whose headers stay in .cpp files: they are slow, or clash with LibTorch's.
PRIVATE_INCLUDES = re.compile(r"(nlohmann|spdlog|fmt|yaml-cpp|openssl|freetype)/|ft2build|stb_|umappp|bzlib|sentencepiece|zlib\.h|webp/|gif_lib")
TORCH_INCLUDES = re.compile(r"(torch|ATen|c10)/")


def includes(file):
    """The included names of a source file."""
    return re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', file.read_text(encoding="utf-8"), re.MULTILINE)


def files_of(folder):
    """Headers and sources of one folder of the library."""
    return sorted([*(ROOT / "include/glyffuser" / folder).glob("*.hpp"), *(ROOT / "src" / folder).glob("*.[ch]pp")])


def tracked():
    """Every file of the tree that belongs to the repository; all that are not ignored where git is missing."""
    listing = subprocess.run(["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard"],
                             capture_output=True, text=True, check=False)
    if listing.returncode == 0:
        return [ROOT / name for name in listing.stdout.splitlines() if (ROOT / name).is_file()]
    ignored = {"build", ".deps", ".venv", ".cache", ".git", "__pycache__", "runs", "samples"}
    return [file for file in ROOT.rglob("*") if file.is_file()
            and not any(part in ignored or part.startswith("build-") for part in file.relative_to(ROOT).parts)]


def check_include_order():
    for place, folder in enumerate(ORDER):
        for file in files_of(folder):
            for name in includes(file):
                target = re.match(r"glyffuser/(\w+)/", name)
                if target and target[1] not in ORDER:
                    yield f"{file}: includes {name}, a folder that the order does not know"
                elif target and (ORDER.index(target[1]) > place or (folder, target[1]) in FORBIDDEN):
                    yield f"{file}: {folder} may not include {name}"


def check_parts_of_torch():
    """All of torch/torch.h costs ten seconds a source; torch/types.h is in the precompiled header."""
    for side in ("include", "src", "tests"):
        for file in sorted((ROOT / side).rglob("*.[ch]pp")):
            if "torch/torch.h" in includes(file):
                yield f"{file}: includes torch/torch.h, expected torch/types.h, or the part of LibTorch that is used"


def check_private_includes():
    for folder in ORDER:
        for file in files_of(folder):
            for name in includes(file):
                if folder in BASE and TORCH_INCLUDES.match(name):
                    yield f"{file}: the base library may not include {name}"
                if file.suffix == ".hpp" and PRIVATE_INCLUDES.match(name):
                    yield f"{file}: {name} belongs in a .cpp file"


def reached_by_tests(folder):
    """Names of a folder that its tests include, and those that these include in turn."""
    reached, waiting = set(), sorted((ROOT / "tests" / folder).glob("*_test.cpp"))
    while waiting:
        for name in includes(waiting.pop()):
            own = re.fullmatch(rf"glyffuser/{folder}/(\w+)\.hpp", name)
            if own and own[1] not in reached:
                reached.add(own[1])
                waiting += [file for file in files_of(folder) if file.stem == own[1]]
    return reached


def check_mirrored_names():
    for side in (ROOT / "include/glyffuser", ROOT / "src", ROOT / "tests"):
        for folder in sorted(path for path in side.iterdir() if path.is_dir()):
            if folder.name not in ORDER and (side.name != "tests" or any(folder.glob("*_test.cpp"))):
                yield f"{folder}: a folder that the order does not know"
    for folder in ORDER:
        names = {file.stem for file in files_of(folder)}
        headers = {file.stem for file in files_of(folder) if file.suffix == ".hpp"}
        for source in sorted((ROOT / "src" / folder).glob("*.cpp")):
            # x_detail.cpp may hold a part of x.hpp.
            if folder != "cli" and not any(source.stem == name or source.stem.startswith(f"{name}_") for name in headers):
                yield f"{source}: has no header of its name in include/glyffuser/{folder}"
        for test in sorted((ROOT / "tests" / folder).glob("*_test.cpp")):
            if test.stem.removesuffix("_test") not in names:
                yield f"{test}: tests nothing of its name"


def check_every_source_has_a_test():
    for folder in BASE + MODEL:
        reached = reached_by_tests(folder)
        for source in sorted((ROOT / "src" / folder).glob("*.cpp")):
            name = f"{folder}/{source.stem}"
            tested = any(source.stem == part or source.stem.startswith(f"{part}_") for part in reached)
            if not tested and name not in WITHOUT_TEST:
                yield f"{source}: no test in tests/{folder} reaches it, and WITHOUT_TEST has no reason"
            elif tested and name in WITHOUT_TEST:
                yield f"{source}: is tested, but WITHOUT_TEST lists it"


def check_top_level():
    # Committed files only: what somebody draws here, following the README, is nobody's business.
    listing = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True, check=False)
    for name in sorted({name.split("/")[0] for name in listing.stdout.splitlines()} - TOP_LEVEL):
        yield f"{name}: does not belong at the top of the tree"


def check_lengths():
    for file in tracked():
        if file.suffix in MEASURED and "fixtures" not in file.parts and file.relative_to(ROOT).parts[0] != "data":
            lines = file.read_bytes().count(b"\n")
            if lines > MAXIMUM_LINES:
                yield f"{file}: {lines} lines, more than {MAXIMUM_LINES}"


def main():
    checks = [check_include_order, check_parts_of_torch, check_private_includes, check_mirrored_names,
              check_every_source_has_a_test, check_top_level, check_lengths]
    problems = [problem.replace(f"{ROOT}/", "") for check in checks for problem in check()]
    print("\n".join(problems) or f"{len(checks)} rules hold")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

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
MEASURED = {".cpp", ".hpp", ".py", ".sh", ".cmake", ".in", ".txt", ""}

# Sources without a test file of their name, and why.
WITHOUT_TEST = {
    "config/dump": "read back by reader_test, its counterpart",
    "config/tree": "its errors and places show in reader_test",
    "nn/blocks": "compared with diffusers' as a whole in unet_test",
    "nn/resnet": "compared with diffusers' as a whole in unet_test",
    "nn/transformer": "compared with diffusers' as a whole in unet_test",
    "cli/main": "run as a whole by the end-to-end tests",
}
# Libraries whose headers stay in .cpp files: they are slow, or clash with LibTorch's.
PRIVATE_INCLUDES = re.compile(r"(nlohmann|spdlog|fmt|yaml-cpp|openssl|freetype)/|ft2build|stb_|bzlib|sentencepiece|zlib\.h")
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


def check_private_includes():
    for folder in ORDER:
        for file in files_of(folder):
            for name in includes(file):
                if folder in BASE and TORCH_INCLUDES.match(name):
                    yield f"{file}: the base library may not include {name}"
                if file.suffix == ".hpp" and PRIVATE_INCLUDES.match(name):
                    yield f"{file}: {name} belongs in a .cpp file"


def check_mirrored_names():
    for side in (ROOT / "include/glyffuser", ROOT / "src", ROOT / "tests"):
        for folder in sorted(path for path in side.iterdir() if path.is_dir()):
            if folder.name not in ORDER and (side.name != "tests" or any(folder.glob("*_test.cpp"))):
                yield f"{folder}: a folder that the order does not know"
    for folder in ORDER:
        names = {file.stem for file in files_of(folder)}
        for source in sorted((ROOT / "src" / folder).glob("*.cpp")):
            if folder != "cli" and not (ROOT / "include/glyffuser" / folder / f"{source.stem}.hpp").exists():
                yield f"{source}: has no header of its name in include/glyffuser/{folder}"
            tested = (ROOT / "tests" / folder / f"{source.stem}_test.cpp").exists()
            if tested == (f"{folder}/{source.stem}" in WITHOUT_TEST):
                yield (f"{source}: " + ("is tested, but WITHOUT_TEST lists it" if tested
                                        else f"has no tests/{folder}/{source.stem}_test.cpp and no reason in WITHOUT_TEST"))
        for test in sorted((ROOT / "tests" / folder).glob("*_test.cpp")):
            if test.stem.removesuffix("_test") not in names:
                yield f"{test}: tests nothing of its name"


def check_top_level():
    for name in sorted({file.relative_to(ROOT).parts[0] for file in tracked()} - TOP_LEVEL):
        yield f"{name}: does not belong at the top of the tree"


def check_lengths():
    for file in tracked():
        if file.suffix in MEASURED and "fixtures" not in file.parts and file.relative_to(ROOT).parts[0] != "data":
            lines = file.read_bytes().count(b"\n")
            if lines > MAXIMUM_LINES:
                yield f"{file}: {lines} lines, more than {MAXIMUM_LINES}"


def main():
    checks = [check_include_order, check_private_includes, check_mirrored_names, check_top_level, check_lengths]
    problems = [problem.replace(f"{ROOT}/", "") for check in checks for problem in check()]
    print("\n".join(problems) or f"{len(checks)} rules hold")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

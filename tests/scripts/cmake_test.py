"""scripts/cmake: headers that were missing are found when CMake runs again, and headers that were found are not tried
again. On a project of its own, with a LibTorch that holds nothing but what is looked for."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = """
cmake_minimum_required(VERSION 3.22)
project(headers LANGUAGES CXX)
list(APPEND CMAKE_MODULE_PATH @SCRIPTS@)
set(TORCH_ROOT ${PROJECT_SOURCE_DIR}/torch)
add_library(glyffuser_torch INTERFACE)
include(Distributed)
include(CudaGraphs)
message(STATUS "usable: NCCL ${NCCL_USABLE}, graphs ${CUDA_GRAPHS_COMPILE}")
"""
TORCH_HEADERS = ("ATen/cuda/CUDAGraph.h", "torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp")
TRIED = "Performing Test"


@unittest.skipUnless(shutil.which("cmake"), "cmake is not installed")
class HeadersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("CMakeLists.txt", PROJECT.replace("@SCRIPTS@", str(REPOSITORY / "scripts/cmake")))
        self.write("torch/lib/libtorch_cuda.so")
        for header in TORCH_HEADERS:  # no toolkit has what it includes
            self.write(f"torch/include/{header}", "#include <of_this_test/runtime.h>\n")
        self.write("nvidia/nccl/include/nccl.h")
        self.write("nvidia/cuda_runtime/include/cuda_runtime_api.h")

    def write(self, name, text=""):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def configure(self):
        command = ["cmake", "-S", self.root, "-B", self.root / "build"]
        done = subprocess.run([*map(str, command)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_a_negative_answer_is_asked_for_again(self):
        self.assertIn("usable: NCCL , graphs \n", self.configure())
        self.write("nvidia/cuda_runtime/include/of_this_test/runtime.h")
        self.assertIn("usable: NCCL 1, graphs 1\n", self.configure())
        self.assertNotIn(TRIED, self.configure())

    def test_an_answer_from_other_folders_is_too(self):
        self.write("nvidia/cuda_runtime/include/of_this_test/runtime.h")
        self.assertIn("usable: NCCL 1, graphs 1\n", self.configure())
        (self.root / "nvidia/cuda_runtime").rename(self.root / "nvidia/cu13")
        self.write("nvidia/cuda_runtime/include/cuda_runtime_api.h")
        found = self.configure()
        self.assertIn("usable: NCCL 1, graphs 1\n", found)
        self.assertEqual(found.count(f"{TRIED} NCCL_COMPILES\n"), 1, found)
        shutil.rmtree(self.root / "nvidia/cu13")
        self.assertIn("usable: NCCL , graphs \n", self.configure())


if __name__ == "__main__":
    unittest.main()

"""The most floating-point operations a second that this machine's matrix multiplication reaches."""

import argparse
import sys
import time

import torch
from device import device_of


def rate(size, dtype, device):
    left, right = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    synchronize = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    best = 0.0
    for _ in range(6):
        synchronize()
        start = time.perf_counter()
        torch.mm(left, right)
        synchronize()
        best = max(best, 2 * size**3 / (time.perf_counter() - start))
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--precision", choices=("fp32", "bf16"), required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    device = device_of(args.device)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[args.precision]
    sizes = (4096, 8192, 16384) if device.type == "cuda" else (512, 1024, 2048)
    for _ in sys.stdin:
        print(max(rate(size, dtype, device) for size in sizes), flush=True)


if __name__ == "__main__":
    main()

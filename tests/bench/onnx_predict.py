# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer to one picture, ours against onnxruntime on the same network, alternating in one run, both with two threads.

    python onnx_predict.py PREDICT_SPEED [NETWORK…]

The network is segmentation_models_pytorch's, whose names and numbers ours has, exported by PyTorch; onnxruntime optimises it (batch norm
folded, ReLU fused). Prints medians in milliseconds. Needs torch, segmentation_models_pytorch, onnx and onnxruntime."""
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import onnxruntime
import segmentation_models_pytorch
import torch

HEIGHT, WIDTH, ROUNDS, COUNT = 368, 480, 4, 12


def exported(network, folder):
    onnx = os.path.join(folder, network + ".onnx")
    model = segmentation_models_pytorch.Unet(network.removesuffix("_unet"), encoder_weights=None, classes=12).eval()
    torch.onnx.export(model, (torch.zeros(1, 3, HEIGHT, WIDTH),), onnx, opset_version=17, dynamo=False)
    return onnx


def main():
    bench, networks = sys.argv[1], sys.argv[2:] or ["resnet18_unet", "resnet34_unet"]
    print(f"onnxruntime {onnxruntime.__version__}, torch {torch.__version__}, {WIDTH} x {HEIGHT}, batch 1, 2 threads, {ROUNDS} rounds of {COUNT}")
    image = numpy.random.default_rng(0).random((1, 3, HEIGHT, WIDTH), dtype=numpy.float32)
    for network in networks:
        with tempfile.TemporaryDirectory() as folder:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 2
            session = onnxruntime.InferenceSession(exported(network, folder), options, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        times = {"onnxruntime": [], "ours fp32": [], "ours bf16": []}
        for _ in range(ROUNDS):
            for precision in ("fp32", "bf16"):
                out = subprocess.run([bench, network, str(HEIGHT), str(WIDTH), precision, str(COUNT)], check=True, capture_output=True, text=True)
                times["ours " + precision] += [float(line) for line in out.stdout.split()]
            for i in range(COUNT + 2):
                start = time.perf_counter()
                session.run(None, {name: image})
                if i > 1:
                    times["onnxruntime"].append(1e3 * (time.perf_counter() - start))
        print(network, {k: (round(statistics.median(v), 1), round(min(v), 1)) for k, v in times.items()}, "(median, least)", flush=True)


main()

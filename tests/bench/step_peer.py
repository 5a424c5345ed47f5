# SPDX-License-Identifier: GPL-3.0-or-later
"""A training step and an inference of the U-Net, ours against PyTorch's best ways, in turn in one run.

    python step_peer.py UNET_STEP [ROUNDS=3] [BATCH=4] [HEIGHT=176] [WIDTH=240] [BASE=32] [STEPS=8] [DEVICE=cpu] [PRECISION=bf16]

Peers: bf16 autocast (with fp32 none), channels-last, cross-entropy over 12 classes, fused AdamW; `eager` so, `compiled` with torch.compile, `plain` with
AdamW as it comes. Prints the medians over the rounds, in seconds, and the ratio of ours to each."""
import functools
import re
import statistics
import subprocess
import sys
import time

KINDS = ("eager", "compiled", "plain")


def peer(kind, batch, height, width, base, steps, device, precision):
    import torch
    from torch import nn
    torch.set_num_threads(2) if device == "cpu" else torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(0)

    def pair(i, o):
        layers = []
        for a in (i, o):
            layers += [nn.Conv2d(a, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(True)]
        return nn.Sequential(*layers)

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            w = [base << i for i in range(5)]
            self.down = nn.ModuleList([pair(3, w[0])] + [pair(w[i], w[i + 1]) for i in range(4)])
            self.up = nn.ModuleList([nn.ConvTranspose2d(w[i + 1], w[i], 2, 2) for i in (3, 2, 1, 0)])
            self.joined = nn.ModuleList([pair(w[i + 1], w[i]) for i in (3, 2, 1, 0)])
            self.head = nn.Conv2d(base, 12, 1)

        def forward(self, x):
            skips = []
            for i, layer in enumerate(self.down):
                x = layer(nn.functional.max_pool2d(x, 2) if i else x)
                skips.append(x)
            for up, joined, skip in zip(self.up, self.joined, skips[-2::-1]):
                x = joined(torch.cat([skip, up(x)], 1))
            return self.head(x)

    net = UNet().to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=1e-2, **({} if kind == "plain" else {"fused": True}))
    forward = torch.compile(net) if kind == "compiled" else net
    images = torch.rand(batch, 3, height, width).to(device, memory_format=torch.channels_last)
    target = torch.randint(0, 12, (batch, height, width), device=device)
    wait = torch.cuda.synchronize if device != "cpu" else lambda: None
    autocast = functools.partial(torch.autocast, device.split(":")[0], torch.bfloat16, enabled=precision == "bf16")

    def train():
        with autocast():
            out = forward(images)
        loss = nn.functional.cross_entropy(out.float(), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    def infer():
        with torch.no_grad(), autocast():
            forward(images).sum().item()

    for name, work in (("train", train), ("infer", infer)):
        net.train(name == "train")
        times = []
        for i in range(steps + 2):
            start = time.perf_counter()
            work()
            wait()
            if i > 1:
                times.append(time.perf_counter() - start)
        print(name, f"{statistics.median(times):.4f}", "s", flush=True)


def main():
    bench = sys.argv[1]
    defaults = ["3", "4", "176", "240", "32", "8", "cpu", "bf16"]
    rounds, batch, height, width, base, steps, device, precision = sys.argv[2:] + defaults[len(sys.argv) - 2:]
    sizes = [batch, height, width, base]
    commands = {"ours": [bench, "unet", *sizes, precision, steps] + ([] if device == "cpu" else [device])}
    commands |= {k: [sys.executable, __file__, "--peer", k, *sizes, steps, device, precision] for k in KINDS}
    results = {k: [] for k in commands}
    for r in range(int(rounds)):
        for kind, command in commands.items():
            text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            results[kind].append([float(re.search(name + r" ([\d.]+)", text)[1]) for name in ("train", "infer")])
            print(r, kind, *results[kind][-1], flush=True)
    medians = {k: [statistics.median(v) for v in zip(*found)] for k, found in results.items()}
    print("medians: step, inference (s); ours to it")
    for kind, found in medians.items():
        print(kind, *(f"{v:.3f}" for v in found), *(f"{ours / v:.2f}" for ours, v in zip(medians["ours"], found)))


if sys.argv[1] == "--peer":
    peer(sys.argv[2], *map(int, sys.argv[3:8]), *sys.argv[8:])
else:
    main()

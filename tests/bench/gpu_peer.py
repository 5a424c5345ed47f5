# SPDX-License-Identifier: GPL-3.0-or-later
"""Training steps on a GPU, ours against PyTorch, in turn: the same U-Net (padded, batch norm), size, batch, cross-entropy over 12 classes, AdamW
with a running average of the weights, flips, scaling, rotation, contrast and brightness.

    python gpu_peer.py DEVICE_SPEED [--device cuda] [--rounds 5] [--batch 16] [--height 368] [--width 480] [--base 64] [--steps 200] [--kinds eager,compiled]

DEVICE_SPEED is the program of device_speed.cpp. Peers hold their pictures on the device, too, and get their best set-up: bf16 autocast,
channels-last, fused AdamW, cuDNN's benchmark; `compiled` adds torch.compile (mode max-autotune), its time to compile is in the first step. Prints
each run, then medians with quartiles, ratios of neighbours and what GPU, driver and versions they are of."""
import argparse
import re
import statistics
import subprocess
import sys
import time


def unet(base, classes):
    import torch
    from torch import nn

    def double(i, o):
        layers = []
        for a in (i, o):
            layers += [nn.Conv2d(a, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True)]
        return nn.Sequential(*layers)

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            w = [base * 2**k for k in range(5)]
            self.down = nn.ModuleList([double(3, w[0])] + [double(w[k], w[k + 1]) for k in range(4)])
            self.up = nn.ModuleList([nn.ConvTranspose2d(w[k + 1], w[k], 2, 2) for k in reversed(range(4))])
            self.conv = nn.ModuleList([double(w[k + 1], w[k]) for k in reversed(range(4))])
            self.out = nn.Conv2d(base, classes, 1)

        def forward(self, x):
            skips = []
            for k, block in enumerate(self.down):
                x = block(x if k == 0 else nn.functional.max_pool2d(x, 2))
                skips.append(x)
            for up, conv, skip in zip(self.up, self.conv, reversed(skips[:-1])):
                x = conv(torch.cat([skip, up(x)], 1))
            return self.out(x)

    return UNet()


def peer(kind, o):
    begin = time.perf_counter()
    import math

    import torch
    device = torch.device(o.device)
    on_gpu = device.type == "cuda"
    wait = torch.cuda.synchronize if on_gpu else lambda: None
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")
    torch.manual_seed(0)
    pictures = torch.randint(0, 256, (64, 3, o.height, o.width), dtype=torch.uint8, device=device)
    y, x = torch.meshgrid(torch.arange(o.height), torch.arange(o.width), indexing="ij")
    labels = ((x // 40 + y // 40) % 12).to(torch.uint8).expand(64, 1, -1, -1).to(device)
    net = unet(o.base, 12).to(device).to(memory_format=torch.channels_last)
    average = [p.detach().clone() for p in net.parameters()]
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=3e-2, fused=True)
    mean = torch.tensor([.485, .456, .406], device=device).view(1, 3, 1, 1)
    deviation = torch.tensor([.229, .224, .225], device=device).view(1, 3, 1, 1)

    def batch():
        chosen = torch.randint(0, 64, (o.batch,), device=device)
        zoom = torch.empty(o.batch, device=device).uniform_(1 / 1.6, 1 / 0.8)
        angle = torch.empty(o.batch, device=device).uniform_(-6, 6) * math.pi / 180
        flip = torch.randint(0, 2, (o.batch,), device=device) * 2 - 1
        c, s, none = zoom * angle.cos(), zoom * angle.sin(), torch.zeros_like(zoom)
        theta = torch.stack([torch.stack([flip * c, -s, none], 1), torch.stack([flip * s, c, none], 1)], 1)
        grid = torch.nn.functional.affine_grid(theta, (o.batch, 3, o.height, o.width), align_corners=False)
        images = torch.nn.functional.grid_sample(pictures[chosen].float(), grid, padding_mode="reflection", align_corners=False)
        target = torch.nn.functional.grid_sample(labels[chosen].float() + 1, grid, mode="nearest", align_corners=False)[:, 0].long() - 1
        contrast, shift = (torch.empty(o.batch, 1, 1, 1, device=device).uniform_(*r) for r in ((.7, 1.3), (-25, 25)))
        images = ((images - 110) * contrast + 110 + shift).clamp_(0, 255)
        return ((images / 255 - mean) / deviation).contiguous(memory_format=torch.channels_last), target

    def losses(images, target):
        with torch.autocast(device.type, torch.bfloat16):
            logits = net(images)
        return torch.nn.functional.cross_entropy(logits.float(), target, ignore_index=-1)

    forward = torch.compile(losses, mode="max-autotune") if kind == "compiled" else losses

    def step():
        loss = forward(*batch())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, list(net.parameters()), 0.01)
        return loss

    net.train()
    step()
    wait()
    first = time.perf_counter() - begin
    for _ in range(o.warm_up):
        step()
    wait()
    start = time.perf_counter()
    for _ in range(o.steps):
        step()
    wait()
    seconds = time.perf_counter() - start
    print(f"{o.batch * o.steps / seconds:.1f} images/s  first step {first:.2f} s  {sum(p.numel() for p in net.parameters()) / 1e6:.1f} M  PyTorch {torch.__version__}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--kinds", default="eager,compiled")
    for name, value in dict(rounds=5, batch=16, height=368, width=480, base=64, steps=200, warm_up=50).items():
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=value)
    parser.add_argument("--peer")
    o = parser.parse_args()
    if o.peer:
        return peer(o.peer, o)
    if o.device != "cpu":
        print(subprocess.run(["nvidia-smi", "--query-gpu=name,driver_version,clocks.sm,clocks.max.sm", "--format=csv,noheader"], capture_output=True, text=True).stdout.strip())
    ours = [o.program, o.device, "graph", "unet", o.batch, o.height, o.width, o.base, "bf16", o.steps, o.warm_up]
    eager = ours[:2] + ["eager"] + ours[3:]
    commands = {"ours": ours, "ours without a graph": eager} | {k: [sys.executable, __file__] + sys.argv[1:] + ["--peer", k] for k in o.kinds.split(",")}
    found = {k: [] for k in commands}
    for r in range(o.rounds):
        for kind, command in commands.items():
            run = subprocess.run([str(c) for c in command], capture_output=True, text=True)
            if run.returncode:
                raise SystemExit(f"{kind}: {run.stderr}")
            print(r, kind, run.stdout.strip(), run.stderr.strip().splitlines()[:1] if kind.startswith("ours") else "", flush=True)
            found[kind].append(float(re.search(r"([\d.]+) images/s", run.stdout)[1]))
    for kind, rates in found.items():
        quartiles = statistics.quantiles(rates, n=4) if len(rates) > 1 else rates * 3
        ratio = statistics.median(a / b for a, b in zip(found["ours"], rates))
        print(f"{kind}: median {statistics.median(rates):.1f} images/s ({quartiles[0]:.1f}–{quartiles[2]:.1f}), ours / this {ratio:.2f}")


main()

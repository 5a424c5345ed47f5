# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole epochs, ours against PyTorch, alternating in one run: the same network (segmentation_models_pytorch's U-Net on ResNet-18), size, batch,
loss (cross-entropy), optimizer (AdamW, running average of the weights) and kinds of augmentation, from the picture files on.

    python epoch_peer.py CAMVID_TRAIN FOLDER [ROUNDS=3] [EPOCHS=3] [PRECISION=bf16]

FOLDER has CamVid's layout. Peers: `files` reads and augments in two persistent workers of a DataLoader, every epoch anew; `memory` decodes once and
augments whole batches; `compiled` is `memory` with torch.compile. All in bf16 (or fp32), channels-last, fused AdamW. Of each: images/s of the epochs after
the first, seconds from the program's start to the end of the first step and to that of the first epoch, most memory (PSS of all its processes)."""
import os
import statistics
import subprocess
import sys
import threading
import time

HEIGHT, WIDTH, BATCH, THREADS = 180, 240, 8, 2


def peer(kind, folder, epochs, precision):
    import random

    import cv2
    import numpy
    import segmentation_models_pytorch
    import torch
    torch.set_num_threads(THREADS)
    cv2.setNumThreads(0)
    names = sorted(os.listdir(f"{folder}/train"))

    def read(name):
        image = cv2.imread(f"{folder}/train/{name}")[..., ::-1]
        labels = cv2.imread(f"{folder}/trainannot/{name}", 0)
        return cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), cv2.resize(labels, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)

    def augmented(image, labels):
        """One warp for both, then contrast and brightness by table."""
        scale, flip = random.uniform(0.8, 1.6), random.random() < 0.5
        m = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), random.uniform(-6, 6), scale)
        m[:, 2] += [random.uniform(-1, 1) * abs(scale - 1) * WIDTH / 2, random.uniform(-1, 1) * abs(scale - 1) * HEIGHT / 2]
        if flip:
            m = m @ numpy.array([[-1, 0, WIDTH - 1], [0, 1, 0], [0, 0, 1]], float)
        image = cv2.warpAffine(image, m, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        labels = cv2.warpAffine(labels, m, (WIDTH, HEIGHT), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=11)
        table = numpy.clip((numpy.arange(256) - 110) * random.uniform(0.7, 1.3) + 110 + random.uniform(-25, 25), 0, 255).astype(numpy.uint8)
        return cv2.LUT(image, table), labels

    class Files(torch.utils.data.Dataset):
        def __len__(self):
            return len(names)

        def __getitem__(self, i):
            image, labels = augmented(*read(names[i]))
            return torch.from_numpy(image), torch.from_numpy(labels)

    net = segmentation_models_pytorch.Unet("resnet18", encoder_weights=None, decoder_channels=(128, 64, 32, 32, 16), classes=11).to(memory_format=torch.channels_last)
    average = [p.detach().clone() for p in net.parameters()]
    optimizer = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=3e-2, fused=True)
    forward = torch.compile(net) if kind == "compiled" else net
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) * 255 for v in ([.485, .456, .406], [.229, .224, .225]))
    pad = (0, -WIDTH % 32, 0, -HEIGHT % 32)

    def step(x, y):
        x = torch.nn.functional.pad((x.permute(0, 3, 1, 2).float() - mean) / deviation, pad).contiguous(memory_format=torch.channels_last)
        y = torch.nn.functional.pad(y.long(), pad, value=11)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            out = forward(x)
        loss = torch.nn.functional.cross_entropy(out.float(), y, ignore_index=11)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, list(net.parameters()), 0.01)

    if kind == "files":
        batches = torch.utils.data.DataLoader(Files(), BATCH, shuffle=True, drop_last=True, num_workers=2, persistent_workers=True, prefetch_factor=4)
    else:
        decoded = [read(n) for n in names]

        def shuffled():
            order = random.sample(range(len(decoded)), len(decoded))
            for i in range(0, len(order) - BATCH + 1, BATCH):
                pairs = [augmented(*decoded[k]) for k in order[i:i + BATCH]]
                yield tuple(torch.from_numpy(numpy.stack(v)) for v in zip(*pairs))
    net.train()
    first = True
    for _ in range(epochs):
        for x, y in batches if kind == "files" else shuffled():
            step(x, y)
            if first:
                print("first step", flush=True)
                first = False
        print("epoch", flush=True)


def memory(pid):
    """PSS in bytes of the process and all below it."""
    total, todo = 0, [pid]
    while todo:
        p = todo.pop()
        try:
            for line in open(f"/proc/{p}/smaps_rollup"):
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
            for task in os.listdir(f"/proc/{p}/task"):
                todo += [int(c) for c in open(f"/proc/{p}/task/{task}/children").read().split()]
        except OSError:
            pass
    return total


def measured(command, images):
    start, most, first, epochs = time.perf_counter(), 0, None, []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    done = threading.Event()

    def watch():
        nonlocal most
        while not done.wait(0.25):
            most = max(most, memory(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for line in process.stdout:
        now = time.perf_counter() - start
        if line.startswith("first step"):
            first = now
        elif "epoch" in line:
            epochs.append(now)
    done.set()
    watcher.join()
    if process.wait() or first is None or len(epochs) < 2:
        raise SystemExit(f"{command}: failed")
    return images * (len(epochs) - 1) / (epochs[-1] - epochs[0]), first, epochs[0], most / 1e6


def main():
    bench, folder = sys.argv[1:3]
    rounds, epochs, precision = sys.argv[3:] + ["3", "3", "bf16"][len(sys.argv) - 3:]
    images = len(os.listdir(f"{folder}/train")) // BATCH * BATCH
    ours = [bench, folder, "network=resnet18_unet", "size=240x180", "loss=ce", f"epochs={epochs}", f"precision={precision}", "evaluateEvery=1000000", "device=cpu",
            "scaleMin=0.8", "scaleMax=1.6", "rotate=6", "gamma=0", "rareCrop=0", "pasteRare=0"]  # the peers' augmentation
    commands = {"ours": ours} | {k: [sys.executable, __file__, "--peer", k, folder, epochs, precision] for k in ("files", "memory", "compiled")}
    results = {k: [] for k in commands}
    for r in range(int(rounds)):
        for kind, command in commands.items():
            results[kind].append(measured(command, images))
            print(r, kind, *(round(v, 2) for v in results[kind][-1]), flush=True)
    print("medians: images/s, start to first step (s), to the end of the first epoch (s), memory (MB)")
    for kind, found in results.items():
        print(kind, *(round(statistics.median(v), 2) for v in zip(*found)))


if sys.argv[1] == "--peer":
    peer(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
else:
    main()

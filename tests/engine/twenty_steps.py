# SPDX-License-Identifier: GPL-3.0-or-later
"""Repeats with PyTorch the steps that `intarsia-engine train --dump` wrote: the same weights, batches and rates, in fp32 and in fp64.
Prints three lists of losses. usage: twenty_steps.py DUMP RECIPE USED_CLASSES"""
import json, struct, sys
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F

dump, recipe, used = sys.argv[1], json.load(open(sys.argv[2])), int(sys.argv[3])
depth, decay, momentum = recipe["depth"], recipe["weightDecay"], recipe["momentum"]
torch.set_num_threads(1)
data = open(dump, "rb").read()
length = struct.unpack("<Q", data[:8])[0]
header = json.loads(data[8:8 + length])
metadata = header.pop("__metadata__")
kinds = {"F32": np.float32, "I64": np.int64}
tensors = {}
for name, info in header.items():
    begin, end = (8 + length + at for at in info["data_offsets"])
    tensors[name] = torch.from_numpy(np.frombuffer(data[begin:end], kinds[info["dtype"]]).reshape(info["shape"]).copy())


def double_conv(i, o):
    m = nn.Module()
    m.double_conv = nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(),
                                  nn.Conv2d(o, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU())
    m.forward = lambda x: m.double_conv(x)
    return m


class UNet(nn.Module):  # names of milesial/Pytorch-UNet
    def __init__(self, base, classes):
        super().__init__()
        self.inc = double_conv(3, base)
        for i in range(1, depth + 1):
            down = nn.Module()
            down.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), double_conv(base << (i - 1), base << i))
            setattr(self, f"down{i}", down)
            up, o = nn.Module(), base << (depth - i)
            up.up = nn.ConvTranspose2d(2 * o, o, 2, 2)
            up.conv = double_conv(2 * o, o)
            setattr(self, f"up{i}", up)
        self.outc = nn.Module()
        self.outc.conv = nn.Conv2d(base, classes, 1)

    def forward(self, x):
        skips = [self.inc(x)]
        for i in range(1, depth + 1):
            skips.append(getattr(self, f"down{i}").maxpool_conv(skips[-1]))
        x = skips.pop()
        for i in range(1, depth + 1):
            up, skip = getattr(self, f"up{i}"), skips.pop()
            y = up.up(x)
            y = F.pad(y, (0, skip.shape[3] - y.shape[3], 0, skip.shape[2] - y.shape[2]))
            x = up.conv(torch.cat([skip, y], 1))
        return self.outc.conv(x)


initial = {k[len("initial."):]: v for k, v in tensors.items() if k.startswith("initial.")}


def repeat(kind):
    net = UNet(initial["inc.double_conv.0.weight"].shape[0], initial["outc.conv.weight"].shape[0])
    net.load_state_dict(initial)
    net.to(kind)
    groups = [{"params": [p for p in net.parameters() if p.dim() > 1], "weight_decay": decay},
              {"params": [p for p in net.parameters() if p.dim() == 1], "weight_decay": 0}]
    if recipe["optimizer"] == "sgd":
        optimizer = torch.optim.SGD(groups, lr=1, momentum=momentum)
    else:
        adam = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[recipe["optimizer"]]
        optimizer = adam(groups, betas=(momentum, recipe["beta2"]), eps=recipe["epsilon"])
    losses = []
    for step, rate in enumerate(float(r) for r in metadata["rates"].split()):
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = F.cross_entropy(net(tensors[f"images.{step}"].to(kind))[:, :used], tensors[f"targets.{step}"], ignore_index=-100)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    return losses


print(json.dumps({"ours": [float(v) for v in metadata["losses"].split()], "theirs": repeat(torch.float), "exact": repeat(torch.double)}))

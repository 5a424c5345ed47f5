# SPDX-License-Identifier: GPL-3.0-or-later
# Losses (values, gradients) and optimizer steps with PyTorch, for recipe_reference_test.cpp.
# Input: a folder with cases.json and raw little-endian arrays; results are written beside them.
import json, sys
import numpy as np
import torch
import torch.nn.functional as F

folder = sys.argv[1]
cases = json.load(open(folder + "/cases.json"))
torch.set_num_threads(1)


def array(name, kind, shape):
    return torch.from_numpy(np.fromfile(f"{folder}/{name}", kind).reshape(shape).copy())


def lovasz_softmax(p, y):
    # https://github.com/bermanmaxim/LovaszSoftmax, lovasz_softmax_flat with classes="present"
    losses = []
    for c in range(p.shape[1]):
        fg = (y == c).float()
        if fg.sum() == 0:
            continue
        errors, perm = torch.sort((fg - p[:, c]).abs(), 0, descending=True)
        fg = fg[perm]
        gts = fg.sum()
        jaccard = 1. - (gts - fg.cumsum(0)) / (gts + (1 - fg).cumsum(0))
        jaccard[1:] = jaccard[1:] - jaccard[:-1]
        losses.append(torch.dot(errors, jaccard.detach()))
    return torch.stack(losses).mean()


def dice(p, y):
    one_hot = F.one_hot(y, p.shape[1]).float()
    scores = [2 * (p[:, c] * one_hot[:, c]).sum() / (p[:, c].sum() + one_hot[:, c].sum()) for c in range(p.shape[1]) if one_hot[:, c].any()]
    return 1 - torch.stack(scores).mean()


def ohem(z, y, threshold, keep):
    # DDRNet, lib/core/criterion.py: OhemCrossEntropy
    pixel_losses = F.cross_entropy(z, y, reduction="none")
    pred = F.softmax(z, 1).gather(1, y[:, None])[:, 0]
    pred, order = pred.sort()
    kept = pred[min(max(1, int(len(y) * keep)), len(y)) - 1]
    return pixel_losses[order][pred <= max(kept, threshold)].mean()


def loss_of(z, target, o):
    n, c = z.shape[:2]
    rows = z.permute(0, 2, 3, 1).reshape(-1, c)
    y = target.reshape(-1)
    rows, y = rows[y >= 0], y[y >= 0]
    used = [i for i in range(c) if i not in o["ignored"]]  # ignored channels do not exist here
    rows = rows[:, used]
    y = torch.tensor([used.index(int(v)) for v in y])
    w = torch.tensor([o["weights"][i] for i in used]) if o["weights"] else None
    p = F.softmax(rows, 1)
    base = o["base"]
    if base == "ce":
        loss = F.cross_entropy(rows, y, weight=w, label_smoothing=o["smoothing"])
    elif base == "focal":
        pt = p.gather(1, y[:, None])[:, 0]
        loss = ((1 - pt) ** o["gamma"] * -pt.log()).mean()
    elif base == "bce":
        loss = F.binary_cross_entropy_with_logits(rows, F.one_hot(y, len(used)).float())
    elif base == "ohem":
        loss = ohem(rows, y, o["threshold"], o["keep"])
    else:
        loss = 0.
    if o["dice"]:
        loss = loss + o["dice"] * dice(p, y)
    if o["lovasz"]:
        loss = loss + o["lovasz"] * lovasz_softmax(p, y)
    return loss


values = []
for i, o in enumerate(cases["losses"]):
    z = array(f"logits.{i}", np.float32, o["shape"]).requires_grad_()
    loss = loss_of(z, array(f"target.{i}", np.int64, [o["shape"][0]] + o["shape"][2:]), o)
    loss.backward()
    values.append(float(loss))
    z.grad.numpy().tofile(f"{folder}/gradient.{i}")

for i, o in enumerate(cases["optimizers"]):
    parameters, gradients, at = [], [], 0
    flat, steps = array("parameters", np.float32, [-1]), array("gradients", np.float32, [len(o["rates"]), -1])
    groups = []
    for info in cases["parameters"]:
        size = int(np.prod(info["shape"]))
        p = torch.nn.Parameter(flat[at:at + size].reshape(info["shape"]).clone())
        parameters.append((p, info))
        gradients.append([g[at:at + size].reshape(info["shape"]) for g in steps])
        decayed = o["decayAll"] or p.dim() > 1
        groups.append({"params": [p], "weight_decay": o["decay"] if decayed else 0., "factor": o["factors"][info["group"]]})
        at += size
    kind = o["optimizer"]
    if kind == "sgd":
        optimizer = torch.optim.SGD(groups, lr=1., momentum=o["momenta"][0])
    elif kind == "rmsprop":
        optimizer = torch.optim.RMSprop(groups, lr=1., alpha=o["beta2"], eps=o["epsilon"], momentum=o["momenta"][0])
    else:
        optimizer = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind](groups, lr=1., betas=(o["momenta"][0], o["beta2"]), eps=o["epsilon"])
    for k, rate in enumerate(o["rates"]):
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
            if "betas" in group:
                group["betas"] = (o["momenta"][k], o["beta2"])
            else:
                group["momentum"] = o["momenta"][k]
        for (p, info), g in zip(parameters, gradients):
            p.grad = None if info["name"] in o["frozen"] else g[k].clone()
        if o["clip"]:
            torch.nn.utils.clip_grad_norm_([p for p, _ in parameters], o["clip"])
        optimizer.step()
    torch.cat([p.detach().reshape(-1) for p, _ in parameters]).numpy().tofile(f"{folder}/result.{i}")
json.dump({"losses": values}, open(folder + "/values.json", "w"))

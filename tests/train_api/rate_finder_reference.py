# SPDX-License-Identifier: GPL-3.0-or-later
# fastai's learning-rate suggestions (fastai/callback/schedule.py: valley, slide, minimum, steep; lr_find's cuts), in NumPy.
import json, sys
import numpy as np

curve = json.load(open(sys.argv[1]))
lrs, losses = np.array(curve["rates"]), np.array([np.nan if v is None else v for v in curve["losses"]])
num_it = curve["steps"]


def valley(lrs, losses):
    n = len(losses)
    max_start, max_end = 0, 0
    lds = [1] * n
    for i in range(1, n):
        for j in range(0, i):
            if losses[i] < losses[j] and lds[i] < lds[j] + 1:
                lds[i] = lds[j] + 1
            if lds[max_end] < lds[i]:
                max_end = i
                max_start = max_end - lds[max_end]
    sections = (max_end - max_start) / 3
    idx = max_start + int(sections) + int(sections / 2)
    return float(lrs[idx])


def slide(lrs, losses, lr_diff=15, thresh=.005, adjust_value=1.):
    loss_grad = np.gradient(losses)
    r_idx = -1
    l_idx = r_idx - lr_diff
    local_min_lr = lrs[l_idx]
    while l_idx >= -len(losses) and abs(loss_grad[r_idx] - loss_grad[l_idx]) > thresh:
        local_min_lr = lrs[l_idx]
        r_idx -= 1
        l_idx -= 1
    return float(local_min_lr) * adjust_value


def minimum(lrs, losses):
    return float(lrs[losses.argmin()]) / 10


def steep(lrs, losses):
    grads = (losses[1:] - losses[:-1]) / (np.log(lrs[1:]) - np.log(lrs[:-1]))
    return float(lrs[grads.argmin()])


lrs, losses = lrs[num_it // 10:-5], losses[num_it // 10:-5]
bad = np.flatnonzero(np.isnan(losses))
if len(bad):
    lrs, losses = lrs[:bad[0]], losses[:bad[0]]
print(json.dumps({"valley": valley(lrs, losses), "slide": slide(lrs, losses), "minimum": minimum(lrs, losses), "steep": steep(lrs, losses)}))

# SPDX-License-Identifier: GPL-3.0-or-later
# Every figure of core/base/metrics/scores.h once more, written down independently with NumPy.
# Input: a folder with set.json {"classes", "ignored": [...], "images": [[width, height], ...]} and N.truth, N.answer (uint16, row by row).
import json, sys
import numpy as np

folder = sys.argv[1]
described = json.load(open(folder + "/set.json"))
C, ignored = described["classes"], described["ignored"]
used = [c for c in range(C) if c not in ignored]
pairs = []
for i, (w, h) in enumerate(described["images"]):
    read = lambda kind: np.fromfile(f"{folder}/{i}.{kind}", np.uint16).reshape(h, w).astype(np.int64)
    pairs.append((read("truth"), read("answer")))


def valid(truth):
    return np.isin(truth, used)


def boundary(labels, ok, c):
    """Pixels of c beside a counted pixel of another class."""
    big, fine = np.pad(labels, 1, constant_values=-1), np.pad(ok, 1, constant_values=False)
    out = np.zeros_like(ok)
    h, w = labels.shape
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        near, counts = big[1 + dy:h + 1 + dy, 1 + dx:w + 1 + dx], fine[1 + dy:h + 1 + dy, 1 + dx:w + 1 + dx]
        out |= counts & (near != c)
    return out & ok & (labels == c)


def within(points, others, tolerance):
    """For each point, whether the nearest of `others` is at most tolerance away."""
    a, b = np.argwhere(points), np.argwhere(others)
    distance = ((a[:, None, :] - b[None, :, :]) ** 2).sum(2).min(1)
    return (distance <= tolerance ** 2).mean()


def f1(truth, answer, c):
    ok = valid(truth)
    t, p = boundary(truth, ok, c), boundary(answer, ok, c)
    if not t.any() and not p.any():
        return None
    if not t.any() or not p.any():
        return 0.0
    tolerance = 0.0075 * np.sqrt(truth.shape[0] ** 2 + truth.shape[1] ** 2)
    precision, recall = within(p, t, tolerance), within(t, p, tolerance)
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def mean(values):
    values = [v for v in values if v is not None]
    return float(np.mean(values)) if values else 0.0


def divide(a, b):
    return None if b == 0 else float(a) / float(b)


T = np.concatenate([t[valid(t)] for t, _ in pairs])
P = np.concatenate([p[valid(t)] for t, p in pairs])
labelled = sum(int((t < C).sum()) for t, _ in pairs)
iou = {c: divide(((T == c) & (P == c)).sum(), ((T == c) | (P == c)).sum()) for c in used}
dice = {c: divide(2 * ((T == c) & (P == c)).sum(), (T == c).sum() + (P == c).sum()) for c in used}
precision = {c: divide(((T == c) & (P == c)).sum(), (P == c).sum()) for c in used}
recall = {c: divide(((T == c) & (P == c)).sum(), (T == c).sum()) for c in used}
bf = {}
for c in used:
    scores = [f1(t, p, c) for t, p in pairs]
    bf[c] = mean(scores) if any(s is not None for s in scores) else None
thresholded = {}
for c in used:
    shares = []
    for t, p in pairs:
        ok = valid(t)
        i, u = ((t == c) & (p == c) & ok).sum(), (((t == c) | (p == c)) & ok).sum()
        shares.append(np.mean((i + 1e-6) / (u + 1e-6) > np.arange(10, 20) / 20))
    thresholded[c] = float(np.mean(shares))
weights, accuracies = [], []
for at in range(0, len(pairs), 8):
    batch = pairs[at:at + 8]
    right = np.concatenate([(t == p)[valid(t)] for t, p in batch])
    if len(right):
        weights.append(len(batch))
        accuracies.append(right.mean())
images = []
for t, p in pairs:
    ok = valid(t)
    each = [divide(((t == c) & (p == c) & ok).sum(), (((t == c) | (p == c)) & ok).sum()) for c in used]
    images.append([mean(each), float((t == p)[ok].mean()) if ok.any() else 0.0])
row = lambda values: [values.get(c) for c in range(C)]
print(json.dumps({
    "pixelAccuracy": float((T == P).mean()) if len(T) else 0.0,
    "pixelAccuracyWithIgnored": divide((T == P).sum(), labelled) or 0.0,
    "meanIoU": mean(iou.values()), "meanDice": mean(dice.values()), "meanRecall": mean(recall.values()),
    "frequencyWeightedIoU": sum((T == c).mean() * (iou[c] or 0) for c in used) if len(T) else 0.0,
    "meanBoundaryF1": mean(bf.values()),
    "batchMeanAccuracy": float(np.average(accuracies, weights=weights)) if weights else 0.0,
    "meanThresholdedIoU": mean(thresholded.values()), "meanIoUAbsentIsZero": float(np.mean([iou[c] or 0 for c in used])),
    "iou": row(iou), "dice": row(dice), "precision": row(precision), "recall": row(recall), "boundaryF1": row(bf),
    "thresholdedIoU": row(thresholded), "images": images}))

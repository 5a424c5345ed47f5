# SPDX-License-Identifier: GPL-3.0-or-later
# What the drawing aids are compared with, in numpy: reads a JSON document, prints one.
import collections
import json
import sys

import numpy as np


def brush(case):
    """Pixels whose centres are at most d/2 from a segment."""
    (ax, ay), (bx, by), d, w, h = case["a"], case["b"], case["d"], case["w"], case["h"]
    y, x = np.mgrid[0:h, 0:w] + 0.5
    dx, dy = bx - ax, by - ay
    n = dx * dx + dy * dy
    t = np.clip(((x - ax) * dx + (y - ay) * dy) / n, 0, 1) if n else np.zeros_like(x)
    near = (x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2
    # Two where rounding decides.
    return np.where(np.abs(near - d * d / 4) < 1e-6, 2, near <= d * d / 4)


def flood(case):
    image = np.array(case["image"], dtype=np.int64)
    if image.ndim == 2:
        image = image[:, :, None]
    if case["bits"] == 16:
        image = image >> 8
    image = image[:, :, :3] if image.shape[2] >= 3 else image[:, :, :1]
    h, w, _ = image.shape
    sx, sy = case["x"], case["y"]
    like = (np.abs(image - image[sy, sx]) <= case["tolerance"]).all(axis=2)
    mask = like
    if case["contiguous"]:
        mask = np.zeros((h, w), bool)
        todo = collections.deque([(sx, sy)])
        mask[sy, sx] = True
        while todo:
            x, y = todo.popleft()
            for u, v in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
                if 0 <= u < w and 0 <= v < h and like[v, u] and not mask[v, u]:
                    mask[v, u] = True
                    todo.append((u, v))
    if case["fill"]:
        outside = np.zeros((h + 2, w + 2), bool)
        inside = np.pad(mask, 1)
        outside[0, 0] = True
        todo = collections.deque([(0, 0)])
        while todo:
            x, y = todo.popleft()
            for u, v in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
                if 0 <= u < w + 2 and 0 <= v < h + 2 and not inside[v, u] and not outside[v, u]:
                    outside[v, u] = True
                    todo.append((u, v))
        mask = ~outside[1:-1, 1:-1]
    return mask.astype(int)


cases = json.load(open(sys.argv[1]))
print(json.dumps([{"brush": brush, "flood": flood}[c["what"]](c).tolist() for c in cases]))

# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast labelme shows a file, offscreen: labelme_canvas.py A.JSON. Wall time and this process's processor time."""
import os
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
began = time.time(), time.process_time()
try:
    from PyQt5 import QtCore, QtGui, QtWidgets
except ImportError:
    from PyQt6 import QtCore, QtGui, QtWidgets
import labelme
from labelme.app import MainWindow

app = QtWidgets.QApplication(sys.argv[:1])
try:
    window = MainWindow()
except TypeError:
    window = MainWindow(config=None)
window.resize(1600, 1000)
window.show()
app.processEvents()
shown = time.time(), time.process_time()
print(f"  version {labelme.__version__}")
print(f"  imports and window                 wall {shown[0] - began[0]:.2f} s, CPU {shown[1] - began[1]:.2f} s")
load = getattr(window, "_load_file", None) or getattr(window, "loadFile")
load(sys.argv[1])
app.processEvents()
print(f"  open                               wall {time.time() - shown[0]:.2f} s, CPU {time.process_time() - shown[1]:.2f} s")
canvas = getattr(window, "canvas", None) or window._canvas_widgets.canvas


def milliseconds(work):
    start = time.time(), time.process_time()
    work()
    app.processEvents()
    return 1e3 * (time.time() - start[0]), 1e3 * (time.process_time() - start[1])


def report(what, times):
    at = lambda kind, share: sorted(t[kind] for t in times)[min(len(times) - 1, int(share * len(times)))]
    print(f"  {what:<32} wall median {at(0, 0.5):6.0f} ms  p95 {at(0, 0.95):6.0f} ms | CPU median {at(1, 0.5):6.0f} ms  p95 {at(1, 0.95):6.0f} ms")


def repaint():
    canvas.repaint() if canvas.isVisible() else canvas.grab()


def zoomed(scale):
    canvas.scale = scale
    canvas.adjustSize()
    repaint()


report("zoom, a repaint", [milliseconds(lambda i=i: zoomed(0.12 * 1.15**i)) for i in range(12)])

canvas.scale = 0.12
shape = canvas.shapes[0]


def drag():
    shape.points[0] = QtCore.QPointF(shape.points[0].x() + 3, shape.points[0].y() + 2)
    repaint()


report("point drag, a repaint", [milliseconds(drag) for i in range(20)])
sys.stdout.flush()
os._exit(0)

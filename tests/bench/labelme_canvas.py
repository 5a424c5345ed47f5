# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast labelme shows a file, offscreen: labelme_canvas.py A.JSON
One line each: version, seconds to window, seconds to open, ms per repaint while zooming (median, worst), ms per point drag (median, 95th)."""
import os
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
began = time.time()
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
shown = time.time()
print(f"version {labelme.__version__}")
print(f"window {shown - began:.2f}")
load = getattr(window, "_load_file", None) or getattr(window, "loadFile")
load(sys.argv[1])
app.processEvents()
print(f"open {time.time() - shown:.2f}")
canvas = getattr(window, "canvas", None) or window._canvas_widgets.canvas


def milliseconds(work):
    start = time.time()
    work()
    app.processEvents()
    return 1e3 * (time.time() - start)


def repaint():
    canvas.repaint() if canvas.isVisible() else canvas.grab()


def zoomed(scale):
    canvas.scale = scale
    canvas.adjustSize()
    repaint()


times = sorted(milliseconds(lambda: zoomed(0.12 * 1.15**i)) for i in range(12))
print(f"zoom {times[len(times) // 2]:.0f} {times[-1]:.0f}")

canvas.scale = 0.12
shape = canvas.shapes[0]
times = []
for i in range(20):

    def drag():
        shape.points[0] = QtCore.QPointF(shape.points[0].x() + 3, shape.points[0].y() + 2)
        repaint()

    times.append(milliseconds(drag))
times.sort()
print(f"drag {times[len(times) // 2]:.0f} {times[int(len(times) * 0.95)]:.0f}")
sys.stdout.flush()
os._exit(0)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens what a writer wrote with a program that is not ours, and prints what it saw as JSON:
{"images": {stem: {class: pixels}}, "points": {stem: [[x, y], …]}}: pixels a class has in the label map where the reader
rasterizes exactly what is stored, and the vertices of the first polygon of each image.
    reference_readers.py FORMAT FOLDER   ("missing" on the first line of the output: the reader is not installed)"""
import contextlib, glob, io, json, os, sys

import numpy as np


def stem(name):
    return os.path.splitext(os.path.basename(name))[0]


def counts(label_map, names):
    values, n = np.unique(label_map, return_counts=True)
    return {names[int(v)]: int(c) for v, c in zip(values, n) if int(v) in names}


def paint(size, masks):
    """Masks of (z order, class, boolean array) in painter's order."""
    canvas = np.full(size, -1, np.int64)
    for _, label, mask in sorted(masks, key=lambda m: m[0]):
        canvas[np.asarray(mask).astype(bool)] = label
    return canvas


def coco(folder):
    from pycocotools.coco import COCO
    images, points = {}, {}
    for path in glob.glob(folder + "/annotations/*.json"):
        with contextlib.redirect_stdout(io.StringIO()):
            data = COCO(path)
        names = {c["id"]: c["name"] for c in data.dataset["categories"]}
        for image in data.dataset["images"]:
            annotations = data.imgToAnns[image["id"]]
            masks = [(i, a["category_id"], data.annToMask(a)) for i, a in enumerate(annotations)]
            images[stem(image["file_name"])] = counts(paint((image["height"], image["width"]), masks), names)
            rings = [a["segmentation"][0] for a in annotations if isinstance(a["segmentation"], list)]
            if rings:
                points[stem(image["file_name"])] = np.array(rings[0]).reshape(-1, 2).tolist()
    return images, points


def labelme(folder):
    try:
        from labelme._label_file import read_label_file as read
    except ImportError:  # before 6
        from labelme import LabelFile
        read = LabelFile
    from labelme.utils import shapes_to_label
    import PIL.Image
    names = [line.strip() for line in open(folder + "/labels.txt", encoding="utf-8") if line.strip()]
    values = {name: i for i, name in enumerate(names)}
    images, points = {}, {}
    for path in glob.glob(folder + "/*.json"):
        data = read(path)
        raw = data.image_data if hasattr(data, "image_data") else data.imageData
        size = PIL.Image.open(io.BytesIO(raw)).size[::-1]
        label, _ = shapes_to_label(size, data.shapes, values)
        images[stem(path)] = counts(label, {v: k for k, v in values.items() if v})
        rings = [s["points"] for s in data.shapes if s["shape_type"] == "polygon"]
        if rings:
            points[stem(path)] = rings[0]
    return images, points


def datumaro(folder, kind):
    import logging
    logging.disable(logging.CRITICAL)
    from datumaro import Dataset
    from datumaro.components.annotation import AnnotationType
    with contextlib.redirect_stdout(io.StringIO()):
        data = Dataset.import_from(folder, kind)
        images, points = {}, {}
        labels = {i: c.name for i, c in enumerate(data.categories()[AnnotationType.label])}
        for item in data:
            size = item.media.size
            masks = [(a.z_order, a.label, a.image) for a in item.annotations if a.type == AnnotationType.mask]
            images[stem(item.id)] = counts(paint(size, masks), labels) or {labels[a.label]: 1 for a in item.annotations}
            rings = [a.points for a in item.annotations if a.type == AnnotationType.polygon]
            if rings:
                points[stem(item.id)] = np.array(rings[0]).reshape(-1, 2).tolist()
    return images, points


def supervision_yolo(folder):
    import supervision
    points = {}
    images = {}
    for split in ("train", "val", "test"):
        if not os.path.isdir(f"{folder}/images/{split}"):
            continue
        data = supervision.DetectionDataset.from_yolo(f"{folder}/images/{split}", f"{folder}/labels/{split}", folder + "/data.yaml", force_masks=True)
        for path, image, detections in data:
            images[stem(path)] = {data.classes[c]: int(np.sum(detections.class_id == c)) for c in set(detections.class_id.tolist())}
    return images, points


def supervision_voc(folder):
    import supervision
    data = supervision.DetectionDataset.from_pascal_voc(folder + "/JPEGImages", folder + "/Annotations", force_masks=True)
    return {stem(path): {data.classes[c]: int(np.sum(d.class_id == c)) for c in set(d.class_id.tolist())} for path, _, d in data}, {}


def pillow(folder, pattern, names, key):
    """Masks read as training scripts do: numpy over Pillow, no table of colours."""
    import PIL.Image
    images = {}
    for path in glob.glob(folder + "/" + pattern, recursive=True):
        data = np.array(PIL.Image.open(path))
        if data.ndim == 3:
            data = data[..., 0].astype(np.int64) << 16 | data[..., 1].astype(np.int64) << 8 | data[..., 2]
        images[key(stem(path))] = counts(data, names)
    return images, {}


def cityscapes(folder):
    try:
        from torchvision.datasets import Cityscapes
        table = {c.id: c.name for c in Cityscapes.classes}
    except ImportError:
        table = {6: "ground", 7: "road", 26: "car"}  # as cityscapesScripts' labels.py numbers them
    images, _ = pillow(folder, "gtFine/**/*_labelIds.png", table, lambda s: s.replace("_gtFine_labelIds", ""))
    points = {}
    for path in glob.glob(folder + "/gtFine/**/*_polygons.json", recursive=True):
        objects = json.load(open(path, encoding="utf-8"))["objects"]
        if objects:
            points[stem(path).replace("_gtFine_polygons", "")] = objects[0]["polygon"]
    return images, points


def table(folder):
    import csv
    rows = list(csv.DictReader(open(folder + "/classes.csv", encoding="utf-8")))
    return {int(r["index"]): r["name"] for r in rows if r["name"]}, {int(r["red"]) << 16 | int(r["green"]) << 8 | int(r["blue"]): r["name"] for r in rows if r["name"]}


def colors(folder):
    out = {}
    for line in open(folder + "/label_colors.txt", encoding="utf-8"):
        r, g, b, name = line.split(None, 3)
        out[int(r) << 16 | int(g) << 8 | int(b)] = name.strip()
    return out


same = lambda s: s
READERS = {
    "coco": coco,
    "labelme": labelme,
    "cvat": lambda f: datumaro(f, "cvat"),
    "voc": lambda f: datumaro(f, "voc_segmentation"),
    "camvid": lambda f: pillow(f, "*annot/*.png", dict(enumerate(colors(f).values())), same),
    "cityscapes": cityscapes,
    "yolo": supervision_yolo,
    "voc-xml": supervision_voc,
    "camvid-fastai": lambda f: pillow(f, "labels/*_P.png", dict(enumerate(open(f + "/codes.txt", encoding="utf-8").read().split("\n"))), lambda s: s[:-2]),
    "camvid-colors": lambda f: pillow(f, "**/labels/*_L.png", colors(f), lambda s: s[:-2]),
    "masks": lambda f: pillow(f, "**/masks/*.png", table(f)[0], same),
    "masks-16bit": lambda f: pillow(f, "**/masks/*.png", table(f)[0], same),
    "masks-tiff": lambda f: pillow(f, "**/masks/*.tif", table(f)[0], same),
    "masks-bmp": lambda f: pillow(f, "**/masks/*.bmp", table(f)[0], same),
    "masks-color": lambda f: pillow(f, "**/masks/*.png", table(f)[1], same),
}

if __name__ == "__main__":
    try:
        found = READERS[sys.argv[1]](sys.argv[2])
    except ImportError as error:
        print("missing", error)
        sys.exit(0)
    print(json.dumps({"images": found[0], "points": found[1]}))

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes pictures of every kind and what a decoder must make of them, with numpy and PIL as the independent reference.

make_pictures.py FOLDER → the pictures, FOLDER/<name>.raw (expected samples, 16 bits in the machine's order) and FOLDER/list.tsv:
file, what (image, image16, mask), width, height, channels, kind (grey, indexed, color; masks only), bits, tolerance, raw file.
"""
import io
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, features

out = Path(sys.argv[1])
rng = np.random.default_rng(5)
lines = []


def expect(file, what, array, kind="", bits=8, tolerance=0):
    array = np.asarray(array)
    name = f"{len(lines)}.raw"
    array.astype(np.uint8 if what == "image" else np.uint16).tofile(out / name)
    height, width = array.shape[:2]
    channels = array.shape[2] if array.ndim == 3 else 1
    lines.append("\t".join(map(str, (file, what, width, height, channels, kind or "-", bits, tolerance, name))))


def smooth(height, width, channels=3):
    """A picture like a photograph: JPEG would make noise out of noise."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [128 + 100 * np.sin(x / (7 + 3 * c) + c) * np.cos(y / (9 + 2 * c)) for c in range(channels)]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


# ---- PNG, by a writer of our own: PIL has neither 2- and 4-bit grey nor Adam7 -----------------------------------------
def pack_rows(a, bits):
    if bits == 16:
        rows = a.astype(">u2")
        return [rows[y].tobytes() for y in range(len(rows))]
    if bits == 8:
        return [a[y].astype(np.uint8).tobytes() for y in range(len(a))]
    rows = []
    for y in range(len(a)):
        per = 8 // bits
        padded = np.concatenate([a[y], np.zeros(-len(a[y]) % per, a.dtype)]).reshape(-1, per).astype(np.uint8)
        byte = np.zeros(len(padded), np.uint8)
        for i in range(per):
            byte |= padded[:, i] << (8 - bits * (i + 1))
        rows.append(byte.tobytes())
    return rows


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(a, color_type, bits, palette=None, trns=None, interlaced=False, extra=b""):
    height, width = a.shape[:2]
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    raw = b""
    for x0, y0, dx, dy in passes:
        part = a[y0::dy, x0::dx]
        if part.size:
            raw += b"".join(b"\0" + row for row in pack_rows(part, bits))
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, int(interlaced)))
    data += extra
    if palette is not None:
        data += chunk(b"PLTE", np.asarray(palette, np.uint8).tobytes())
    if trns is not None:
        data += chunk(b"tRNS", trns)
    packed = zlib.compress(raw)
    half = len(packed) // 2
    return data + chunk(b"IDAT", packed[:half]) + chunk(b"IDAT", packed[half:]) + chunk(b"IEND", b"")


def on_white(a, full):
    color, alpha = a[..., :-1].astype(np.int64), a[..., -1:].astype(np.int64)
    composed = (color * alpha + full * (full - alpha) + full // 2) // full
    return composed[..., 0] if composed.shape[-1] == 1 else composed


def narrow(a):
    return np.floor(a.astype(np.float64) / 257 + 0.5)


def make_png():
    H, W = 13, 21
    gama = chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"sRGB", b"\0")
    profile = chunk(b"iCCP", b"bomb\0\0" + zlib.compress(b"\0" * 5_000_000))
    for interlaced in (False, True):
        tag = "_adam7" if interlaced else ""
        for bits in (1, 2, 4, 8, 16):
            a = rng.integers(0, 1 << bits, (H, W), dtype=np.uint16)
            name = f"grey{bits}{tag}.png"
            (out / name).write_bytes(png(a, 0, bits, interlaced=interlaced, extra=gama))
            expect(name, "mask", a, "grey", bits)
            if bits == 16:
                expect(name, "image16", a)
                expect(name, "image", narrow(a), tolerance=1)
            else:
                expect(name, "image", a * 255 // ((1 << bits) - 1))
        for bits in (1, 2, 4, 8):
            n = 1 << bits
            a = rng.integers(0, n, (H, W), dtype=np.uint16)
            palette = rng.integers(0, 256, (n, 3), dtype=np.uint8)
            name = f"palette{bits}{tag}.png"
            (out / name).write_bytes(png(a, 3, bits, palette, interlaced=interlaced, extra=profile))
            expect(name, "mask", a, "indexed", bits)
            expect(name, "image", palette[a])
        for bits in (8, 16):
            full = (1 << bits) - 1
            for color_type, channels in ((2, 3), (4, 2), (6, 4)):
                a = rng.integers(0, full + 1, (H, W, channels), dtype=np.uint16)
                name = f"color{color_type}_{bits}{tag}.png"
                (out / name).write_bytes(png(a, color_type, bits, interlaced=interlaced))
                shown = on_white(a, full) if channels in (2, 4) else a
                if bits == 16:
                    expect(name, "image16", shown)
                    if channels == 3:
                        expect(name, "image", narrow(a), tolerance=1)
                else:
                    expect(name, "image", shown)
                if channels == 2:
                    expect(name, "mask", a[..., 0], "grey", bits)
                elif bits == 8:
                    expect(name, "mask", a[..., :3], "color")
    # A mask whose values lie behind its short palette: 255 = ignore.
    a = rng.integers(0, 3, (H, W), dtype=np.uint16)
    a[2, 3] = 255
    (out / "short_palette.png").write_bytes(png(a, 3, 8, [[0, 0, 0], [9, 9, 9], [200, 0, 0]]))
    expect("short_palette.png", "mask", a, "indexed", 8)
    # Transparency in a palette and as one grey.
    palette = rng.integers(0, 256, (4, 3), dtype=np.uint8)
    a = rng.integers(0, 4, (H, W), dtype=np.uint16)
    (out / "palette_trns.png").write_bytes(png(a, 3, 2, palette, trns=bytes([0, 128])))
    rgba = np.concatenate([palette, np.array([[0], [128], [255], [255]], np.uint8)], 1)[a]
    expect("palette_trns.png", "image", on_white(rgba, 255))
    expect("palette_trns.png", "mask", a, "indexed", 2)
    a = rng.integers(0, 4, (H, W), dtype=np.uint16)
    (out / "grey_trns.png").write_bytes(png(a, 0, 2, trns=struct.pack(">H", 2)))
    expect("grey_trns.png", "image", np.where(a == 2, 255, a * 85))
    expect("grey_trns.png", "mask", a, "grey", 2)
    for size in ((1, 1), (1, 9), (9, 1)):
        a = rng.integers(0, 256, size, dtype=np.uint16)
        name = f"thin_{size[1]}x{size[0]}.png"
        (out / name).write_bytes(png(a, 0, 8, interlaced=True))
        expect(name, "mask", a, "grey", 8)
    photo = smooth(40, 30)
    exif = Image.Exif()
    for o in range(1, 9):
        exif[0x0112] = o
        name = f"exif{o}.png"
        Image.fromarray(photo).save(out / name, exif=exif)
        expect(name, "image", ImageOps.exif_transpose(Image.open(out / name)))


# ---- JPEG ------------------------------------------------------------------------------------------------------------
def make_jpeg():
    photo = Image.fromarray(smooth(61, 83))
    variants = {
        "plain": {}, "progressive": {"progressive": True}, "444": {"subsampling": 0}, "422": {"subsampling": 1},
        "optimized": {"optimize": True, "quality": 60}, "q100": {"quality": 100},
    }
    for name, options in variants.items():
        photo.save(out / f"{name}.jpg", **options)
        expect(f"{name}.jpg", "image", Image.open(out / f"{name}.jpg"))
        expect(f"{name}.jpg", "mask", Image.open(out / f"{name}.jpg"), "color")
    photo.convert("L").save(out / "grey.jpg")
    expect("grey.jpg", "image", Image.open(out / "grey.jpg"))
    expect("grey.jpg", "mask", Image.open(out / "grey.jpg"), "grey")
    photo.convert("CMYK").save(out / "cmyk.jpg")
    expect("cmyk.jpg", "image", Image.open(out / "cmyk.jpg").convert("RGB"), tolerance=2)
    exif = Image.Exif()
    for o in (1, 2, 3, 4, 5, 6, 7, 8, 9):
        exif[0x0112] = o
        name = f"exif{o}.jpg"
        photo.save(out / name, exif=exif, icc_profile=b"\0" * 200000 if o == 6 else None)
        expect(name, "image", ImageOps.exif_transpose(Image.open(out / name)))
    # Oddities that viewers accept: bytes behind the end, and a missing end marker.
    data = (out / "plain.jpg").read_bytes()
    (out / "trailing.jpg").write_bytes(data + b"trailing bytes" * 10)
    expect("trailing.jpg", "image", Image.open(out / "plain.jpg"))
    (out / "no_end_marker.jpg").write_bytes(data[:-2])
    expect("no_end_marker.jpg", "image", Image.open(out / "plain.jpg"))
    (out / "jpeg_named.png").write_bytes(data)
    expect("jpeg_named.png", "image", Image.open(out / "plain.jpg"))


# ---- TIFF ------------------------------------------------------------------------------------------------------------
def tiff(a, bits, photometric, order="<", tile=None, planar=1, deflate=False, sample_format=1, extra=()):
    """One directory; rows in strips of 5, or tiles; uncompressed or deflate."""
    if a.ndim == 2:
        a = a[..., None]
    height, width, samples = a.shape
    kind = {1: "u", 2: "i", 3: "f"}[sample_format]

    def encode(block):
        if bits < 8:
            data = b"".join(pack_rows(block[..., 0], bits))
        else:
            data = block.astype(f"{order}{kind}{bits // 8}").tobytes()
        return zlib.compress(data) if deflate else data

    blocks = []
    for plane in ([a] if planar == 1 else [a[..., c:c + 1] for c in range(samples)]):
        if tile:
            for y in range(0, height, tile):
                for x in range(0, width, tile):
                    block = np.zeros((tile, tile, plane.shape[2]), plane.dtype)
                    part = plane[y:y + tile, x:x + tile]
                    block[:part.shape[0], :part.shape[1]] = part
                    blocks.append(encode(block))
        else:
            blocks += [encode(plane[y:y + 5]) for y in range(0, height, 5)]
    body, offsets = b"", []
    for block in blocks:
        offsets.append(8 + len(body))
        body += block + b"\0" * (len(block) % 2)
    tags = [(256, 4, [width]), (257, 4, [height]), (258, 3, [bits] * samples), (259, 3, [8 if deflate else 1]), (262, 3, [photometric]),
            (277, 3, [samples]), (284, 3, [planar]), (339, 3, [sample_format] * samples)]
    if tile:
        tags += [(322, 4, [tile]), (323, 4, [tile]), (324, 4, offsets), (325, 4, [len(b) for b in blocks])]
    else:
        tags += [(273, 4, offsets), (278, 4, [5]), (279, 4, [len(b) for b in blocks])]
    tags += list(extra)
    entries, data_at = b"", 8 + len(body)
    for tag, kind_number, values in sorted(tags):
        packed = values if isinstance(values, bytes) else b"".join(struct.pack(order + {3: "H", 4: "I"}[kind_number], v) for v in values)
        if len(packed) > 4:
            entries += struct.pack(order + "HHII", tag, kind_number, len(values), data_at)
            body += packed + b"\0" * (len(packed) % 2)
            data_at = 8 + len(body)
        else:
            entries += struct.pack(order + "HHI", tag, kind_number, len(values)) + packed.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8 + len(body))
    return head + body + struct.pack(order + "H", len(tags)) + entries + b"\0\0\0\0"


def make_tiff():
    H, W = 23, 37
    for tile in (None, 16):
        for order in "<>":
            for deflate in (False, True):
                tag = ("_tiled" if tile else "") + ("_big" if order == ">" else "") + ("_deflate" if deflate else "")
                common = dict(order=order, tile=tile, deflate=deflate)
                for bits in (1, 4, 8, 16):
                    a = rng.integers(0, 1 << bits, (H, W), dtype=np.uint16)
                    (out / f"grey{bits}{tag}.tif").write_bytes(tiff(a, bits, 1, **common))
                    expect(f"grey{bits}{tag}.tif", "mask", a, "grey", bits)
                    if bits <= 8:
                        expect(f"grey{bits}{tag}.tif", "image", a * 255 // ((1 << bits) - 1))
                    else:
                        expect(f"grey{bits}{tag}.tif", "image16", a)
                    (out / f"white{bits}{tag}.tif").write_bytes(tiff(a, bits, 0, **common))
                    expect(f"white{bits}{tag}.tif", "mask", a, "grey", bits)  # a mask keeps what was stored
                    if bits <= 8:
                        expect(f"white{bits}{tag}.tif", "image", 255 - a * 255 // ((1 << bits) - 1))
                for planar in (1, 2):
                    a = rng.integers(0, 256, (H, W, 3), dtype=np.uint16)
                    (out / f"rgb_{planar}{tag}.tif").write_bytes(tiff(a, 8, 2, planar=planar, **common))
                    expect(f"rgb_{planar}{tag}.tif", "image", a)
                    expect(f"rgb_{planar}{tag}.tif", "mask", a, "color")
                    a = rng.integers(0, 65536, (H, W, 3), dtype=np.uint16)
                    (out / f"rgb16_{planar}{tag}.tif").write_bytes(tiff(a, 16, 2, planar=planar, **common))
                    expect(f"rgb16_{planar}{tag}.tif", "image16", a)
                    a = rng.integers(0, 256, (H, W, 4), dtype=np.uint16)
                    (out / f"rgba_{planar}{tag}.tif").write_bytes(tiff(a, 8, 2, planar=planar, extra=[(338, 3, [2])], **common))
                    expect(f"rgba_{planar}{tag}.tif", "image", on_white(a, 255))
                a = rng.integers(0, 60000, (H, W))
                (out / f"uint32{tag}.tif").write_bytes(tiff(a, 32, 1, **common))
                expect(f"uint32{tag}.tif", "mask", a, "grey", 16)
                low, high = a.min(), a.max()
                expect(f"uint32{tag}.tif", "image16", np.floor((a - low) * 65535 / (high - low) + 0.5), tolerance=1)
                f = rng.normal(0, 3, (H, W)).astype(np.float32)
                (out / f"float{tag}.tif").write_bytes(tiff(f, 32, 1, sample_format=3, **common))
                scaled = (f.astype(np.float64) - f.min()) * 65535 / (float(f.max()) - float(f.min()))
                expect(f"float{tag}.tif", "image16", np.floor(scaled + 0.5), tolerance=1)
    a = rng.integers(0, 256, (H, W, 6), dtype=np.uint16)
    (out / "six_bands.tif").write_bytes(tiff(a, 8, 1, extra=[(338, 3, [0] * 5)]))
    expect("six_bands.tif", "image", a[..., :3])
    a = rng.integers(0, 5, (H, W))
    a[0, :3] = -9999
    (out / "nodata.tif").write_bytes(tiff(a, 16, 1, sample_format=2, extra=[(42113, 2, b"-9999\0")]))
    expect("nodata.tif", "mask", np.where(a < 0, 65535, a), "grey", 16)
    palette = rng.integers(0, 256, (16, 3), dtype=np.uint16)
    a = rng.integers(0, 16, (H, W), dtype=np.uint16)
    (out / "palette4.tif").write_bytes(tiff(a, 4, 3, extra=[(320, 3, list((palette * 257).T.reshape(-1)))]))
    expect("palette4.tif", "image", palette[a])
    expect("palette4.tif", "mask", a, "indexed", 4)
    # What PIL writes through libtiff.
    photo = Image.fromarray(smooth(45, 67))
    if features.check("libtiff"):
        for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits"):
            for mode in ("RGB", "L", "RGBA", "P", "1"):
                name = f"pil_{compression}_{mode}.tif"
                im = photo.quantize(30) if mode == "P" else photo.convert(mode)
                im.save(out / name, compression=compression)
                back = Image.open(out / name)
                if mode == "RGBA":
                    expect(name, "image", np.asarray(back)[..., :3])
                else:
                    expect(name, "image", back.convert("RGB") if mode == "P" else np.asarray(back.convert("L") if mode == "1" else back))
                if mode == "P":
                    expect(name, "mask", np.asarray(back), "indexed", 8)
        photo.save(out / "pil_jpeg.tif", compression="jpeg")
        expect("pil_jpeg.tif", "image", Image.open(out / "pil_jpeg.tif"), tolerance=3)
        photo.convert("1").save(out / "pil_fax.tif", compression="group4")
        expect("pil_fax.tif", "image", np.asarray(photo.convert("1").convert("L")))
    photo.convert("CMYK").save(out / "pil_cmyk.tif")
    expect("pil_cmyk.tif", "image", Image.open(out / "pil_cmyk.tif").convert("RGB"), tolerance=2)
    for o in range(1, 9):
        photo.save(out / f"exif{o}.tif", tiffinfo={274: o})
        back = Image.open(out / f"exif{o}.tif")
        back.load()  # turns a TIFF at once
        expect(f"exif{o}.tif", "image", back)


# ---- WebP, BMP, PNM --------------------------------------------------------------------------------------------------
def make_webp():
    if not features.check("webp"):
        return
    photo = Image.fromarray(smooth(45, 67))
    photo.save(out / "lossless.webp", lossless=True)
    expect("lossless.webp", "image", photo)
    expect("lossless.webp", "mask", photo, "color")
    photo.save(out / "lossy.webp", quality=80)
    expect("lossy.webp", "image", Image.open(out / "lossy.webp").convert("RGB"))
    rgba = np.concatenate([smooth(45, 67), rng.integers(0, 256, (45, 67, 1), dtype=np.uint8)], -1)
    Image.fromarray(rgba).save(out / "alpha.webp", lossless=True, exact=True)
    expect("alpha.webp", "image", on_white(rgba, 255))
    exif = Image.Exif()
    for o in (1, 3, 6):
        exif[0x0112] = o
        photo.save(out / f"exif{o}.webp", lossless=True, exif=exif)
        expect(f"exif{o}.webp", "image", ImageOps.exif_transpose(Image.open(out / f"exif{o}.webp")).convert("RGB"))


def bmp(width, height, bits, compression, pixels, palette=b"", masks=b""):
    offset = 14 + 40 + len(masks) + len(palette)
    head = b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(pixels), 0, 0, len(palette) // 4, 0)
    return head + info + masks + palette + pixels


def bmp_rows(rows):
    return b"".join(row + b"\0" * (-len(row) % 4) for row in rows)


def make_bmp():
    photo = Image.fromarray(smooth(19, 31))
    for mode in ("1", "L", "P", "RGB"):
        im = photo.quantize(20) if mode == "P" else photo.convert(mode)
        im.save(out / f"pil_{mode}.bmp")
        expect(f"pil_{mode}.bmp", "image", np.asarray(im.convert("RGB")))
    H, W = 9, 13
    palette = rng.integers(0, 256, (16, 3), dtype=np.uint8)
    bgr0 = b"".join(bytes([c[2], c[1], c[0], 0]) for c in palette)
    a = rng.integers(0, 16, (H, W), dtype=np.uint16)
    rows = pack_rows(a, 4)
    (out / "four.bmp").write_bytes(bmp(W, H, 4, 0, bmp_rows(rows[::-1]), bgr0))
    (out / "top_down.bmp").write_bytes(bmp(W, -H, 4, 0, bmp_rows(rows), bgr0))
    for name in ("four.bmp", "top_down.bmp"):
        expect(name, "image", palette[a])
        expect(name, "mask", a, "indexed", 4)
    core = b"BM" + struct.pack("<IHHI", 0, 0, 0, 26 + 48) + struct.pack("<IHHHH", 12, W, H, 1, 4)
    (out / "core.bmp").write_bytes(core + b"".join(bytes([c[2], c[1], c[0]]) for c in palette) + bmp_rows(rows[::-1]))
    expect("core.bmp", "image", palette[a])
    runs = b""
    for y in range(H - 1, -1, -1):
        row = a[y]
        runs += bytes([3, row[0]]) if row[0] == row[1] == row[2] else b""
        start = 3 if row[0] == row[1] == row[2] else 0
        literal = bytes(row[start:].astype(np.uint8))
        runs += bytes([0, len(literal)]) + literal + b"\0" * (len(literal) % 2) + b"\0\0"
    (out / "rle8.bmp").write_bytes(bmp(W, H, 8, 1, runs + b"\0\1", bgr0))
    expect("rle8.bmp", "mask", a, "indexed", 8)
    stripes = np.tile(np.array([1, 2], np.uint16), 7)[:W]
    runs = (bytes([W, 0x12]) + b"\0\0") * 2 + bytes([0, 2, 3, 2])  # two rows of stripes, then a jump right 3, up 2
    runs += bytes([0, 5, 0x45, 0x67, 0x80, 0]) + b"\0\1"
    want = np.zeros((H, W), np.uint16)
    want[H - 1] = want[H - 2] = stripes
    want[H - 5, 3:8] = [4, 5, 6, 7, 8]
    (out / "rle4.bmp").write_bytes(bmp(W, H, 4, 2, runs, bgr0))
    expect("rle4.bmp", "mask", want, "indexed", 4)
    v = rng.integers(0, 65536, (H, W), dtype=np.uint16)
    rows = [v[y].astype("<u2").tobytes() for y in range(H - 1, -1, -1)]
    scale = lambda field, most: (field.astype(np.int64) * 255 + most // 2) // most
    (out / "555.bmp").write_bytes(bmp(W, H, 16, 0, bmp_rows(rows)))
    expect("555.bmp", "image", np.stack([scale(v >> 10 & 31, 31), scale(v >> 5 & 31, 31), scale(v & 31, 31)], -1))
    (out / "565.bmp").write_bytes(bmp(W, H, 16, 3, bmp_rows(rows), masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)))
    expect("565.bmp", "image", np.stack([scale(v >> 11 & 31, 31), scale(v >> 5 & 63, 63), scale(v & 31, 31)], -1))
    rgba = rng.integers(0, 256, (H, W, 4), dtype=np.uint8)
    rows = [rgba[y][:, [2, 1, 0, 3]].tobytes() for y in range(H - 1, -1, -1)]
    (out / "32.bmp").write_bytes(bmp(W, H, 32, 0, bmp_rows(rows)))
    expect("32.bmp", "image", rgba[..., :3])  # the fourth byte means nothing here


def make_pnm():
    H, W = 9, 13
    bits = rng.integers(0, 2, (H, W), dtype=np.uint16)
    (out / "p1.pbm").write_text(f"P1\n# a comment\n{W} {H}\n" + "\n".join("".join(map(str, row)) for row in bits) + "\n")
    (out / "p4.pbm").write_bytes(f"P4\n{W} {H}\n".encode() + b"".join(pack_rows(bits, 1)))
    for name in ("p1.pbm", "p4.pbm"):
        expect(name, "mask", bits, "grey", 1)
        expect(name, "image", (1 - bits) * 255)
    for most in (1, 15, 255, 1000, 65535):
        grey = rng.integers(0, most + 1, (H, W), dtype=np.uint16)
        rgb = rng.integers(0, most + 1, (H, W, 3), dtype=np.uint16)
        wide = most > 255
        for kind, a in ((2, grey), (3, rgb)):
            text = f"P{kind} {W} {H} # size\n{most}\n" + "\n".join(" ".join(map(str, row.reshape(-1))) for row in a)
            (out / f"p{kind}_{most}.pnm").write_text(text)
            binary = f"P{kind + 3}\n#x\n{W}\t{H}\n{most}\n".encode() + a.astype(">u2" if wide else np.uint8).tobytes()
            (out / f"p{kind + 3}_{most}.pnm").write_bytes(binary)
            for k in (kind, kind + 3):
                full = 65535 if wide else 255
                expect(f"p{k}_{most}.pnm", "image16" if wide else "image", (a.astype(np.int64) * full + most // 2) // most)
                if kind == 2:
                    expect(f"p{k}_{most}.pnm", "mask", a, "grey", 16 if wide else 8)


make_png()
make_jpeg()
make_tiff()
make_webp()
make_bmp()
make_pnm()
(out / "list.tsv").write_text("\n".join(lines) + "\n")

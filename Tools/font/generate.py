#!/usr/bin/env python3
"""Renders DejaVu Sans to the glyph atlas that the heat map's legend is written with.

    python3 Tools/font/generate.py DejaVuSans.ttf Sources/CAssets/data/font.bin

DejaVu fonts are free to embed and to redistribute (Bitstream Vera and DejaVu licence). Needs Pillow.

The file, all numbers little-endian:

    magic    4 bytes  "CXF1"
    em       u16      size of the em square in pixels
    ascent   u16      base line below the top of a line, pixels
    height   u16      height of a line, pixels
    count    u16      number of glyphs, ascending by code point
    glyphs   count x 16 bytes: code point u32, advance u16, left i16, top i16 (below the top of the line),
                      width u8, height u8, offset u32 (into the coverage bytes)
    coverage 1 byte for two pixels, the left one in the high four bits, rows padded to whole bytes
"""
import struct
import sys

from PIL import Image, ImageDraw, ImageFont

EM = 64  # Larger than any size drawn (a 2500-row image needs about 45), so that glyphs are only ever scaled down.
CHARACTERS = sorted([chr(c) for c in range(0x20, 0x7F)] + list("°·×–≥≤%"), key=ord)


def main():
    font = ImageFont.truetype(sys.argv[1], EM)
    ascent, descent = font.getmetrics()
    table, coverage = b"", b""
    characters = sorted(set(CHARACTERS), key=ord)
    for character in characters:
        left, top, right, bottom = font.getbbox(character)
        width, height = max(0, right - left), max(0, bottom - top)
        image = Image.new("L", (max(1, width), max(1, height)), 0)
        ImageDraw.Draw(image).text((-left, -top), character, fill=255, font=font)
        if character == " ":
            width = height = left = top = 0
        table += struct.pack("<IHhhBBI", ord(character), round(font.getlength(character)), left, top, width, height,
                             len(coverage))
        for y in range(height):
            row = [(image.getpixel((x, y)) * 15 + 127) // 255 for x in range(width)]
            row += [0] * (len(row) % 2)
            coverage += bytes(a << 4 | b for a, b in zip(row[::2], row[1::2]))
    header = b"CXF1" + struct.pack("<HHHH", EM, ascent, ascent + descent, len(characters))
    with open(sys.argv[2], "wb") as file:
        file.write(header + table + coverage)
    print(len(characters), "glyphs,", len(header + table + coverage), "bytes")


main()

#!/usr/bin/env python3
"""Writes the colour table of the heat map: matplotlib's "plasma" (CC0), perceptually even, safe for colour-blind eyes.

    python3 Tools/colourmap/generate.py > Sources/Radiography/HeatColours.generated.swift

Needs matplotlib.
"""
import matplotlib

table = [matplotlib.colormaps["plasma"](i, bytes=True)[:3] for i in range(256)]
print("// Made by Tools/colourmap/generate.py; do not edit.")
print()
print("enum HeatColours {")
print("    /// Red, green, blue for each of 256 levels, coldest first.")
print("    static let table: [UInt8] = [")
for i in range(0, 256, 8):
    print("        " + " ".join("%d, %d, %d," % tuple(int(v) for v in rgb) for rgb in table[i:i + 8]))
print("    ]")
print("}")

#!/usr/bin/env python3
"""The way from stored pixels to the network's input, written a second time, in numpy, from the standard.

    pixel_reference.py CXRGATE FOLDER [--seed N]

Makes one synthetic radiograph in FOLDER, stores it in many ways (bits, sign, polarity, modality and VOI transforms,
padding, foreign bits above the picture), lets the product predict each file, and compares

- the network's input with this pipeline, pixel by pixel (at most TOLERANCE apart, in units after normalisation);
- for pairs that show one picture (MONOCHROME1 and MONOCHROME2): probability within 1e-6, Grad-CAM evidence equal.

Source: PS3.3 C.7.6.3, C.7.5.1.1.2, C.11.1, C.11.2, C.11.6; PS3.4 N.2. The last steps (percentiles, averaging of areas)
are those of the model card. Prints one line for each way, and exits with the number of those that failed.
"""
import argparse
import copy
import json
import subprocess
import sys
from pathlib import Path

import numpy
import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE

# The product's grid has 65,536 steps of gray; a step, stretched by percentiles and divided by the standard deviation,
# is some 5e-5.
TOLERANCE = 2e-4
SAME_PROBABILITY = 1e-6


# ---- the reference

def stored_values(data):
    cells = numpy.frombuffer(data.PixelData, dtype="<u2" if data.BitsAllocated == 16 else "u1")
    cells = cells[:data.Rows * data.Columns].astype(numpy.int64).reshape(data.Rows, data.Columns)
    values = (cells >> (data.HighBit + 1 - data.BitsStored)) & ((1 << data.BitsStored) - 1)
    if data.PixelRepresentation == 1:
        values = numpy.where(values >= 1 << (data.BitsStored - 1), values - (1 << data.BitsStored), values)
    return values


def through_table(item, values):
    count, first, bits = (int(number) for number in item.LUTDescriptor)
    data = item.LUTData
    table = (numpy.frombuffer(data, "<u2") if isinstance(data, bytes) else numpy.asarray(data)).astype(numpy.float64)
    return table[numpy.clip(numpy.rint(values).astype(numpy.int64) - first, 0, (count or 65536) - 1)], (1 << bits) - 1


def picture(data):
    """0 black … 1 white, and which pixels are no padding."""
    stored = stored_values(data)
    is_picture = numpy.ones(stored.shape, dtype=bool)
    if "PixelPaddingValue" in data:
        ends = sorted((int(data.PixelPaddingValue), int(data.get("PixelPaddingRangeLimit", data.PixelPaddingValue))))
        is_picture = (stored < ends[0]) | (stored > ends[1])
    if "ModalityLUTSequence" in data:
        values, _ = through_table(data.ModalityLUTSequence[0], stored)
    else:
        values = stored * float(data.get("RescaleSlope", 1)) + float(data.get("RescaleIntercept", 0))
    if "VOILUTSequence" in data:
        output, top = through_table(data.VOILUTSequence[0], values)
        gray = output / top
    elif "WindowCenter" in data:
        center, width = float(data.WindowCenter), float(data.WindowWidth)
        function = data.get("VOILUTFunction", "LINEAR")
        if function == "SIGMOID":
            gray = 1 / (1 + numpy.exp(-4 * (values - center) / width))
        elif function == "LINEAR_EXACT":
            gray = (values - center) / width + 0.5
        else:
            gray = (values - (center - 0.5)) / (width - 1) + 0.5
    else:
        low, high = values[is_picture].min(), values[is_picture].max()
        gray = (values - low) / (high - low)
    gray = numpy.clip(gray, 0, 1)
    if data.PhotometricInterpretation == "MONOCHROME1" or data.get("PresentationLUTShape") == "INVERSE":
        gray = 1 - gray
    return numpy.where(is_picture, gray, 0), is_picture


def weights(source, target):
    matrix = numpy.zeros((target, source))
    for cell in range(target):
        start, end = cell * source / target, (cell + 1) * source / target
        for place in range(int(start), min(source, int(numpy.ceil(end)))):
            matrix[cell, place] = max(0, min(place + 1, end) - max(place, start)) / (end - start)
    return matrix


def network_input(data, height, width, mean, deviation):
    gray, is_picture = picture(data)
    ordered = numpy.sort(gray[is_picture])
    low, high = (ordered[max(0, int(numpy.ceil(part * len(ordered))) - 1)] for part in (0.005, 0.995))
    stretched = numpy.clip((gray - low) / (high - low), 0, 1)
    small = weights(gray.shape[0], height) @ stretched @ weights(gray.shape[1], width).T
    return (small - mean) / deviation


# ---- the ways to store one picture

def put(data, cells, bits, allocated=16, signed=False, high_bit=None, photometric="MONOCHROME2"):
    data.BitsStored, data.BitsAllocated, data.PixelRepresentation = bits, allocated, int(signed)
    data.HighBit = bits - 1 if high_bit is None else high_bit
    data.PhotometricInterpretation = photometric
    data.PixelData = (cells & ((1 << allocated) - 1)).astype("<u2" if allocated == 16 else "u1").tobytes()
    data.PresentationLUTShape = "INVERSE" if photometric == "MONOCHROME1" else "IDENTITY"


def table(values, first, bits, explanation):
    item = Dataset()
    item.add_new(0x00283002, "US", [len(values) % 65536, first, bits])
    item.add_new(0x00283003, "LO", explanation)
    item.add_new(0x00283004, "LO", "US")
    item.add_new(0x00283006, "OW", numpy.asarray(values).astype("<u2").tobytes())
    return Sequence([item])


def ways(base):
    """Name, data set, and the name of the way that shows the same picture (or None)."""
    gray, _ = picture(base)
    clean = copy.deepcopy(base)
    for keyword in ("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence", "ModalityLUTSequence",
                    "RescaleSlope", "RescaleIntercept", "RescaleType", "PixelPaddingValue"):
        if keyword in clean:
            delattr(clean, keyword)

    def made(cells, bits, edit=None, **options):
        data = copy.deepcopy(clean)
        put(data, cells, bits, **options)
        if edit:
            edit(data)
        return data

    for bits in (8, 10, 12, 15, 16):
        top = (1 << bits) - 1
        cells = numpy.rint(gray * top).astype(numpy.int64)
        allocated = 8 if bits == 8 else 16
        yield f"{bits} bits", made(cells, bits, allocated=allocated), None
        yield (f"{bits} bits, MONOCHROME1", made(top - cells, bits, allocated=allocated, photometric="MONOCHROME1"),
               f"{bits} bits")
    cells = numpy.rint(gray * 4095).astype(numpy.int64)
    window = {"WindowCenter": "1800", "WindowWidth": "2600"}

    def with_window(function=None, **more):
        def edit(data):
            for keyword, value in {**window, **more}.items():
                setattr(data, keyword, value)
            if function:
                data.VOILUTFunction = function
        return edit
    yield "window", made(cells, 12, with_window()), None
    # The linear window lies half a step low, so that its mirror is one step beside the mirrored centre.
    yield ("window, MONOCHROME1", made(4095 - cells, 12, with_window(WindowCenter="2296"), photometric="MONOCHROME1"),
           "window")
    yield "window LINEAR_EXACT", made(cells, 12, with_window("LINEAR_EXACT")), None
    yield "window SIGMOID", made(cells, 12, with_window("SIGMOID")), None
    yield "signed", made(cells - 2048, 12, signed=True), None
    yield "signed with window", made(cells - 2048, 12, with_window(WindowCenter="-248"), signed=True), "window"
    rescale = {"RescaleSlope": "2", "RescaleIntercept": "-1024", "RescaleType": "US"}
    yield "rescale with window", made(
        cells, 12, with_window(**rescale, WindowCenter="2576", WindowWidth="5200")), None
    yield "negative slope", made(
        cells, 12, with_window(RescaleSlope="-1", RescaleIntercept="4095", WindowCenter="2296")), None
    curve = numpy.rint((numpy.arange(4096) / 4095) ** 0.6 * 65535)
    yield "modality LUT", made(
        cells, 12, lambda data: setattr(data, "ModalityLUTSequence", table(curve, 0, 16, "gamma"))), None
    yield "VOI LUT", made(
        cells, 12, lambda data: setattr(data, "VOILUTSequence", table(curve, 0, 16, "gamma"))), None
    yield "VOI LUT of 12 bits, first entry 500", made(
        cells, 12, lambda data: setattr(
            data, "VOILUTSequence", table(numpy.rint(numpy.arange(3000) / 2999 * 4095), 500, 12, "line"))), None
    padded = cells.copy()
    padded[:, :40] = 0
    padded[:30, :] = 0
    inside = numpy.maximum(padded, 1)
    inside[padded == 0] = 0
    yield "padding", made(inside, 12, lambda data: data.add_new(0x00280120, "US", 0)), None
    yield "padding range", made(
        numpy.where(padded == 0, 4090, numpy.minimum(cells, 4080)), 12,
        lambda data: (data.add_new(0x00280120, "US", 4085), data.add_new(0x00280121, "US", 4095))), None
    yield "padding, MONOCHROME1", made(
        numpy.where(inside == 0, 4095, 4095 - inside), 12, lambda data: data.add_new(0x00280120, "US", 4095),
        photometric="MONOCHROME1"), "padding"
    noise = numpy.random.default_rng(1).integers(0, 16, cells.shape)
    yield "foreign bits above", made(cells | noise << 12, 12), "12 bits"
    yield "foreign bits below", made(cells << 4 | noise, 12, high_bit=15), "12 bits"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cxrgate")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([options.cxrgate, "data", "generate", options.folder, "--seed", str(options.seed), "--count", "1",
                    "--rows", "600", "--columns", "500"], check=True, capture_output=True)
    base = pydicom.dcmread(options.folder / f"phantom-{options.seed}.dcm")
    shown = list(ways(base))
    files = []
    for number, (name, data, _) in enumerate(shown):
        files.append(str(options.folder / f"way-{number}.dcm"))
        data.save_as(files[-1], enforce_file_format=True)
    answer = subprocess.run([options.cxrgate, "predict", "--json", "--raw", *files], capture_output=True, text=True)
    said = json.loads(answer.stdout)
    card = json.loads((Path(__file__).parents[2] / "Sources/CAssets/data/model.json").read_text())["input"]
    by_name, failures, worst = {}, 0, 0
    for (name, data, same_as), row in zip(shown, said, strict=True):
        if row["error"]:
            print(f"FAILED {name}: {row['error']}")
            failures += 1
            continue
        theirs = numpy.asarray(row["input"]).reshape(card["height"], card["width"])
        ours = network_input(data, card["height"], card["width"], card["mean"], card["std"])
        difference = float(numpy.abs(theirs - ours).max())
        worst = max(worst, difference)
        by_name[name] = row
        faults = [] if difference <= TOLERANCE else ["input differs"]
        text = f"input within {difference:.1e}, probability {row['probability']:.6f}"
        if same_as:
            apart = abs(row["probability"] - by_name[same_as]["probability"])
            is_same_map = row["evidence"] == by_name[same_as]["evidence"]
            text += f"; against '{same_as}': {apart:.1e}, heat map {'equal' if is_same_map else 'differs'}"
            faults += ["probability differs"] * (apart > SAME_PROBABILITY) + ["heat map differs"] * (not is_same_map)
        failures += bool(faults)
        print(f"{'ok    ' if not faults else 'FAILED'} {name}: {text}")
    print(f"{len(shown)} ways to store a picture, {failures} failed, input within {worst:.1e} of the reference")
    sys.exit(min(failures, 100))


main()

"""Writing burned into images, as a console or a scanner would do it."""
import copy
import io

import numpy
import pydicom
from PIL import Image, ImageDraw, ImageFont
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit


def burned(images, source, name, text, top=20, left=16, size=26, level=None, **attributes):
    """A copy of an uncompressed image with a line of text in its brightest stored value; returns the file and the box
    of the writing (top, left, bottom, right)."""
    data_set = copy.deepcopy(pydicom.dcmread(source))
    pixels = data_set.pixel_array.copy()
    writing = Image.new("L", (pixels.shape[1], pixels.shape[0]), 0)
    font = ImageFont.load_default(size=size)
    ImageDraw.Draw(writing).text((left, top), text, fill=255, font=font)
    ink = numpy.array(writing) >= 128
    bright = int(pixels.max()) if level is None else level
    pixels[ink] = bright
    data_set.PixelData = pixels.tobytes()
    for attribute, value in attributes.items():
        setattr(data_set, attribute, value)
    target = images.folder / name
    data_set.save_as(target, enforce_file_format=True)
    rows, columns = numpy.nonzero(ink)
    return target, (int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1)


def as_jpeg(images, source, name, comment=b"", behind=b""):
    """A copy as JPEG Baseline, 8 bits; `comment` goes into a COM segment, `behind` behind the end of the image."""
    data_set = copy.deepcopy(pydicom.dcmread(source))
    pixels = data_set.pixel_array.astype(float)
    span = max(1.0, pixels.max() - pixels.min())
    eight = ((pixels - pixels.min()) * 255 / span).round().astype(numpy.uint8)
    if data_set.PhotometricInterpretation == "MONOCHROME1":
        eight = 255 - eight
    stream = io.BytesIO()
    Image.fromarray(eight).save(stream, "JPEG", quality=95)
    jpeg = stream.getvalue()
    if comment:
        jpeg = jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]
    jpeg += behind
    data_set.PixelData = encapsulate([jpeg])
    data_set["PixelData"].is_undefined_length = True
    data_set.PhotometricInterpretation = "MONOCHROME2"
    data_set.BitsAllocated = data_set.BitsStored = 8
    data_set.HighBit, data_set.PixelRepresentation = 7, 0
    for keyword in ("WindowCenter", "WindowWidth", "PresentationLUTShape", "RescaleSlope", "RescaleIntercept",
                    "PixelIntensityRelationshipSign", "PixelPaddingValue", "SmallestImagePixelValue",
                    "LargestImagePixelValue"):
        if keyword in data_set:
            delattr(data_set, keyword)
    data_set.LossyImageCompression = "01"
    data_set.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    target = images.folder / name
    data_set.save_as(target, enforce_file_format=True)
    return target

"""Images to send: synthetic ones by the product itself, edits of them, and those of the test data folder."""
import copy
import subprocess
from pathlib import Path

import pydicom

pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


class Images:
    """Makes and finds images. `folder` is a temporary one; `data` the test data, or `None`."""

    def __init__(self, binary, folder, data):
        self.binary, self.folder, self.data = binary, Path(folder), data
        self.folder.mkdir(parents=True, exist_ok=True)

    def synthetic(self, seed, count=1, rows=512, columns=420):
        """Radiographs of fictitious patients: one study and one patient for each seed."""
        subprocess.run(
            [self.binary, "data", "generate", self.folder, "--seed", str(seed), "--count", str(count), "--rows",
             str(rows), "--columns", str(columns)], check=True, capture_output=True, text=True, timeout=300)
        files = [self.folder / f"phantom-{number}.dcm" for number in range(seed, seed + count)]
        return files if count > 1 else files[0]

    def wrapped(self, picture, seed):
        """A picture as a CR object of a fictitious patient."""
        file = self.folder / f"wrapped-{seed}.dcm"
        subprocess.run(
            [self.binary, "data", "wrap", picture, file, "--seed", str(seed)], check=True, capture_output=True,
            text=True, timeout=300)
        return file

    def edited(self, file, name, edit):
        """A copy of an image after `edit(data_set)`; the file meta information follows the data set."""
        data_set = copy.deepcopy(pydicom.dcmread(file))
        edit(data_set)
        data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
        data_set.file_meta.MediaStorageSOPClassUID = data_set.SOPClassUID
        target = self.folder / name
        data_set.save_as(target, enforce_file_format=True)
        return target

    def changed(self, file, name, change):
        """A copy of an image after `change(bytearray)`."""
        content = bytearray(Path(file).read_bytes())
        change(content)
        target = self.folder / name
        target.write_bytes(content)
        return target


def uid_of(file):
    """SOP Instance UID of a file."""
    return str(pydicom.dcmread(file, specific_tags=["SOPInstanceUID"]).SOPInstanceUID)


def data_set_bytes(file):
    """What lies behind the file meta information: the data set as it would go over the network."""
    content = Path(file).read_bytes()
    length = int.from_bytes(content[140:144], "little")
    return content[144 + length:]


def part10(target, data_set, sop_class, sop_instance, syntax="1.2.840.10008.1.2.1"):
    """A file whose meta information says this, and whose data set is whatever the bytes are."""
    meta = pydicom.dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, sop_instance
    meta.TransferSyntaxUID = syntax
    with open(target, "wb") as output:
        output.write(b"\0" * 128 + b"DICM")
        pydicom.filewriter.write_file_meta_info(output, meta, enforce_standard=True)
        output.write(data_set)
    return Path(target)

"""What is burned into pixels, or hidden beside them, does not pass clearance unseen.

Requirement: text in the pixels is held, covered or refused by the site's rule, and markers of side pass; a held image
waits for a person and goes on when released; covered pixels are really changed and the object says so; comments of a
compressed stream are taken out.
"""
import numpy
import pydicom
import pytest

from kit.modality import send
from kit.pixels import as_jpeg, burned
from kit.processes import wait_for

NAME = "NIGHTINGALE FLORENCE"


@pytest.fixture(scope="module")
def masking(make_gateway, pacs):
    """A gateway that covers text, and knows a region of the synthetic modality."""
    gateway = make_gateway("masking", deidentification_pixels_text="mask").start()
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    return gateway


def in_state(gateway, state):
    return wait_for(f"an image is {state}", lambda: gateway.states().get(state), seconds=60)


def newest(gateway, kind, **wanted):
    return gateway.journal(kind=kind, **wanted)[-1]


def opened(gateway, instance):
    """The image as analysis sees it."""
    target = gateway.folder / f"{instance}.dcm"
    gateway.ask("instance", "open", instance, target, "--reason", "test")
    return target


def overlaps(place, box):
    """A place as `quarantine show` words it, against a box."""
    numbers = [int(word.strip(",")) for word in place.split() if word.strip(",").isdigit()]
    top, bottom, left, right = numbers
    return top < box[2] and bottom > box[0] and left < box[3] and right > box[1]


def test_an_ordinary_image_with_a_marker_passes(gateway, pacs, images):
    file, _ = burned(images, images.synthetic(seed=5000), "marker.dcm", "L", top=40, left=360, size=48)
    send(gateway, file)
    pacs.wait_for_results(file)
    assert not gateway.journal(kind="hold")


def test_a_burned_in_name_is_held_and_released_by_a_person(gateway, pacs, images):
    file, box = burned(images, images.synthetic(seed=5001), "held.dcm", NAME)
    send(gateway, file)
    in_state(gateway, "held")
    held, = gateway.ask("quarantine", "list")
    assert held["reason"] == "CLR-001"
    shown = gateway.ask("quarantine", "show", held["id"])
    assert any(overlaps(place, box) for place in shown["pixels"]["text"]), shown
    assert newest(gateway, "hold", subject=held["id"])["details"]["why"] == "text is burned into the pixels"
    assert "NIGHTINGALE" not in gateway.answers.read_text()

    gateway.ask("quarantine", "release", held["id"], "--reason", "the name of the hospital")
    pacs.wait_for_results(file)
    assert newest(gateway, "release", subject=held["id"])["details"]["held"] == "CLR-001"
    gateway.assert_journal_verifies()


def test_a_held_image_can_be_rejected(gateway, images):
    file, _ = burned(images, images.synthetic(seed=5002), "rejected.dcm", "19.04.1956 ID 4471209")
    send(gateway, file)
    in_state(gateway, "held")
    held, = gateway.ask("quarantine", "list")
    gateway.ask("quarantine", "reject", held["id"], "--reason", "a name is burned in")
    assert gateway.ask("quarantine", "list") == []
    assert newest(gateway, "reject", subject=held["id"])


def test_an_object_that_says_that_something_is_burned_in_is_held(gateway, images):
    before = len(gateway.ask("quarantine", "list"))
    file = images.edited(images.synthetic(seed=5003), "says-yes.dcm", lambda d: setattr(d, "BurnedInAnnotation", "YES"))
    send(gateway, file)
    wait_for("it is held", lambda: len(gateway.ask("quarantine", "list")) > before)
    assert {entry["reason"] for entry in gateway.ask("quarantine", "list")} == {"CLR-002"}


def test_covered_pixels_are_really_changed_and_the_object_says_so(masking, pacs, images):
    file, (top, left, bottom, right) = burned(
        images, images.synthetic(seed=5010), "masked.dcm", NAME, BurnedInAnnotation="NO")
    send(masking, file)
    pacs.wait_for_results(file)
    instance = newest(masking, "deidentify", outcome="cleaned")["subject"]
    result = pydicom.dcmread(opened(masking, instance))
    pixels = result.pixel_array
    covered = pixels[top:bottom, left:right]
    assert covered.min() == covered.max()
    original = pydicom.dcmread(file).pixel_array
    assert numpy.array_equal(pixels[bottom + 60:], original[bottom + 60:])
    assert result.BurnedInAnnotation == "NO"
    assert "113101" in [item.CodeValue for item in result.DeidentificationMethodCodeSequence]
    # What came first is gone from the disk.
    files = [path.name for path in masking.data.rglob(f"{instance}*.sealed") if ".result." not in path.name]
    assert files == [f"{instance}.cleared.sealed"]


def test_a_comment_in_a_compressed_stream_is_taken_out(masking, pacs, images):
    marker = b"NIGHTINGALE^FLORENCE"
    file = as_jpeg(images, images.synthetic(seed=5011), "comment.dcm", comment=marker, behind=marker)
    assert marker in file.read_bytes()
    send(masking, file)
    pacs.wait_for_results(file)
    entry = newest(masking, "deidentify", outcome="cleaned")
    assert entry["details"]["residue"] == "comment trailing"
    result = opened(masking, entry["subject"])
    assert marker not in result.read_bytes()
    assert numpy.array_equal(pydicom.dcmread(result).pixel_array, pydicom.dcmread(file).pixel_array)


def test_text_is_refused_where_the_site_says_so(make_gateway, images):
    gateway = make_gateway("refusing", deidentification_pixels_text="refuse").start()
    gateway.add_source("CR1")
    file, _ = burned(images, images.synthetic(seed=5020), "refused.dcm", NAME)
    send(gateway, file)
    in_state(gateway, "refused")
    assert newest(gateway, "refuse")["outcome"] == "CLR-001"
    assert gateway.ask("quarantine", "list") == []


def test_regions_of_the_table_are_covered(make_gateway, pacs, images, tmp_path):
    table = tmp_path / "masks.tsv"
    table.write_text("# the synthetic modality\ncxr*\tSynth*\t*\t512\t420\t0,0,60,0;-20,-30,0,0\n")
    gateway = make_gateway("regions", deidentification_pixels_masks=table).start()
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    file, _ = burned(images, images.synthetic(seed=5030), "regions.dcm", NAME)
    send(gateway, file)
    pacs.wait_for_results(file)
    entry = newest(gateway, "deidentify", outcome="cleaned")
    assert entry["details"]["masked"] == "2"
    pixels = pydicom.dcmread(opened(gateway, entry["subject"])).pixel_array
    for region in (pixels[:60], pixels[-20:, -30:]):
        assert region.min() == region.max()


def test_a_table_of_masks_that_cannot_be_used_keeps_the_gateway_from_starting(make_gateway, tmp_path):
    table = tmp_path / "masks.tsv"
    table.write_text("one field only\n")
    finished = make_gateway("wrong-table").run("check", deidentification_pixels_masks=table)
    assert finished.returncode == 78
    assert "line 1 of the table of masks" in finished.stderr + finished.stdout


def test_a_file_is_cleaned_by_command(masking, images):
    file, (top, left, bottom, right) = burned(images, images.synthetic(seed=5040), "file.dcm", NAME)
    target = images.folder / "file-clean.dcm"
    answer = masking.ask("instance", "deidentify", file, target, "--clean-pixels")
    assert answer["pixels"]["text"] >= 1
    result = pydicom.dcmread(target)
    covered = result.pixel_array[top:bottom, left:right]
    assert covered.min() == covered.max()
    assert result.BurnedInAnnotation == "NO"
    assert "113101" in [item.CodeValue for item in result.DeidentificationMethodCodeSequence]
    answer, = masking.ask("instance", "pixels", target)
    assert answer == {"searched": True, "text": [], "residue": []}


def test_a_compressed_file_is_cleaned_by_command(masking, images):
    file, (top, left, bottom, right) = burned(images, images.synthetic(seed=5041), "file2.dcm", NAME)
    compressed = as_jpeg(images, file, "file2-jpeg.dcm", comment=b"NIGHTINGALE^FLORENCE")
    target = images.folder / "file2-clean.dcm"
    answer = masking.ask("instance", "deidentify", compressed, target, "--clean-pixels")
    assert answer["pixels"]["residue"] == ["comment"]
    result = pydicom.dcmread(target)
    assert result.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    covered = result.pixel_array[top:bottom, left:right]
    assert covered.min() == covered.max()
    assert b"NIGHTINGALE" not in target.read_bytes()

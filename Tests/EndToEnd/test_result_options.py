"""What a site may ask for beside report and heat map.

Requirement: a side-by-side heat map by option; by configuration a presentation state with the region on the source
image, and a key object selection; each belongs to the study of its source and has no error in the validators.
"""
import pydicom
import pytest

from kit.images import uid_of
from kit.modality import send
from kit.pacs import COMPREHENSIVE_3D_SR, SECONDARY_CAPTURE
from kit.processes import wait_for
from kit.validators import dciodvfy_errors

PRESENTATION_STATE, KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.11.1", "1.2.840.10008.5.1.4.1.1.88.59"


@pytest.fixture(scope="module")
def results(make_gateway, pacs, images, data, folder):
    """Everything that comes of one radiograph with a finding, by SOP class; and the radiograph."""
    picture = sorted((data / "kermany").glob("*original*/PNEUMONIA/*.jp*g"))[0]
    source = images.wrapped(picture, seed=4711)
    gateway = make_gateway("options", study_quiet_seconds=0, results_layout="side_by_side",
                           results_objects="presentation_state, key_objects").start()
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    send(gateway, source)
    study = str(pydicom.dcmread(source, stop_before_pixels=True).StudyInstanceUID)
    wait_for("four objects", lambda: len(pacs.of_study(study)) == 4)
    gateway.wait_until_idle()
    found = {}
    for number, content in enumerate(pacs.files()):
        file = folder / f"result-{number}.dcm"
        file.write_bytes(content)
        data_set = pydicom.dcmread(file)
        if str(data_set.StudyInstanceUID) == study:
            found[str(data_set.SOPClassUID)] = (file, data_set)
    return source, found


def test_each_object_comes_once_in_a_series_of_its_own(results):
    source, found = results
    assert found.keys() == {COMPREHENSIVE_3D_SR, SECONDARY_CAPTURE, PRESENTATION_STATE, KEY_OBJECTS}
    assert len({str(data.SeriesInstanceUID) for _, data in found.values()}) == 4
    assert {str(data.PatientID) for _, data in found.values()} == {str(pydicom.dcmread(source).PatientID)}


def test_no_validator_finds_an_error(results):
    wrong = {name: dciodvfy_errors(file) for name, (file, _) in results[1].items()}
    assert not any(wrong.values()), wrong


def test_the_heat_map_stands_beside_the_source(results):
    source, found = results
    image, capture = pydicom.dcmread(source), found[SECONDARY_CAPTURE][1]
    assert (capture.Rows, capture.Columns) == (image.Rows, 2 * image.Columns)
    assert capture.SourceImageSequence[0].SpatialLocationsPreserved == "NO"
    left = capture.pixel_array[image.Rows // 2, :image.Columns]
    assert (left[:, 0] == left[:, 1]).all() and (left[:, 1] == left[:, 2]).all(), "the source is gray"


def test_the_presentation_state_and_the_key_objects_point_at_the_source(results):
    source, found = results
    state, keys = found[PRESENTATION_STATE][1], found[KEY_OBJECTS][1]
    assert state.ReferencedSeriesSequence[0].ReferencedImageSequence[0].ReferencedSOPInstanceUID == uid_of(source)
    assert state.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicType == "POLYLINE"
    chosen = [item for item in keys.ContentSequence if item.ValueType == "IMAGE"]
    assert [item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for item in chosen] == [uid_of(source)]

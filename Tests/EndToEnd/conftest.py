"""The fixtures: the product's binary, the data folder, a gateway, a PACS. Every process ends with its fixture."""
import os
import random
import shutil
import tempfile
from pathlib import Path

import pytest

from kit.gateway import Gateway
from kit.images import Images
from kit.pacs import Orthanc, RecordingPacs

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def binary():
    """The executable: CXRGATE names it; otherwise the debug build."""
    path = Path(os.environ.get("CXRGATE", REPOSITORY / ".build/debug/cxrgate"))
    assert os.access(path, os.X_OK), f"there is no cxrgate at {path}; build it, or set CXRGATE"
    return path.resolve()


@pytest.fixture(scope="session")
def data():
    """The test data folder: unset is a skip that says so; set but unusable is a failure."""
    name = os.environ.get("CXR_TEST_DATA")
    if name is None:
        pytest.skip("CXR_TEST_DATA is not set: no real images to test with")
    path = Path(name)
    assert (path / "dicom/chest").is_dir(), f"CXR_TEST_DATA is set, but {path}/dicom/chest is not there"
    return path


@pytest.fixture(scope="session")
def orthanc_executable():
    path = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin:/usr/local/sbin")
    assert path, "Orthanc is not installed: apt-get install orthanc"
    return path


@pytest.fixture(scope="session")
def seed():
    """Decides what is random in a run; CXR_TEST_SEED repeats one."""
    value = int(os.environ.get("CXR_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"CXR_TEST_SEED={value}")
    return value


@pytest.fixture(scope="module")
def folder(tmp_path_factory, request):
    """A folder for the whole file of tests."""
    return tmp_path_factory.mktemp(request.module.__name__)


@pytest.fixture(scope="module")
def images(binary, folder):
    return Images(binary, folder / "images", os.environ.get("CXR_TEST_DATA"))


@pytest.fixture(scope="module")
def meeting_place():
    """A folder that every user reaches: the gateway's own is its owner's alone."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="cxrgate-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def make_gateway(binary, folder):
    """Makes gateways, each with a data directory of its own: `make_gateway("name", results_heatmap="never")`."""
    made = []

    def make(name="gateway", **settings):
        gateway = Gateway(binary, folder / name, **settings)
        made.append(gateway)
        return gateway
    yield make
    outlived = [entry for gateway in made for entry in gateway.end()]
    assert not outlived, f"left running behind their supervisor: {outlived}"


@pytest.fixture(scope="module")
def make_pacs(orthanc_executable, folder):
    made = []

    def make(name="pacs"):
        pacs = Orthanc(folder / name, orthanc_executable)
        made.append(pacs)
        return pacs.start()
    yield make
    for pacs in made:
        pacs.end()


@pytest.fixture(scope="module")
def make_recorder():
    made = []

    def make(**settings):
        recorder = RecordingPacs(**settings)
        made.append(recorder)
        return recorder.start()
    yield make
    for recorder in made:
        recorder.end()


@pytest.fixture(scope="module")
def pacs(make_pacs):
    return make_pacs()


@pytest.fixture(scope="module")
def gateway(make_gateway, pacs):
    """A running gateway that takes images from CR1 and sends results to Orthanc."""
    gateway = make_gateway().start()
    gateway.add_source("CR1")
    gateway.add_destination(pacs)
    return gateway

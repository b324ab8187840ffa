"""The Debian package in a clean Debian: install, first result within ten commands, upgrade with data, back, remove, purge.

Needs root, debootstrap or a bare root to copy (CXR_DEBIAN_ROOT), and the package (CXR_PACKAGE; `Tools/test package` makes
one and names it).
There is no service manager in such a root: what systemd would do, the test does.
"""
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from kit.processes import free_port, wait_for

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = os.environ.get("CXR_PACKAGE")
PURGED_PATHS = ["var/lib/cxrgate", "etc/cxrgate", "var/backups/cxrgate"]

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="a Debian root is made by root only"),
    pytest.mark.skipif(PACKAGE is None, reason="CXR_PACKAGE names no package; Tools/test package makes one"),
]


class Root:
    """A Debian root with a network of the host; commands run in it as in a machine of its own."""

    def __init__(self, path):
        self.path = Path(path)
        self.services = []

    def run(self, command, check=True, timeout=600):
        finished = subprocess.run(
            ["chroot", self.path, "/bin/bash", "-c", command], capture_output=True, text=True, timeout=timeout,
            # As a person would answer who is asked whether to go on.
            errors="replace", input="y\n",
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"})
        assert not check or finished.returncode == 0, f"{command}: {finished.stdout[-1500:]}{finished.stderr[-1500:]}"
        return finished

    def start_service(self):
        """What the unit says: the user, the command."""
        unit = (self.path / "usr/lib/systemd/system/cxrgate.service").read_text()
        command = re.search(r"^ExecStart=(.*)$", unit, re.M)[1]
        user = re.search(r"^User=(.*)$", unit, re.M)[1]
        log = open(self.path / "var/log/cxrgate.log", "ab")
        process = subprocess.Popen(
            ["chroot", self.path, "runuser", "-u", user, "--", *command.split()], stdout=log, stderr=log,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SWIFT_BACKTRACE": "registers=none",
                 "CXR_DICOM_PORT": "11112", "CXR_STUDY_QUIET_SECONDS": "0"})
        self.services.append(process)
        wait_for("the service answers", lambda: (self.path / "var/lib/cxrgate/admin.sock").exists(), seconds=60)

    def stop_service(self):
        """The service and everything below it, by process id."""
        for process in self.services:
            children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
            for pid in children or [str(process.pid)]:
                subprocess.run(["kill", "-TERM", pid], check=False)
            process.wait(timeout=60)
        self.services = []


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A bare bookworm with a PACS, and proc and dev as a machine has them."""
    base = os.environ.get("CXR_DEBIAN_ROOT")
    path = tmp_path_factory.mktemp("debian") / "root"
    if base:
        subprocess.run(["cp", "-a", base, path], check=True)
    elif shutil.which("debootstrap"):
        made = subprocess.run(["debootstrap", "--variant=minbase", "bookworm", path], capture_output=True, text=True)
        if made.returncode != 0:
            pytest.skip(f"debootstrap made no root, the package was not installed anywhere: {made.stdout[-300:]}")
    else:
        pytest.skip("no debootstrap here, and CXR_DEBIAN_ROOT names no root: the package was not installed anywhere")
    root = Root(path)
    try:
        for name in ("proc", "dev"):
            mounted = subprocess.run(["mount", "--rbind", "--make-private", f"/{name}", path / name], capture_output=True)
            if mounted.returncode != 0:
                pytest.skip(f"this machine lets nobody mount, the package was not installed anywhere: {mounted.stderr}")
        (path / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (path / "usr/sbin/policy-rc.d").chmod(0o755)
        shutil.copy("/etc/resolv.conf", path / "etc/resolv.conf")
        root.run("command -v Orthanc >/dev/null && command -v storescu >/dev/null || "
                 "(apt-get update -qq && apt-get install -y -qq --no-install-recommends orthanc dcmtk curl)")
        shutil.copy(PACKAGE, path / "root/cxrgate.deb")
        yield root
    finally:
        root.stop_service()
        for name in ("dev", "proc"):
            subprocess.run(["umount", "-R", "-l", path / name], check=False, stderr=subprocess.DEVNULL)
        # A root still mounted holds the host's own devices: better a folder left behind than those deleted.
        assert not any(os.path.ismount(path / name) for name in ("dev", "proc")), f"still mounted below {path}"
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def pacs(root):
    http = free_port()
    (root.path / "etc/pacs.json").write_text(
        '{"Name": "PACS", "StorageDirectory": "/srv/pacs", "IndexDirectory": "/srv/pacs", "HttpPort": %d, '
        '"DicomPort": 4242, "DicomAet": "ORTHANC", "RemoteAccessAllowed": false, "DicomAlwaysAllowStore": true}' % http)
    process = subprocess.Popen(
        ["chroot", root.path, "/usr/sbin/Orthanc", "/etc/pacs.json"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    count = f"curl -sf http://127.0.0.1:{http}/statistics | grep -o '\"CountInstances\" : [0-9]*' | grep -o '[0-9]*$'"
    wait_for("the PACS answers", lambda: root.run(count, check=False).returncode == 0, seconds=60)
    yield lambda: int(root.run(count).stdout)
    process.terminate()
    process.wait(timeout=30)


def guide_commands(section):
    """The commands of the console blocks of a section of the guide."""
    text = (REPOSITORY / "Conformance/Guide.md").read_text()
    part = re.search(rf"^## {re.escape(section)}$(.*?)(?=^## |\Z)", text, re.M | re.S)[1]
    return [line[2:] for block in re.findall(r"```console\n(.*?)```", part, re.S) for line in block.splitlines()]


def send(root, seed):
    root.run(f"cd /tmp && cxrgate data generate /tmp --seed {seed} >/dev/null && cp /tmp/phantom-{seed}.dcm /root/image.dcm")


def test_from_the_package_to_the_first_result_within_ten_commands(root, pacs):
    """As the guide says it; between them only what systemd would do."""
    commands = guide_commands("From the package to the first result")
    assert len(commands) <= 10
    for command in commands:
        if command.startswith("storescu"):
            real = os.environ.get("CXR_TEST_DATA")
            if real:
                shutil.copy(Path(real) / "dicom/chest/nih_dx_test1_chest_PA.dcm", root.path / "root/image.dcm")
            else:
                send(root, 1)
        finished = root.run(f"cd /root && {command}", check=not command.startswith("cxrgate check"))
        if command.startswith("apt-get install"):
            assert (root.path / "usr/bin/cxrgate").exists()
            root.start_service()
        if command.startswith("cxrgate check"):
            assert "CFG-" not in finished.stdout + finished.stderr
    wait_for("the report is in the PACS", lambda: pacs() >= 1, seconds=60)
    assert root.run("ldd /usr/bin/cxrgate").stdout.count("not found") == 0


def test_every_other_command_of_the_guide_runs(root, pacs):
    text = (REPOSITORY / "Conformance/Guide.md").read_text()
    sections = [title for title in re.findall(r"^## (.*)$", text, re.M) if guide_commands(title)]
    assert sections[0] == "From the package to the first result" and len(sections) >= 4
    for section in sections[1:]:
        for command in guide_commands(section):
            root.run(f"cd /root && {command}")
    assert (root.path / "var/backups/cxrgate/by-hand/backup.json").exists()


def test_files_of_the_gateway_are_its_own(root):
    """Nobody else reads data, keys or configuration."""
    assert root.run("stat -c '%U %a' /var/lib/cxrgate /var/backups/cxrgate").stdout.split("\n")[:2] == ["cxrgate 700"] * 2
    assert root.run("stat -c '%U %G %a' /etc/cxrgate/gateway.yaml").stdout.strip() == "root cxrgate 640"
    assert root.run("find /var/lib/cxrgate ! -user cxrgate").stdout == ""
    # Without a service, root is told how.
    root.stop_service()
    refused = root.run("cxrgate queue list", check=False)
    assert refused.returncode == 77 and "runuser -u cxrgate" in refused.stderr
    root.start_service()


def repacked(root, version):
    """The same package under another version."""
    folder = root.path / "root/repack"
    shutil.rmtree(folder, ignore_errors=True)
    target = root.path / f"root/cxrgate_{version}.deb"
    subprocess.run(["dpkg-deb", "-R", PACKAGE, folder], check=True)
    old = re.search(r"^Version: (.*)$", (folder / "DEBIAN/control").read_text(), re.M)[1]
    for name in ("control", "preinst"):
        path = folder / "DEBIAN" / name
        path.write_text(path.read_text().replace(old, version))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-b", folder, target], check=True, capture_output=True)
    return f"/root/{target.name}", old


def test_an_upgrade_keeps_the_data_and_can_be_taken_back(root, pacs):
    """Backup first; an edited configuration stays; back within minutes, with nothing of before missing."""
    root.run("echo '# mine' >> /etc/cxrgate/gateway.yaml")
    before = root.run("cxrgate status --json").stdout
    package, old = repacked(root, "99.0")
    root.run(f"dpkg -i --force-confold {package}")
    backup = root.path / "var/lib/cxrgate/before-upgrade"
    assert (backup / "backup.json").exists()
    assert root.run("dpkg-query -W -f '${Version}' cxrgate").stdout == "99.0"
    assert "# mine" in (root.path / "etc/cxrgate/gateway.yaml").read_text()
    root.stop_service()
    root.start_service()
    assert '"delivered"' in root.run("cxrgate status --json").stdout and '"delivered"' in before
    root.run("cd /tmp && cxrgate data generate /tmp --seed 77 >/dev/null && "
             "storescu -aet CR1 -aec CXRGATE 127.0.0.1 11112 /tmp/phantom-77.dcm")
    root.stop_service()
    started = time.monotonic()
    said = root.run("/usr/share/cxrgate/rollback /root/cxrgate.deb").stdout
    print(f"rolled back in {time.monotonic() - started:.1f} s")
    assert "0 missing" in said and "back at" in said
    assert root.run("dpkg-query -W -f '${Version}' cxrgate").stdout == old
    assert root.run("find /var/lib/cxrgate ! -user cxrgate").stdout == ""
    root.start_service()
    assert root.run("cxrgate journal verify").returncode == 0
    kept = list((root.path / "var/lib").glob("cxrgate.*"))
    assert len(kept) == 1 and (kept[0] / "gateway.sqlite").exists()


def test_an_upgrade_whose_backup_fails_changes_nothing(root):
    root.stop_service()
    database = root.path / "var/lib/cxrgate/gateway.sqlite"
    content = database.read_bytes()
    database.write_bytes(b"not a database" * 100)
    package, old = repacked(root, "99.1")
    refused = root.run(f"dpkg -i {package}", check=False)
    assert refused.returncode != 0 and "nothing is changed" in refused.stderr
    assert root.run("dpkg-query -W -f '${Version}' cxrgate").stdout == old
    database.write_bytes(content)
    root.run("chown cxrgate:cxrgate /var/lib/cxrgate/gateway.sqlite")


def test_removed_keeps_everything_and_purged_keeps_the_journal_alone(root):
    root.run("apt-get remove -y -qq cxrgate")
    assert (root.path / "var/lib/cxrgate/gateway.sqlite").exists() and (root.path / "etc/cxrgate/gateway.yaml").exists()
    root.run("apt-get purge -y -qq cxrgate")
    for path in PURGED_PATHS:
        assert not (root.path / path).exists(), path
    assert "cxrgate" not in (root.path / "etc/passwd").read_text()
    [journal] = (root.path / "var/backups").glob("cxrgate-journal-*")
    assert list((journal / "journal").glob("*.cxrj")) and (journal / "journal.pub").exists()
    assert not list((root.path / "var/lib").glob("cxrgate*"))

"""Roles with users of their own: started as root, each role is another user, and reads only what is meant for it.

Requirement: reception cannot open a sealed file that it wrote, analysis no identity and no socket, filing no image. What
a role's own keys open is tested in RoleSeparationTests; here, what the operating system lets its user do.
"""
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from kit.modality import send
from kit.processes import wait_for

USERS = {"reception": 64_001, "analysis": 64_002, "filing": 64_003}
GROUP = 64_000

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start roles as other users")


@pytest.fixture(scope="module")
def separated(make_gateway, make_recorder):
    """A gateway whose roles are three users, in a folder that they can reach."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="cxrgate-roles-") as folder:
        os.chmod(folder, 0o755)
        gateway = make_gateway(
            "roles", data_dir=Path(folder) / "data", roles_group=GROUP,
            **{f"roles_{role}_user": user for role, user in USERS.items()})
        gateway.data = Path(folder) / "data"
        gateway.start()
        gateway.add_source("CR1")
        gateway.pacs = make_recorder()
        gateway.add_destination(gateway.pacs)
        yield gateway
        gateway.stop()


@pytest.fixture(scope="module")
def delivered(separated, images):
    """An image that walked the whole way through the three users."""
    send(separated, images.synthetic(seed=50_000, rows=256, columns=210))
    assert separated.wait_until_idle() == {"delivered": 1}
    return separated


def tries(role, *command):
    """What a command says that runs as the role's user and group, without other groups."""
    user = USERS[role]
    return subprocess.run(
        ["setpriv", f"--reuid={user}", f"--regid={GROUP}", "--clear-groups", *map(str, command)],
        capture_output=True, text=True, cwd="/")


def fields(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}


def test_an_image_walks_through_three_users(delivered):
    """Received by one, analysed by another, filed by a third; the journal verifies."""
    assert len(delivered.pacs.receipts()) == 2
    delivered.assert_journal_verifies()


def test_each_role_is_its_own_user_without_a_way_back(delivered):
    """Real, effective, saved and file-system user are the role's; no other groups; the sandbox is on."""
    roles = delivered.roles()
    assert roles.keys() == USERS.keys()
    for role, pid in roles.items():
        status = fields(pid)
        assert status["Uid"] == [str(USERS[role])] * 4 and status["Gid"] == [str(GROUP)] * 4, role
        assert status["Groups"] == [] and status["Seccomp"] == ["2"], role
        assert int(status["CapEff"][0], 16) == 0 == int(status["CapPrm"][0], 16), role


@pytest.mark.parametrize("role", USERS)
def test_a_role_reads_no_key_no_journal_and_no_other_role(delivered, role):
    """With its own user and files: the key directory, the journal, the socket and the other roles' memory are closed."""
    for name in ("keys", "journal", "shredded"):
        assert tries(role, "ls", delivered.data / name).returncode != 0, name
    for path in [*(delivered.data / "keys").iterdir(), *(delivered.data / "journal").iterdir()]:
        assert tries(role, "cat", path).returncode != 0, path.name
    asked = tries(
        role, "env", *[f"{name}={value}" for name, value in delivered.environment.items() if name.startswith("CXR")],
        delivered.binary, "status")
    assert asked.returncode != 0, asked.stdout
    for other, pid in delivered.roles().items():
        assert tries(role, "cat", f"/proc/{pid}/environ").returncode != 0, other
        assert tries(role, "kill", "-0", str(pid)).returncode == (0 if other == role else 1), other


def test_what_one_role_wrote_is_sealed_to_another(delivered):
    """Sealed files are the group's to read, and nobody else's; nobody finds a name of a patient in them."""
    files = list(delivered.data.rglob("*.sealed"))
    assert files
    for file in files:
        assert file.stat().st_mode & 0o007 == 0 and file.stat().st_gid == GROUP, file.name
        assert file.read_bytes()[:8] == b"CXRSEAL1"


def test_a_role_that_dies_comes_back_as_the_same_user(delivered, images):
    """kill -9 of each role: started again with its user and its keys, and the next image arrives."""
    for role in USERS:
        delivered.kill9(role)
        pid = wait_for(f"{role} is back", lambda: delivered.roles().get(role))
        wait_for(f"{role} has changed its user", lambda: fields(pid)["Uid"][0] == str(USERS[role]))
    wait_for("reception receives", lambda: "started again" in delivered.text())
    send(delivered, images.synthetic(seed=50_001, rows=256, columns=210))
    assert delivered.wait_until_idle() == {"delivered": 2}

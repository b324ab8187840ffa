"""What a running gateway uses: private memory and descriptors of its roles, from /proc."""
import re
from collections import namedtuple
from pathlib import Path

Use = namedtuple("Use", "memory descriptors")


def use_of(pid):
    """Memory that is the process's own in MiB, and its number of descriptors."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    private = sum(int(kilobytes) for kilobytes in re.findall(r"^Private_\w+: +(\d+) kB$", rollup, re.M))
    return Use(private / 1024, len(list(Path(f"/proc/{pid}/fd").iterdir())))


def uses(gateway):
    """The use of each role by name."""
    return {role: use_of(pid) for role, pid in gateway.roles().items()}

"""A real collector of audit messages: rsyslog with TLS, as a process of the test, with certificates made for it."""
import datetime
import ipaddress
import re
import shutil
import socket

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kit.processes import Service, free_port, wait_for


def certificate(name, folder, issuer=None, is_authority=False):
    """A P-256 certificate for 127.0.0.1 as NAME.pem and NAME.key; returns what signs others."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    signer, by = issuer or (key, subject)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(by).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(signer, hashes.SHA256()))
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return key, subject


class Collector(Service):
    """rsyslog that takes RFC 5425 with certificates on both sides, and writes one line for each message."""

    def __init__(self, folder):
        folder.mkdir(parents=True)
        program = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin")
        assert program, "rsyslog is not installed: apt-get install rsyslog rsyslog-gnutls"
        self.port = free_port()
        self.messages = folder / "messages"
        authority = certificate("authority", folder, is_authority=True)
        certificate("collector", folder, authority)
        certificate("gateway", folder, authority)
        certificate("stranger", folder, is_authority=True)
        (folder / "rsyslog.conf").write_text(f"""
global(workDirectory="{folder}" maxMessageSize="64k"
       DefaultNetstreamDriver="gtls" DefaultNetstreamDriverCAFile="{folder}/authority.pem"
       DefaultNetstreamDriverCertFile="{folder}/collector.pem" DefaultNetstreamDriverKeyFile="{folder}/collector.key")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/name"
       PermittedPeer=["gateway"])
input(type="imtcp" address="127.0.0.1" port="{self.port}")
template(name="line" type="string" string="%pri% %app-name% %msgid% %msg%\\n")
action(type="omfile" file="{self.messages}" template="line")
""")
        super().__init__(
            [program, "-n", "-f", folder / "rsyslog.conf", "-i", folder / "pid"], folder, folder / "log", None)

    def start(self):
        self.launch()

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        wait_for("the collector listens", listens)
        return self

    def settings(self, authority="authority"):
        """The gateway's settings for this collector."""
        return {
            "audit_host": "127.0.0.1", "audit_port": self.port, "audit_ca_file": self.folder / f"{authority}.pem",
            "audit_certificate_file": self.folder / "gateway.pem", "audit_key_file": self.folder / "gateway.key",
        }

    def lines(self):
        return self.messages.read_text().splitlines() if self.messages.exists() else []

    def audit(self):
        """The audit messages by index of their journal entry."""
        found = {}
        for line in self.lines():
            if " DICOM+RFC3881 " in line:
                number = re.search(r"journal entry (\d+):", line)
                found[int(number[1])] = line[line.index("<?xml"):]
        return found

    def wait_for_entries(self, count, seconds=60):
        """Returns the messages when every entry below `count` has come."""
        wait_for(f"{count} audit messages", lambda: set(range(count)) <= self.audit().keys(), seconds)
        return self.audit()

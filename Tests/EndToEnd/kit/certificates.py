"""Certificates of a test's own, made by OpenSSL's command."""
import datetime
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization


class Certificates:
    """An authority, and certificates that it vouches for; `NAME.pem` and `NAME.key` in a folder."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self._run("req", "-x509", *self._key("ca"), "-days", "30", "-subj", "/CN=Test authority", "-out", self.pem("ca"))

    def pem(self, name):
        return self.folder / f"{name}.pem"

    def key(self, name):
        return self.folder / f"{name}.key"

    def make(self, name, days=90):
        request, names = self.folder / f"{name}.csr", self.folder / "names"
        names.write_text("subjectAltName=IP:127.0.0.1\n")
        self._run("req", "-new", *self._key(name), "-subj", f"/CN={name}", "-out", request)
        self._run("x509", "-req", "-in", request, "-CA", self.pem("ca"), "-CAkey", self.key("ca"), "-CAcreateserial",
                  "-days", str(days), "-extfile", names, "-out", self.pem(name))
        return self

    def revoke(self, *names):
        """The authority's list of revoked certificates, `revoked.pem`."""
        authority = x509.load_pem_x509_certificate(self.pem("ca").read_bytes())
        key = serialization.load_pem_private_key(self.key("ca").read_bytes(), None)
        now = datetime.datetime.now(datetime.timezone.utc)
        revoked = x509.CertificateRevocationListBuilder().issuer_name(authority.subject).last_update(
            now - datetime.timedelta(hours=1)).next_update(now + datetime.timedelta(days=2))
        for name in names:
            number = x509.load_pem_x509_certificate(self.pem(name).read_bytes()).serial_number
            revoked = revoked.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(number).revocation_date(now).build())
        content = revoked.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        self.pem("revoked").write_bytes(content)
        return self.pem("revoked")

    def fingerprint(self, name):
        said = self._run("x509", "-in", self.pem(name), "-noout", "-fingerprint", "-sha256")
        return said.strip().split("=")[1].replace(":", "").lower()

    def _key(self, name):
        # RSA, since DCMTK 3.6.7's default profile has no ECDSA with it everywhere.
        return ("-newkey", "rsa:2048", "-nodes", "-keyout", self.key(name))

    @staticmethod
    def _run(*words):
        return subprocess.run(["/usr/bin/openssl", *map(str, words)], check=True, capture_output=True, text=True).stdout

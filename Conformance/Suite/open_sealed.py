#!/usr/bin/env python3
"""Opens sealed files (Conformance/Formats/Sealed.md), written from the specification with Python's `cryptography`.

    open_sealed.py --vectors Conformance/Formats/vectors/sealed
    open_sealed.py --key role.key --kind 1 --object HEX --study HEX FILE > plaintext

Exit code 0 if every vector is judged as it says, or the file opened; 1 otherwise.
"""
import argparse
import hashlib
import json
import pathlib
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HEADER, CHUNK, TAG, KINDS = 122, 1 << 20, 16, {1, 2, 3, 4, 5, 15}


class Refused(Exception):
    """The code of the error with which a file is refused."""


def point(public):
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def file_key(own, peer, header, recipient):
    """Section 3: one-pass Diffie-Hellman, then HKDF."""
    shared = own.exchange(ec.ECDH(), peer)
    return HKDF(hashes.SHA256(), 32, header[50:115] + recipient, b"cxrgate sealed v1" + header).derive(shared)


def nonce(header, counter, closing):
    return header[115:122] + counter.to_bytes(4, "big") + bytes([closing])


def seal(plaintext, kind, obj, study, recipient, ephemeral, prefix):
    """Section 4, with given randomness: makes the large vectors again."""
    to = point(recipient)
    header = (b"CXRSEAL1\x01" + bytes([kind]) + obj + study + hashlib.sha256(to).digest()[:8]
              + point(ephemeral.public_key()) + prefix)
    cipher, digest = AESGCM(file_key(ephemeral, recipient, header, to)), hashlib.sha256(header).digest()
    chunks = [plaintext[i:i + CHUNK] for i in range(0, len(plaintext), CHUNK)]
    body = [cipher.encrypt(nonce(header, n, 0), chunk, digest) for n, chunk in enumerate(chunks)]
    closing = cipher.encrypt(nonce(header, len(chunks), 1), b"", digest + len(plaintext).to_bytes(8, "big"))
    return header + b"".join(body) + closing


def open_sealed(sealed, kind, obj, study, key):
    """Section 5: the checks in their order, then the chunks."""
    if not b"CXRSEAL1".startswith(sealed[:8]):
        raise Refused("SEA-010")
    if len(sealed) < HEADER:
        raise Refused("SEA-017")
    header, body = sealed[:HEADER], sealed[HEADER:]
    if header[8] != 1:
        raise Refused("SEA-011")
    if header[9] not in KINDS or header[9] != kind:
        raise Refused("SEA-012")
    if header[10:26] != obj:
        raise Refused("SEA-013")
    if header[26:42] != study:
        raise Refused("SEA-014")
    to = point(key.public_key())
    if header[42:50] != hashlib.sha256(to).digest()[:8]:
        raise Refused("SEA-015")
    try:
        if header[50] != 4:
            raise ValueError
        ephemeral = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), header[50:115])
    except ValueError:
        raise Refused("SEA-003") from None
    cipher, digest = AESGCM(file_key(key, ephemeral, header, to)), hashlib.sha256(header).digest()
    plaintext, counter = b"", 0
    while len(body) != TAG:
        frame = CHUNK + TAG if len(body) > CHUNK + TAG + TAG else len(body) - TAG
        if frame <= TAG:
            raise Refused("SEA-017")
        try:
            plaintext += cipher.decrypt(nonce(header, counter, 0), body[:frame], digest)
        except InvalidTag:
            raise Refused("SEA-016") from None
        body, counter = body[frame:], counter + 1
    try:
        cipher.decrypt(nonce(header, counter, 1), body, digest + len(plaintext).to_bytes(8, "big"))
    except InvalidTag:
        raise Refused("SEA-017") from None
    return plaintext


def private(scalar):
    return ec.derive_private_key(int(scalar, 16), ec.SECP256R1())


def judge(folder):
    wrong = 0
    vectors = json.loads((folder / "vectors.json").read_text())
    for v in vectors:
        key, obj, study = private(v["recipientScalar"]), bytes.fromhex(v["object"]), bytes.fromhex(v["study"])
        message = bytes([v.get("plaintextByte", 0)]) * v.get("plaintextCount", 0)
        sealed = (folder / v["file"]).read_bytes() if "file" in v else None
        if "ephemeralScalar" in v:
            again = seal(message, v["kind"], obj, study, key.public_key(), private(v["ephemeralScalar"]),
                         bytes.fromhex(v["noncePrefix"]))
            sealed = again if sealed is None else sealed
            wrong += again != sealed
        wrong += hashlib.sha256(sealed).hexdigest() != v["sealedSHA256"]
        try:
            found = "ok" if open_sealed(sealed, v["kind"], obj, study, key) == message else "other plaintext"
        except Refused as refused:
            found = str(refused)
        if found != v["expect"]:
            wrong += 1
            print(f"{v['name']}: expected {v['expect']}, found {found}")
    print(f"{len(vectors)} vectors, {wrong} wrong")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=pathlib.Path)
    parser.add_argument("--key", type=pathlib.Path)
    parser.add_argument("--kind", type=int)
    parser.add_argument("--object")
    parser.add_argument("--study")
    parser.add_argument("file", type=pathlib.Path, nargs="?")
    options = parser.parse_args()
    if options.vectors:
        return judge(options.vectors)
    key = serialization.load_pem_private_key(options.key.read_bytes(), None)
    try:
        sys.stdout.buffer.write(open_sealed(
            options.file.read_bytes(), options.kind, bytes.fromhex(options.object), bytes.fromhex(options.study), key))
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

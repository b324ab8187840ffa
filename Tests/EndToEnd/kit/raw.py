"""Associations as bytes: what no library would send, as slowly or as brokenly as a test wants."""
import socket
import struct

VERIFICATION, CR = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.1"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
RELEASE = b"\5\0\0\0\0\4\0\0\0\0"
REJECTED = 3
ABORT = b"\7\0\0\0\0\4\0\0\0\0"


def item(kind, body):
    """An item or sub-item of an association request (PS3.8 9.3.2)."""
    return struct.pack(">BBH", kind, 0, len(body)) + body


def pdu(kind, body):
    return struct.pack(">BBI", kind, 0, len(body)) + body


def associate_request(calling=b"CR1", called=b"CXRGATE", contexts=((VERIFICATION, IMPLICIT),), extra=b""):
    """An A-ASSOCIATE-RQ with any bytes as titles, and further user items."""
    body = b"\0\1\0\0" + called.ljust(16) + calling.ljust(16)[:16] + bytes(32) + item(0x10, b"1.2.840.10008.3.1.1.1")
    for number, (abstract, syntax) in enumerate(contexts):
        body += item(0x20, bytes([2 * number + 1, 0, 0, 0]) + item(0x30, abstract.encode())
                     + item(0x40, syntax.encode()))
    return pdu(1, body + item(0x50, item(0x51, struct.pack(">I", 131072)) + item(0x52, b"1.2.3") + extra))


def data_pdu(context, payload, is_command, is_last):
    head = struct.pack(">IBB", len(payload) + 2, context, (1 if is_command else 0) | (2 if is_last else 0))
    return pdu(4, head + payload)


def command(*elements):
    """A command set (PS3.7 6.3): pairs of element number and value, a number or a UID."""
    content = b""
    for number, value in elements:
        value = struct.pack("<H", value) if isinstance(value, int) else value.encode() + b"\0" * (len(value) % 2)
        content += struct.pack("<HHI", 0, number, len(value)) + value
    return struct.pack("<HHII", 0, 0, 4, len(content)) + content


def echo_command(message=1):
    return command((0x0002, VERIFICATION), (0x0100, 0x0030), (0x0110, message), (0x0800, 0x0101))


def store_command(sop_class, sop_instance, message=1):
    return command((0x0002, sop_class), (0x0100, 0x0001), (0x0110, message), (0x0700, 0), (0x0800, 1),
                   (0x1000, sop_instance))


class RawAssociation:
    """One connection. `source` is the address that it comes from."""

    def __init__(self, port, source="127.0.0.1", timeout=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=(source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """The next PDU as kind and body; `None` when the peer has closed."""
        head = self._exactly(6)
        if head is None:
            return None
        body = self._exactly(struct.unpack(">I", head[2:])[0])
        return None if body is None else (head[0], body)

    def _exactly(self, count):
        got = b""
        while len(got) < count:
            try:
                more = self.socket.recv(count - len(got))
            except ConnectionError:
                return None
            if not more:
                return None
            got += more
        return got

    def associate(self, **request):
        """Asks for an association; whether it was accepted."""
        self.send(associate_request(**request))
        answer = self.receive()
        return answer is not None and answer[0] == 2

    def status(self):
        """The status of the response that comes next; `None` if the association ended instead."""
        answer = self.receive()
        if answer is None or answer[0] != 4:
            return None
        elements, place = answer[1][6:], 0
        while place + 8 <= len(elements):
            _, number, length = struct.unpack_from("<HHI", elements, place)
            if number == 0x0900:
                return struct.unpack_from("<H", elements, place + 8)[0]
            place += 8 + length
        return None

    def echo(self):
        self.send(data_pdu(1, echo_command(), True, True))
        return self.status()

    def store(self, data_set, sop_instance, sop_class=CR, context=1, fragment=131_060):
        """C-STORE of any bytes; the status."""
        self.send(data_pdu(context, store_command(sop_class, sop_instance), True, True))
        for place in range(0, max(len(data_set), 1), fragment):
            part = data_set[place:place + fragment]
            self.send(data_pdu(context, part, False, place + fragment >= len(data_set)))
        return self.status()

    def pour(self, data, portion=1 << 20):
        """Sends bytes, ends its half, and waits until the other end has closed. To be closed in the middle is an answer,
        too; a peer that neither answers nor closes fails by the time limit."""
        try:
            for place in range(0, len(data), portion):
                self.send(data[place:place + portion])
            self.socket.shutdown(socket.SHUT_WR)
            while self.socket.recv(4096):
                pass
        except TimeoutError:
            raise
        except OSError:
            pass

    def release(self):
        self.send(RELEASE)
        self.receive()


def echo_from(port, source, calling=b"CR1"):
    """Association, C-ECHO and release from an address; the status."""
    with RawAssociation(port, source) as peer:
        if not peer.associate(calling=calling):
            return None
        status = peer.echo()
        peer.release()
        return status

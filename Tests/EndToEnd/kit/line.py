"""A line to a peer that goes bad: a TCP relay that misbehaves on its first connections, and then is an honest one."""
import contextlib
import socket
import struct
import threading
import time

from kit.processes import free_port

P_DATA = 4


class BadLine:
    """Relays to `port`. `behaviours` are for the connections in turn; those after them are relayed as they are.

    hang: the first P-DATA-TF is taken and nothing is answered any more; mute: everything goes to the peer, and what it
    answers after the association does not come back; cut: the connection is reset inside the second P-DATA-TF PDU;
    drip: what the peer answers comes back byte by byte.
    """

    def __init__(self, port, behaviours):
        self.target, self.behaviours = port, list(behaviours)
        self.port = free_port()
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._ended = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def end(self):
        self._ended.set()
        self._listener.close()

    def _accept(self):
        while not self._ended.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            behaviour = self.behaviours.pop(0) if self.behaviours else "honest"
            threading.Thread(target=self._relay, args=(client, behaviour), daemon=True).start()

    def _relay(self, client, behaviour):
        peer = socket.create_connection(("127.0.0.1", self.target))
        has_data = threading.Event()
        back = threading.Thread(target=self._back, args=(peer, client, behaviour, has_data), daemon=True)
        back.start()
        try:
            number = 0
            while head := self._exactly(client, 6):
                kind, length = struct.unpack(">BxI", head)
                if kind == P_DATA:
                    has_data.set()
                    number += 1
                    if behaviour == "hang":
                        # Until the other side has enough of it.
                        while client.recv(65536):
                            pass
                        break
                    if behaviour == "cut" and number == 2:
                        peer.sendall(head + self._exactly(client, length // 2))
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        break
                peer.sendall(head + self._exactly(client, length))
        except OSError:
            pass  # either end is gone; so is the line
        finally:
            client.close()
            # Wakes the other thread, which waits for the peer; without it the connection would stay open.
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
            back.join()
            peer.close()

    def _back(self, peer, client, behaviour, has_data):
        try:
            while content := peer.recv(65536):
                if behaviour == "mute" and has_data.is_set():
                    continue
                if behaviour == "drip":
                    for byte in content:
                        client.sendall(bytes([byte]))
                        time.sleep(0.005)
                else:
                    client.sendall(content)
        except OSError:
            pass

    @staticmethod
    def _exactly(connection, count):
        content = b""
        while len(content) < count and (part := connection.recv(count - len(content))):
            content += part
        return content

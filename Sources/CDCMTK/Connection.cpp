// Bytes in and out of a connection, and the hand-over of its socket.
#include "Connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace cdcmtk {

Connection::Connection(int descriptor, Line &line)
    : DcmTransportConnection(descriptor), line_(line), ahead_(readAheadBytes) {
    const int one = 1;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    line_.attach(descriptor);
}

Connection::~Connection() { close(); }

ssize_t Connection::receive(void *buffer, size_t capacity) {
    for (;;) {
        const ssize_t count = ::recv(getSocket(), buffer, capacity, MSG_DONTWAIT);
        if (count > 0) {
            line_.received(buffer, static_cast<size_t>(count));
            return count;
        }
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (line_.awaitReadable(getSocket())) continue;
            tellAbort();
            errno = ETIMEDOUT;
            return -1;
        }
        line_.lost();
        return count;
    }
}

void Connection::tellAbort() {
    // DCMTK takes a read in vain for a closed connection and says nothing; the peer shall know (PS3.8 9.3.8).
    const uint8_t abort[10] = {DUL_TYPEABORT, 0, 0, 0, 0, 4, 0, 0, 2, 0};
    (void)::send(getSocket(), abort, sizeof abort, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t Connection::read(void *buffer, size_t count) {
    if (aheadBegin_ == aheadEnd_) {
        // The body of a large PDU goes straight into DCMTK's buffer.
        if (count >= readAheadBytes / 4) return receive(buffer, count);
        const ssize_t got = receive(ahead_.data(), ahead_.size());
        if (got <= 0) return got;
        aheadBegin_ = 0;
        aheadEnd_ = static_cast<size_t>(got);
    }
    const size_t take = std::min(count, aheadEnd_ - aheadBegin_);
    std::memcpy(buffer, ahead_.data() + aheadBegin_, take);
    aheadBegin_ += take;
    return static_cast<ssize_t>(take);
}

ssize_t Connection::write(void *buffer, size_t count) {
    const auto *bytes = static_cast<const uint8_t *>(buffer);
    // DCMTK writes the 12 bytes before a PDV on their own; let them travel with what follows.
    const int more = count == 12 && bytes[0] == DUL_TYPEDATA ? MSG_MORE : 0;
    size_t sent = 0;
    while (sent < count) {
        const ssize_t step = ::send(getSocket(), bytes + sent, count - sent, MSG_NOSIGNAL | MSG_DONTWAIT | more);
        if (step >= 0) {
            sent += static_cast<size_t>(step);
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            line_.lost();
            return -1;
        }
        if (!line_.awaitWritable(getSocket())) {
            errno = ETIMEDOUT;
            return -1;
        }
    }
    return static_cast<ssize_t>(count);
}

OFBool Connection::networkDataAvailable(int timeoutSeconds) {
    if (aheadBegin_ < aheadEnd_) return OFTrue;
    if (getSocket() < 0) return OFFalse;
    // DCMTK asks in whole seconds, and sometimes without limit; the line knows better.
    auto limit = line_.deadline();
    if (timeoutSeconds >= 0) limit = std::min(limit, Clock::now() + std::chrono::seconds(timeoutSeconds));
    for (;;) {
        pollfd polled = {getSocket(), POLLIN, 0};
        const int ready = poll(&polled, 1, timeoutSeconds == 0 ? 0 : millisecondsUntil(limit));
        if (ready < 0 && errno == EINTR) continue;
        return ready > 0 ? OFTrue : OFFalse;
    }
}

void Connection::close() { closeTransportConnection(); }

void Connection::closeTransportConnection() {
    if (getSocket() < 0) return;
    setSocket(-1);
    line_.detachAndClose();
}

// ---------------------------------------------------------------- hand-over

namespace {
std::mutex handoverLock;
thread_local bool holdsHandover = false;
constexpr int noSocket = -1;
}  // namespace

Handover::Handover(int descriptor) {
    handoverLock.lock();
    holdsHandover = true;
    dcmExternalSocketHandle.set(descriptor);
}

Handover::~Handover() { taken(); }

void Handover::taken() {
    if (!holdsHandover) return;
    dcmExternalSocketHandle.set(noSocket);
    holdsHandover = false;
    handoverLock.unlock();
}

OFCondition Handover::createNetwork(int acseTimeoutSeconds, T_ASC_Network **network) {
    // Any value but "none" tells DCMTK that somebody else listens; 0 is never used as a socket.
    Handover handover(0);
    return ASC_initializeNetwork(NET_ACCEPTOR, 0, acseTimeoutSeconds, network);
}

DcmTransportConnection *Layer::createConnection(DcmNativeSocketType descriptor, OFBool) {
    Handover::taken();
    auto *connection = new Connection(descriptor, line_);
    tookSocket_ = true;
    return connection;
}

}  // namespace cdcmtk

// Bytes in and out of a connection, and the hand-over of its socket.
#include "Connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

namespace cdcmtk {

Connection::Connection(int descriptor, Line &line, OwnedSSL session)
    : DcmTransportConnection(descriptor), line_(line), session_(std::move(session)), ahead_(readAheadBytes) {
    const int one = 1;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    line_.attach(descriptor);
}

Connection::~Connection() { close(); }

Connection::Step Connection::readOnce(void *buffer, size_t capacity) {
    if (!session_) {
        const ssize_t count = ::recv(getSocket(), buffer, capacity, MSG_DONTWAIT);
        return {count, count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK), false};
    }
    ERR_clear_error();
    errno = 0;
    const int count = SSL_read(session_.get(), buffer, static_cast<int>(std::min<size_t>(capacity, 1 << 30)));
    if (count > 0) return {count, false, false};
    const int error = SSL_get_error(session_.get(), count);
    return {error == SSL_ERROR_ZERO_RETURN ? 0 : -1, error == SSL_ERROR_WANT_READ, error == SSL_ERROR_WANT_WRITE};
}

ssize_t Connection::receive(void *buffer, size_t capacity) {
    for (;;) {
        const Step step = readOnce(buffer, capacity);
        if (step.count > 0) {
            line_.received(buffer, static_cast<size_t>(step.count));
            return step.count;
        }
        if (step.count < 0 && errno == EINTR) continue;
        if (step.mustRead || step.mustWrite) {
            if (step.mustRead ? line_.awaitReadable(getSocket()) : line_.awaitWritable(getSocket())) continue;
            tellAbort();
            errno = ETIMEDOUT;
            return -1;
        }
        line_.lost();
        return step.count;
    }
}

void Connection::tellAbort() {
    // DCMTK takes a read in vain for a closed connection and says nothing; the peer shall know (PS3.8 9.3.8).
    const uint8_t abort[10] = {DUL_TYPEABORT, 0, 0, 0, 0, 4, 0, 0, 2, 0};
    (void)writeOnce(abort, sizeof abort, 0);
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

Connection::Step Connection::writeOnce(const void *bytes, size_t count, int flags) {
    if (!session_) {
        const ssize_t sent = ::send(getSocket(), bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT | flags);
        return {sent, false, sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)};
    }
    ERR_clear_error();
    errno = 0;
    const int sent = SSL_write(session_.get(), bytes, static_cast<int>(std::min<size_t>(count, 1 << 30)));
    if (sent > 0) return {sent, false, false};
    const int error = SSL_get_error(session_.get(), sent);
    return {-1, error == SSL_ERROR_WANT_READ, error == SSL_ERROR_WANT_WRITE};
}

ssize_t Connection::writeAll(const uint8_t *bytes, size_t count, int flags) {
    size_t sent = 0;
    while (sent < count) {
        const Step step = writeOnce(bytes + sent, count - sent, flags);
        if (step.count >= 0) {
            sent += static_cast<size_t>(step.count);
            continue;
        }
        if (errno == EINTR) continue;
        if (!step.mustRead && !step.mustWrite) {
            line_.lost();
            return -1;
        }
        if (!(step.mustWrite ? line_.awaitWritable(getSocket()) : line_.awaitReadable(getSocket()))) {
            errno = ETIMEDOUT;
            return -1;
        }
    }
    return static_cast<ssize_t>(count);
}

ssize_t Connection::write(void *buffer, size_t count) {
    const auto *bytes = static_cast<const uint8_t *>(buffer);
    // DCMTK writes the 12 bytes before a PDV on their own; let them travel with what follows.
    const bool isHead = count == 12 && bytes[0] == DUL_TYPEDATA;
    if (!session_) return writeAll(bytes, count, isHead ? MSG_MORE : 0);
    if (isHead || !corked_.empty()) {
        corked_.insert(corked_.end(), bytes, bytes + count);
        if (isHead) return static_cast<ssize_t>(count);
        const ssize_t sent = writeAll(corked_.data(), corked_.size(), 0);
        corked_.clear();
        return sent < 0 ? sent : static_cast<ssize_t>(count);
    }
    return writeAll(bytes, count, 0);
}

OFBool Connection::networkDataAvailable(int timeoutSeconds) {
    if (aheadBegin_ < aheadEnd_ || (session_ && SSL_pending(session_.get()) > 0)) return OFTrue;
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
    if (session_) {
        // One try: the peer's own notice is not waited for (RFC 8446 6.1).
        ERR_clear_error();
        (void)SSL_shutdown(session_.get());
        ERR_clear_error();
        session_.reset();
    }
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
    auto *connection = new Connection(descriptor, line_, std::move(session_));
    tookSocket_ = true;
    return connection;
}

}  // namespace cdcmtk

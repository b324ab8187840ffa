#include "Upper.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cdcmtk {

namespace {

constexpr uint8_t associateRQ = 1, associateAC = 2, associateRJ = 3, dataTF = 4, releaseRQ = 5, releaseRP = 6, abortPDU = 7;
constexpr const char *applicationContext = "1.2.840.10008.3.1.1.1";  // PS3.7 A.2.1
/// Identifies this implementation (PS3.7 D.3.3.2): a UUID of its own under 2.25.
constexpr const char *implementationClass = "2.25.161622418838372882482146208622596191957";
constexpr const char *implementationVersion = "CXRGATE";
/// An A-ASSOCIATE-AC answers at most 128 contexts and a few user items.
constexpr size_t maxAssociateBytes = 64 * 1024;
/// Smallest PDU that a peer may ask for and that still holds a PDV of two bytes (PS3.8 9.3.5).
constexpr uint32_t smallestPDU = 8;
/// What a peer gets that names an impossible length.
constexpr uint32_t fallbackPDU = 4096;
constexpr size_t pduHead = 6, pdvHead = 6;

using Bytes = std::vector<uint8_t>;

void append16(Bytes &out, size_t value) {
    out.push_back(static_cast<uint8_t>(value >> 8));
    out.push_back(static_cast<uint8_t>(value));
}

void append32(Bytes &out, size_t value) {
    append16(out, value >> 16 & 0xFFFF);
    append16(out, value & 0xFFFF);
}

size_t number16(const uint8_t *bytes) { return static_cast<size_t>(bytes[0]) << 8 | bytes[1]; }
size_t number32(const uint8_t *bytes) { return number16(bytes) << 16 | number16(bytes + 2); }

void appendItem(Bytes &out, uint8_t type, const Bytes &body) {
    out.push_back(type);
    out.push_back(0);
    append16(out, body.size());
    out.insert(out.end(), body.begin(), body.end());
}

void appendItem(Bytes &out, uint8_t type, const std::string &text) {
    appendItem(out, type, Bytes(text.begin(), text.end()));
}

void appendTitle(Bytes &out, const std::string &title) {
    std::string padded = title.substr(0, 16);
    padded.resize(16, ' ');
    out.insert(out.end(), padded.begin(), padded.end());
}

Bytes associateRequest(const Upper::Proposal &proposal) {
    Bytes body = {0, 1, 0, 0};  // protocol version 1
    appendTitle(body, proposal.called);
    appendTitle(body, proposal.calling);
    body.resize(body.size() + 32, 0);
    appendItem(body, 0x10, applicationContext);
    uint8_t identifier = 1;
    for (const auto &[abstractSyntax, transferSyntax] : proposal.contexts) {
        Bytes context = {identifier, 0, 0, 0};
        appendItem(context, 0x30, abstractSyntax);
        appendItem(context, 0x40, transferSyntax);
        appendItem(body, 0x20, context);
        identifier = static_cast<uint8_t>(identifier + 2);
    }
    Bytes user, length;
    append32(length, proposal.maxPDU);
    appendItem(user, 0x51, length);
    appendItem(user, 0x52, implementationClass);
    for (const std::string &abstractSyntax : proposal.reversed) {
        Bytes role;
        append16(role, abstractSyntax.size());
        role.insert(role.end(), abstractSyntax.begin(), abstractSyntax.end());
        role.push_back(0);  // not the SCU …
        role.push_back(1);  // … but the SCP
        appendItem(user, 0x54, role);
    }
    appendItem(user, 0x55, implementationVersion);
    appendItem(body, 0x50, user);

    Bytes pdu = {associateRQ, 0};
    append32(pdu, body.size());
    pdu.insert(pdu.end(), body.begin(), body.end());
    return pdu;
}

/// Calls `take(type, bytes, count)` for each item; false if the lengths do not add up.
template <typename Take> bool eachItem(const uint8_t *bytes, size_t count, Take take) {
    size_t position = 0;
    while (position < count) {
        if (count - position < 4) return false;
        const size_t length = number16(bytes + position + 2);
        if (length > count - position - 4) return false;
        take(bytes[position], bytes + position + 4, length);
        position += 4 + length;
    }
    return true;
}

/// Connects one address within the time; -1 if it cannot.
int connected(const addrinfo &address, Clock::time_point deadline) {
    const int descriptor = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    if (::connect(descriptor, address.ai_addr, address.ai_addrlen) == 0) return descriptor;
    if (errno == EINPROGRESS) {
        for (;;) {
            pollfd polled = {descriptor, POLLOUT, 0};
            const int ready = poll(&polled, 1, millisecondsUntil(deadline));
            if (ready < 0 && errno == EINTR) continue;
            int error = 0;
            socklen_t length = sizeof error;
            if (ready > 0 && getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0) {
                return descriptor;
            }
            break;
        }
    }
    ::close(descriptor);
    return -1;
}

}  // namespace

Upper::~Upper() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

int32_t Upper::connect(const std::string &host, uint16_t port, Clock::time_point deadline) {
    addrinfo hints = {};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo *found = nullptr;
    if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return CDCMTK_FAILED_CONNECT;
    int descriptor = -1;
    for (const addrinfo *each = found; each != nullptr && descriptor < 0; each = each->ai_next) {
        descriptor = connected(*each, deadline);
    }
    freeaddrinfo(found);
    if (descriptor < 0) return CDCMTK_FAILED_CONNECT;
    descriptor_ = descriptor;
    return CDCMTK_OK;
}

cdcmtk_failure Upper::secure(const cdcmtk_tls &tls, const std::string &host, const std::string &fingerprint) {
    Handshake done = shakeHands(tls.context.get(), descriptor_, line_, false, host, fingerprint);
    if (done.why != 0) {
        ::close(std::exchange(descriptor_, -1));
        return {CDCMTK_FAILED_TLS, 0, 0, 0, done.why};
    }
    connection_ = std::make_unique<Connection>(std::exchange(descriptor_, -1), line_, std::move(done.session));
    return {};
}

bool Upper::readAll(uint8_t *bytes, size_t count) {
    while (count > 0) {
        const ssize_t got = connection_->read(bytes, count);
        if (got <= 0) return false;
        bytes += got;
        count -= static_cast<size_t>(got);
    }
    return true;
}

bool Upper::send(Bytes &bytes) { return connection_->write(bytes.data(), bytes.size()) >= 0; }

Event Upper::readPDU(uint8_t &type, Bytes &body) {
    if (!connection_) return Event::lost;
    uint8_t head[pduHead];
    if (!readAll(head, sizeof head)) return faultOf(line_, Event::lost);
    type = head[0];
    const size_t length = number32(head + 2);
    const size_t limit = type == dataTF ? maxPDU_ : maxAssociateBytes;
    if (length > limit) return Event::protocolError;
    body.resize(length);
    if (!readAll(body.data(), length)) return faultOf(line_, Event::lost);
    return Event::message;
}

cdcmtk_failure Upper::failure(Event event) const {
    switch (event) {
    case Event::message: return {};
    case Event::released: case Event::aborted: return {CDCMTK_FAILED_ABORTED, 0, 0, 0, 0};
    case Event::lost: return {CDCMTK_FAILED_LOST, 0, 0, 0, 0};
    case Event::idle: case Event::stalled: return {CDCMTK_FAILED_TIMEOUT, 0, 0, 0, 0};
    case Event::stopped: case Event::protocolError: break;
    }
    return {CDCMTK_FAILED_PROTOCOL, 0, 0, 0, 0};
}

cdcmtk_failure Upper::negotiate(const Proposal &proposal, Results &results) {
    if (!connection_) connection_ = std::make_unique<Connection>(std::exchange(descriptor_, -1), line_);
    maxPDU_ = proposal.maxPDU;
    Bytes request = associateRequest(proposal);
    if (!send(request)) return failure(faultOf(line_, Event::lost));
    uint8_t type = 0;
    Bytes body;
    const Event got = readPDU(type, body);
    if (got != Event::message) return failure(got);
    switch (type) {
    case associateAC:
        if (readAccepted(body, proposal, results)) return {};
        return failure(Event::protocolError);
    case associateRJ:
        if (body.size() != 4) return failure(Event::protocolError);
        return {CDCMTK_FAILED_REJECTED, body[1], body[2], body[3], 0};
    case abortPDU: return failure(Event::aborted);
    default: return failure(Event::protocolError);
    }
}

bool Upper::readAccepted(const Bytes &body, const Proposal &proposal, Results &results) {
    results.assign(proposal.contexts.size(), 255);
    constexpr size_t fixed = 68;  // version, titles, reserved (PS3.8 9.3.3)
    if (body.size() < fixed) return false;
    uint32_t theirs = 0;
    bool isSound = true;
    isSound = eachItem(body.data() + fixed, body.size() - fixed, [&](uint8_t type, const uint8_t *item, size_t count) {
        if (type == 0x21 && count >= 4) {
            const size_t index = item[0] / 2;
            if (item[0] % 2 == 0 || index >= results.size()) return;
            std::string syntax;
            eachItem(item + 4, count - 4, [&](uint8_t inner, const uint8_t *bytes, size_t length) {
                if (inner == 0x40) syntax.assign(reinterpret_cast<const char *>(bytes), length);
            });
            while (!syntax.empty() && (syntax.back() == '\0' || syntax.back() == ' ')) syntax.pop_back();
            // A peer that accepts something else than the one transfer syntax we offered has not accepted.
            results[index] = item[2] != 0 ? item[2] : syntax == proposal.contexts[index].second ? 0 : 255;
        } else if (type == 0x50) {
            eachItem(item, count, [&](uint8_t inner, const uint8_t *bytes, size_t length) {
                if (inner == 0x51 && length == 4) theirs = static_cast<uint32_t>(number32(bytes));
            });
        }
    });
    // 0: no limit (PS3.8 D.1); our own bounds the buffer.
    uint32_t limit = theirs == 0 ? proposal.maxPDU : std::min(theirs, proposal.maxPDU);
    if (limit < smallestPDU) limit = fallbackPDU;
    fragmentLimit_ = (limit - pdvHead) & ~size_t{1};
    return isSound;
}

Event Upper::nextPDV(PDV &pdv) {
    while (!hasPDV()) {
        uint8_t type = 0;
        position_ = 0;
        pdu_.clear();
        Bytes body;
        const Event got = readPDU(type, body);
        if (got != Event::message) return got;
        if (type == abortPDU) return Event::aborted;
        if (type == releaseRQ) {
            Bytes reply = {releaseRP, 0, 0, 0, 0, 4, 0, 0, 0, 0};
            (void)send(reply);
            return Event::released;
        }
        if (type != dataTF) return Event::protocolError;
        pdu_ = std::move(body);
    }
    if (pdu_.size() - position_ < pdvHead) return Event::protocolError;
    const uint8_t *head = pdu_.data() + position_;
    const size_t length = number32(head);
    if (length < 2 || length > pdu_.size() - position_ - 4) return Event::protocolError;
    pdv = {head[4], (head[5] & 1) != 0, (head[5] & 2) != 0, head + pdvHead, length - 2};
    position_ += 4 + length;
    return Event::message;
}

Event Upper::write(const PDV &pdv) {
    if (!connection_) return Event::lost;
    head_.clear();
    head_.push_back(dataTF);
    head_.push_back(0);
    append32(head_, pdv.count + pdvHead);
    append32(head_, pdv.count + 2);
    head_.push_back(pdv.contextID);
    head_.push_back(static_cast<uint8_t>((pdv.isCommand ? 1 : 0) | (pdv.isLast ? 2 : 0)));
    // The connection lets the head travel with the value behind it, which need not be copied for that.
    const bool isSent = send(head_) && connection_->write(const_cast<uint8_t *>(pdv.bytes), pdv.count) >= 0;
    return isSent ? Event::message : faultOf(line_, Event::lost);
}

void Upper::release() {
    if (!connection_) return;
    Bytes request = {releaseRQ, 0, 0, 0, 0, 4, 0, 0, 0, 0};
    if (send(request)) {
        uint8_t type = 0;
        Bytes body;
        // What was under way may come first; a peer that releases as well gets its answer (PS3.8 9.2.3, AR-8).
        while (readPDU(type, body) == Event::message && type != releaseRP && type != abortPDU) {
            if (type != releaseRQ) continue;
            Bytes reply = {releaseRP, 0, 0, 0, 0, 4, 0, 0, 0, 0};
            if (!send(reply)) break;
        }
    }
    connection_->close();
}

void Upper::abort() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    if (!connection_) return;
    Bytes request = {abortPDU, 0, 0, 0, 0, 4, 0, 0, 0, 0};
    (void)send(request);
    connection_->close();
}

}  // namespace cdcmtk

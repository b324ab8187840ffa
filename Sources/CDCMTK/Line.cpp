// Deadlines of a connection.
#include "Connection.hpp"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cdcmtk {

void Line::open(Clock::time_point deadline) {
    phase_ = Phase::opening;
    openingEnds_ = deadline;
}

void Line::awaitMessage() {
    phase_ = Phase::idle;
    phaseBegan_ = Clock::now();
}

void Line::inMessage() {
    phase_ = Phase::message;
    phaseBegan_ = Clock::now();
    windowBytes_ = 0;
}

Clock::time_point Line::deadline() const {
    switch (phase_) {
    case Phase::opening: return openingEnds_;
    case Phase::idle: return phaseBegan_ + idle_;
    case Phase::message: break;
    }
    return phaseBegan_ + stall_;
}

bool Line::awaitReadable(int descriptor) {
    for (;;) {
        pollfd polled[2] = {{descriptor, POLLIN, 0}, {stopDescriptor_, POLLIN, 0}};
        const nfds_t count = phase_ == Phase::idle && stopDescriptor_ >= 0 ? 2 : 1;
        const int ready = poll(polled, count, millisecondsUntil(deadline()));
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) {
            lost();
            return false;
        }
        if (polled[0].revents != 0) return true;
        if (ready > 0) {  // only the listener's stop
            fault_ = Fault::stopped;
            return false;
        }
        if (Clock::now() < deadline()) continue;
        fault_ = phase_ == Phase::idle ? Fault::idle : Fault::stalled;
        return false;
    }
}

bool Line::awaitReadable() { return awaitReadable(descriptor_); }

bool Line::awaitWritable(int descriptor) {
    // A peer that reads nothing for a whole stall timeout is as dead as one that sends nothing.
    const auto limit = Clock::now() + stall_;
    for (;;) {
        pollfd polled = {descriptor, POLLOUT, 0};
        const int ready = poll(&polled, 1, millisecondsUntil(limit));
        if (ready < 0 && errno == EINTR) continue;
        if (ready > 0) return true;
        if (ready == 0 && Clock::now() < limit) continue;
        if (ready == 0) fault_ = Fault::stalled; else lost();
        return false;
    }
}

void Line::received(const void *bytes, size_t count) {
    if (headBytes_ < head_.size()) {
        const size_t take = std::min(count, head_.size() - headBytes_);
        std::memcpy(head_.data() + headBytes_, bytes, take);
        headBytes_ += take;
    }
    if (phase_ == Phase::idle) inMessage();
    if (phase_ != Phase::message) return;
    windowBytes_ += count;
    if (windowBytes_ >= minStallWindowBytes) {
        phaseBegan_ = Clock::now();
        windowBytes_ = 0;
    }
}

void Line::attach(int descriptor) {
    std::lock_guard<std::mutex> guard(lock_);
    descriptor_ = descriptor;
    if (cut_) ::shutdown(descriptor, SHUT_RDWR);
}

void Line::detachAndClose() {
    std::lock_guard<std::mutex> guard(lock_);
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

void Line::cut() {
    std::lock_guard<std::mutex> guard(lock_);
    cut_ = true;
    if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_RDWR);
}

}  // namespace cdcmtk

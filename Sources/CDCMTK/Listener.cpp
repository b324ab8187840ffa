#include "Listener.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

using namespace cdcmtk;

namespace {
/// Reasons of an A-ASSOCIATE-RJ by the service provider, presentation related (PS3.8 Table 9-21).
constexpr uint8_t temporaryCongestion = 1, localLimitExceeded = 2;
/// Connections without a thread, all addresses together; more are closed without a word.
constexpr size_t maxWaiting = 512;
/// Connections that wait for the kernel's accept.
constexpr int backlog = 128;
/// What a peer that is turned away gets to read its rejection and to close.
constexpr auto refusalLinger = std::chrono::seconds(2);

std::atomic<uint64_t> associationCount{0};

std::string numericAddress(const sockaddr_storage &address, socklen_t length) {
    char host[NI_MAXHOST] = "";
    if (getnameinfo(reinterpret_cast<const sockaddr *>(&address), length, host, sizeof host, nullptr, 0,
                    NI_NUMERICHOST) != 0) return "unknown";
    const std::string text = host;
    // A dual-stack socket shows IPv4 peers in this form.
    return text.rfind("::ffff:", 0) == 0 ? text.substr(7) : text;
}
}  // namespace

cdcmtk_listener::cdcmtk_listener(const cdcmtk_listener_configuration &configuration, const cdcmtk_handler &handler)
    : configuration_(configuration), handler_(handler) {
    configuration_.bind_address = nullptr;  // the caller's, gone when `start` is over
    configuration_.max_pdu_bytes = std::clamp<uint32_t>(configuration.max_pdu_bytes, ASC_MINIMUMPDUSIZE,
                                                        ASC_MAXIMUMPDUSIZE);
}

cdcmtk_listener::~cdcmtk_listener() {
    if (socket_ >= 0) ::close(socket_);
    if (wake_ >= 0) ::close(wake_);
}

int cdcmtk_listener::start(const char *bindAddress, uint16_t port) {
    addrinfo hints = {};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
    addrinfo *found = nullptr;
    if (getaddrinfo(bindAddress, std::to_string(port).c_str(), &hints, &found) != 0) return EINVAL;

    int failure = 0;
    const int one = 1;
    socket_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ < 0 || setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        ::bind(socket_, found->ai_addr, found->ai_addrlen) != 0 || ::listen(socket_, backlog) != 0) {
        failure = errno;
    }
    freeaddrinfo(found);
    if (failure != 0) return failure;

    sockaddr_storage bound = {};
    socklen_t length = sizeof bound;
    if (getsockname(socket_, reinterpret_cast<sockaddr *>(&bound), &length) != 0) return errno;
    port_ = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6 &>(bound).sin6_port
                                              : reinterpret_cast<sockaddr_in &>(bound).sin_port);
    wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_ < 0) return errno;
    watcher_ = std::thread([this] { watch(); });
    return 0;
}

void cdcmtk_listener::stop(double graceSeconds) {
    stopping_ = true;
    eventfd_write(wake_, 1);  // never read back: stays readable for every session that waits between messages
    if (watcher_.joinable()) watcher_.join();
    ::close(socket_);
    socket_ = -1;
    std::unique_lock<std::mutex> guard(lock_);
    if (!ended_.wait_for(guard, seconds(graceSeconds), [&] { return threads_ == 0; })) {
        for (Session *session : sessions_) session->cut();
        ended_.wait(guard, [&] { return threads_ == 0; });
    }
}

void cdcmtk_listener::watch() {
    std::vector<pollfd> polled;
    while (!stopping_) {
        try {
            polled.assign({{wake_, POLLIN, 0}, {socket_, POLLIN, 0}});
            auto nearest = Clock::time_point::max();
            for (const auto &each : waiting_) {
                polled.push_back({each.descriptor, POLLIN, 0});
                const auto limit = each.refusal != 0 ? Clock::duration(refusalLinger)
                                                     : seconds(configuration_.acse_timeout_seconds);
                nearest = std::min(nearest, each.accepted + limit);
            }
            if (poll(polled.data(), polled.size(), waiting_.empty() ? -1 : millisecondsUntil(nearest)) < 0) continue;
            size_t index = 2;
            for (auto each = waiting_.begin(); each != waiting_.end(); index += 1) {
                each = advance(*each, polled[index].revents) ? std::next(each) : waiting_.erase(each);
            }
            if (polled[1].revents != 0) acceptAll();
        } catch (...) {
            // Out of memory or threads: drop those who wait, and go on.
            for (const auto &each : waiting_) ::close(each.descriptor);
            waiting_.clear();
        }
    }
    for (const auto &each : waiting_) ::close(each.descriptor);
    waiting_.clear();
}

void cdcmtk_listener::acceptAll() {
    for (;;) {
        sockaddr_storage address = {};
        socklen_t length = sizeof address;
        const int descriptor = accept4(socket_, reinterpret_cast<sockaddr *>(&address), &length, SOCK_CLOEXEC);
        if (descriptor < 0) {
            // Out of descriptors: the backlog stays readable, so breathe instead of spinning.
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
            }
            return;
        }
        if (waiting_.size() >= maxWaiting) {
            ::close(descriptor);
            continue;
        }
        Waiting entry{descriptor, numericAddress(address, length), Clock::now(), 0, false};
        const auto sameSilentAddress = [&](const Waiting &other) {
            return other.refusal == 0 && other.address == entry.address;
        };
        auto halfOpen = static_cast<size_t>(std::count_if(waiting_.begin(), waiting_.end(), sameSilentAddress));
        {
            std::lock_guard<std::mutex> guard(lock_);
            const auto found = opening_.find(entry.address);
            if (found != opening_.end()) halfOpen += found->second;
        }
        if (halfOpen >= configuration_.max_half_open_per_address) entry.refusal = temporaryCongestion;
        waiting_.push_back(std::move(entry));
    }
}

bool cdcmtk_listener::advance(Waiting &waiting, short events) {
    if (waiting.refusal != 0) return turnAway(waiting, events);
    if (events != 0) {
        {
            std::lock_guard<std::mutex> guard(lock_);
            const auto busy = busy_.find(waiting.address);
            const uint32_t own = busy == busy_.end() ? 0 : busy->second;
            if (threads_ >= configuration_.max_associations || own >= configuration_.max_associations_per_address) {
                waiting.refusal = localLimitExceeded;
            }
        }
        if (waiting.refusal != 0) {
            waiting.accepted = Clock::now();
            return turnAway(waiting, events);
        }
        serve(waiting);
        return false;
    }
    if (Clock::now() < waiting.accepted + seconds(configuration_.acse_timeout_seconds)) return true;
    ::close(waiting.descriptor);
    return false;
}

void cdcmtk_listener::secure(const cdcmtk_tls &tls) {
    SSL_CTX_up_ref(tls.context.get());
    std::shared_ptr<SSL_CTX> shared(tls.context.get(), SSL_CTX_free);
    std::lock_guard<std::mutex> guard(lock_);
    security_ = std::move(shared);
    isSecure_ = true;
}

bool cdcmtk_listener::turnAway(Waiting &waiting, short events) {
    if (isSecure_) {
        // A rejection in plain bytes would mean nothing to a peer that speaks TLS.
        ::close(waiting.descriptor);
        return false;
    }
    bool over = Clock::now() >= waiting.accepted + refusalLinger;
    if (events != 0) {
        // The request must be read before we close, or the kernel answers it with a reset that erases our rejection.
        uint8_t discarded[4096];
        const ssize_t count = ::recv(waiting.descriptor, discarded, sizeof discarded, MSG_DONTWAIT);
        if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) over = true;
        if (count > 0 && !waiting.answered) {
            const uint8_t rejection[10] = {DUL_TYPEASSOCIATERJ, 0, 0, 0, 0, 4, 0, 2, 3, waiting.refusal};
            (void)::send(waiting.descriptor, rejection, sizeof rejection, MSG_NOSIGNAL | MSG_DONTWAIT);
            (void)::shutdown(waiting.descriptor, SHUT_WR);
            waiting.answered = true;
        }
    }
    if (over) ::close(waiting.descriptor);
    return !over;
}

void cdcmtk_listener::serve(const Waiting &waiting) {
    {
        std::lock_guard<std::mutex> guard(lock_);
        threads_ += 1;
        opening_[waiting.address] += 1;
        busy_[waiting.address] += 1;
    }
    const auto body = [this, waiting] {
        Session session(
            configuration_, handler_, ++associationCount, waiting.address, wake_, stopping_, security());
        bool opening = true;
        const auto negotiated = [&] {
            if (std::exchange(opening, false)) endOpening(waiting.address);
        };
        if (enter(session)) session.serve(waiting.descriptor, waiting.accepted, negotiated);
        else ::close(waiting.descriptor);
        negotiated();
        std::lock_guard<std::mutex> guard(lock_);
        sessions_.erase(&session);
        leave(waiting.address);
        ended_.notify_all();  // under the lock: after it the listener may be gone
    };
    try {
        std::thread(body).detach();
    } catch (...) {
        ::close(waiting.descriptor);
        endOpening(waiting.address);
        std::lock_guard<std::mutex> guard(lock_);
        leave(waiting.address);
    }
}

std::shared_ptr<SSL_CTX> cdcmtk_listener::security() {
    std::lock_guard<std::mutex> guard(lock_);
    return security_;
}

void cdcmtk_listener::leave(const std::string &address) {
    threads_ -= 1;
    const auto found = busy_.find(address);
    if (found != busy_.end() && --found->second == 0) busy_.erase(found);
}

bool cdcmtk_listener::enter(Session &session) {
    try {
        std::lock_guard<std::mutex> guard(lock_);
        sessions_.insert(&session);
        return true;
    } catch (...) {
        return false;
    }
}

void cdcmtk_listener::endOpening(const std::string &address) {
    std::lock_guard<std::mutex> guard(lock_);
    const auto found = opening_.find(address);
    if (found != opening_.end() && --found->second == 0) opening_.erase(found);
}

extern "C" int32_t cdcmtk_listener_start(const cdcmtk_listener_configuration *configuration,
                                         const cdcmtk_handler *handler, const cdcmtk_tls *tls,
                                         cdcmtk_listener **listener, uint16_t *port) {
    try {
        cdcmtk_initialize();
        auto made = std::make_unique<cdcmtk_listener>(*configuration, *handler);
        if (tls != nullptr) made->secure(*tls);
        const int failure = made->start(configuration->bind_address, configuration->port);
        if (failure != 0) return failure;
        *port = made->port();
        *listener = made.release();
        return 0;
    } catch (...) {
        return ENOMEM;
    }
}

extern "C" void cdcmtk_listener_secure(cdcmtk_listener *listener, const cdcmtk_tls *tls) {
    try {
        listener->secure(*tls);
    } catch (...) {
        // Out of memory: the certificates before stay in use.
        return;
    }
}

extern "C" void cdcmtk_listener_stop(cdcmtk_listener *listener, double graceSeconds) {
    try {
        listener->stop(graceSeconds);
        delete listener;
    } catch (...) {
        // A mutex that cannot be locked: leaking the listener is all that is left.
        return;
    }
}

// The door: one thread that accepts, watches silent connections and turns away; one thread per association.
#pragma once

#include "Session.hpp"

#include <condition_variable>
#include <list>
#include <set>
#include <thread>

struct cdcmtk_listener {
public:
    cdcmtk_listener(const cdcmtk_listener_configuration &configuration, const cdcmtk_handler &handler);
    ~cdcmtk_listener();
    cdcmtk_listener(const cdcmtk_listener &) = delete;
    cdcmtk_listener &operator=(const cdcmtk_listener &) = delete;

    /// Returns 0 or an errno.
    int start(const char *bindAddress, uint16_t port);
    uint16_t port() const { return port_; }
    void stop(double graceSeconds);
    /// Sessions that begin from now on use these certificates.
    void secure(const cdcmtk_tls &tls);

private:
    /// A connection without a thread: silent so far, or being turned away.
    struct Waiting {
        int descriptor;
        std::string address;
        cdcmtk::Clock::time_point accepted;
        uint8_t refusal;  // 0: none yet; else the provider's reason (PS3.8 Table 9-21, source 3)
        bool answered;
    };

    void watch();
    void acceptAll();
    /// True while the connection stays in the waiting list.
    bool advance(Waiting &waiting, short events);
    bool turnAway(Waiting &waiting, short events);
    void serve(const Waiting &waiting);
    /// Makes a session known to `stop`; false when there is no memory for it.
    bool enter(cdcmtk::Session &session);
    void endOpening(const std::string &address);
    std::shared_ptr<SSL_CTX> security();
    /// A thread of this address has ended; under the lock.
    void leave(const std::string &address);

    cdcmtk_listener_configuration configuration_;
    const cdcmtk_handler handler_;
    int socket_ = -1, wake_ = -1;
    uint16_t port_ = 0;
    std::thread watcher_;
    std::list<Waiting> waiting_;  // the watcher's alone

    std::atomic<bool> stopping_{false}, isSecure_{false};
    std::mutex lock_;  // guards what follows
    std::condition_variable ended_;
    std::set<cdcmtk::Session *> sessions_;
    std::map<std::string, uint32_t> opening_;  // by address: threads whose A-ASSOCIATE-RQ is not complete
    uint32_t threads_ = 0;
    std::map<std::string, uint32_t> busy_;  // by address: threads
    std::shared_ptr<SSL_CTX> security_;     // none: plain TCP
};

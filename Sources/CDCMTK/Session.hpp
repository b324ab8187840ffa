// One association that a peer opened with us.
#pragma once

#include "AcceptedPipe.hpp"
#include "Exchange.hpp"
#include "Verdict.hpp"

#include <atomic>
#include <map>
#include <string>

namespace cdcmtk {

/// A presentation context as it was agreed.
struct Context {
    std::string abstractSyntax, transferSyntax;
};

/// Serves one accepted socket on the calling thread: negotiates, answers C-ECHO, hands out C-STORE.
class Session {
public:
    Session(const cdcmtk_listener_configuration &limits, const cdcmtk_handler &handler, uint64_t number,
            std::string peerAddress, int stopDescriptor, std::atomic<bool> &stopping,
            std::shared_ptr<SSL_CTX> security);

    /// Takes over the descriptor; returns when the association and its connection are gone. Calls `negotiated` once,
    /// when the A-ASSOCIATE-RQ is in or will not come. No exception leaves it.
    void serve(int descriptor, Clock::time_point accepted, const std::function<void()> &negotiated);
    /// Ends all waiting, from another thread.
    void cut() { line_.cut(); }

private:
    void negotiateAndRun(int descriptor, Clock::time_point accepted, const std::function<void()> &negotiated);
    bool negotiate(T_ASC_Association *association);
    void reject(T_ASC_Association *association, uint8_t result, uint8_t source, uint8_t reason);
    void agree(T_ASC_Parameters *parameters, const cdcmtk_verdict &verdict);
    int32_t run(T_ASC_Association *association);
    Event answer(Exchange &exchange, const CommandSet &command, uint8_t contextID, const Context &context);
    Event normalized(Exchange &exchange, const CommandSet &command, uint8_t contextID, const Context &context);
    Event store(Exchange &exchange, const CommandSet &command, uint8_t contextID, const Context &context);
    int32_t end(Event event) const;

    const cdcmtk_listener_configuration &limits_;
    const cdcmtk_handler &handler_;
    const uint64_t number_;
    const std::string peerAddress_;
    std::atomic<bool> &stopping_;
    const std::shared_ptr<SSL_CTX> security_;  // none: plain TCP
    std::string fingerprint_;
    Line line_;
    std::map<uint8_t, Context> contexts_;
    void *owner_ = nullptr;  // the handler's own object for this association
};

}  // namespace cdcmtk

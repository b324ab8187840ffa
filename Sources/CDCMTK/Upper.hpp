// The requestor's half of the upper layer protocol (PS3.8 9.2, 9.3), for associations that we open.
//
// DCMTK's own knows IPv4 alone, one connect timeout per process, and no deadline inside a TLS handshake.
#pragma once

#include "Pipe.hpp"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cdcmtk {

using ContextPair = std::pair<std::string, std::string>;  // abstract syntax, transfer syntax

/// One association of ours, from connection to release. Used on one thread.
class Upper final : public Pipe {
public:
    struct Proposal {
        std::string called, calling;
        uint32_t maxPDU;
        std::vector<ContextPair> contexts;   // identifiers 1, 3, 5, …
        std::set<std::string> reversed;      // abstract syntaxes for which we ask to be the SCP
    };
    /// 0 accepted, 1…4 refused (PS3.8 Table 9-18); 255 nothing was said.
    using Results = std::vector<uint8_t>;

    explicit Upper(Line &line) : line_(line) {}
    ~Upper() override;

    /// One connection to the first address that answers by the deadline.
    int32_t connect(const std::string &host, uint16_t port, Clock::time_point deadline);
    cdcmtk_failure secure(const cdcmtk_tls &tls, const std::string &host, const std::string &fingerprint);
    cdcmtk_failure negotiate(const Proposal &proposal, Results &results);
    /// A-RELEASE-RQ, its answer, and the end of the connection. The line's deadline holds.
    void release();
    void abort();

    bool hasPDV() override { return position_ < pdu_.size(); }
    bool hasBytes() override { return connection_ && connection_->networkDataAvailable(0); }
    Event nextPDV(PDV &pdv) override;
    Event write(const PDV &pdv) override;
    size_t fragmentLimit() const override { return fragmentLimit_; }

private:
    /// Reads one PDU; anything that is too long for its kind is a protocol error.
    Event readPDU(uint8_t &type, std::vector<uint8_t> &body);
    bool readAll(uint8_t *bytes, size_t count);
    bool send(std::vector<uint8_t> &bytes);
    cdcmtk_failure failure(Event event) const;
    bool readAccepted(const std::vector<uint8_t> &body, const Proposal &proposal, Results &results);

    Line &line_;
    int descriptor_ = -1;  // until the connection has it
    std::unique_ptr<Connection> connection_;
    uint32_t maxPDU_ = 0;
    size_t fragmentLimit_ = 2;
    std::vector<uint8_t> pdu_, head_;  // the P-DATA-TF that arrived last; the head of one being written
    size_t position_ = 0;
};

}  // namespace cdcmtk

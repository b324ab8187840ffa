// Associations that we open: C-ECHO, and C-STORE of encoded data sets whose bytes nobody touches again.
#include "Exchange.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace cdcmtk;

namespace {

constexpr const char *verificationSOPClass = "1.2.840.10008.1.1";

using Pair = std::pair<std::string, std::string>;  // SOP class, transfer syntax

cdcmtk_failure failure(int32_t kind) { return {kind, 0, 0, 0}; }

int32_t kind(Event event) {
    switch (event) {
    case Event::message: return CDCMTK_OK;
    case Event::released: case Event::aborted: return CDCMTK_FAILED_ABORTED;
    case Event::lost: return CDCMTK_FAILED_LOST;
    case Event::idle: case Event::stalled: return CDCMTK_FAILED_TIMEOUT;
    case Event::stopped: case Event::protocolError: break;
    }
    return CDCMTK_FAILED_PROTOCOL;
}

void copyComment(const std::string &comment, char (&target)[65]) {
    const size_t count = std::min(comment.size(), sizeof target - 1);
    std::memcpy(target, comment.data(), count);
    target[count] = '\0';
}

}  // namespace

/// One association of ours.
struct cdcmtk_request {
public:
    explicit cdcmtk_request(const cdcmtk_peer &peer)
        : peer_(peer), host_(peer.host), called_(peer.called_ae_title), calling_(peer.calling_ae_title),
          line_(peer.dimse_timeout_seconds, peer.dimse_timeout_seconds, -1), layer_(line_) {}

    bool propose(const Pair &pair);
    cdcmtk_failure connect();
    cdcmtk_failure echo(uint16_t &status);
    cdcmtk_outcome store(const cdcmtk_object &object);
    void close();
    /// After an exception nobody knows what has been written: the association ends with an abort.
    void giveUp() { broken_ = CDCMTK_FAILED_INTERNAL; }

private:
    cdcmtk_failure refusal(const OFCondition &condition);
    void noteContexts();
    Event ask(uint8_t contextID, CommandSet &request, const uint8_t *bytes, size_t count, CommandSet &response);

    const cdcmtk_peer peer_;  // its strings are the caller's, and gone: use those below
    const std::string host_, called_, calling_;
    std::vector<Pair> proposed_;
    std::map<Pair, uint8_t> accepted_;  // by context identifier
    std::map<Pair, uint8_t> refused_;   // by result
    uint16_t messageID_ = 0;
    int32_t broken_ = CDCMTK_FAILED_CONNECT;  // OK while the association lives
    Line line_;
    Layer layer_;
    AssociationOwner owner_;
};

bool cdcmtk_request::propose(const Pair &pair) {
    if (std::find(proposed_.begin(), proposed_.end(), pair) != proposed_.end()) return true;
    if (proposed_.size() == maxPresentationContexts) return false;
    proposed_.push_back(pair);
    return true;
}

cdcmtk_failure cdcmtk_request::connect() {
    const std::string address = host_ + ":" + std::to_string(peer_.port);
    // DCMTK copies the host into 128 bytes without asking, and reads up to the first colon.
    if (address.size() > 120 || host_.empty() || host_.find(':') != std::string::npos || proposed_.empty()) {
        return failure(broken_ = CDCMTK_FAILED_ARGUMENT);
    }
    const int acseSeconds = static_cast<int>(std::ceil(peer_.acse_timeout_seconds));
    T_ASC_Parameters *parameters = nullptr;
    const long maxPDU = std::clamp<long>(peer_.max_pdu_bytes, ASC_MINIMUMPDUSIZE, ASC_MAXIMUMPDUSIZE);
    if (ASC_initializeNetwork(NET_REQUESTOR, 0, acseSeconds, &owner_.network).bad() ||
        ASC_createAssociationParameters(&parameters, maxPDU).bad()) {
        return failure(broken_ = CDCMTK_FAILED_INTERNAL);
    }
    ASC_setTransportLayer(owner_.network, &layer_, 0);
    OFCondition made = ASC_setAPTitles(parameters, calling_.c_str(), called_.c_str(), nullptr);
    if (made.good()) made = ASC_setPresentationAddresses(parameters, "localhost", address.c_str());
    uint8_t contextID = 1;
    for (const auto &[sopClass, transferSyntax] : proposed_) {
        const char *syntaxes[] = {transferSyntax.c_str()};
        if (made.good()) made = ASC_addPresentationContext(parameters, contextID, sopClass.c_str(), syntaxes, 1);
        contextID = static_cast<uint8_t>(contextID + 2);
    }
    if (made.bad()) {
        ASC_destroyAssociationParameters(&parameters);
        return failure(broken_ = CDCMTK_FAILED_ARGUMENT);
    }

    dcmConnectionTimeout.set(static_cast<Sint32>(std::ceil(peer_.connect_timeout_seconds)));
    line_.open(Clock::now() + seconds(peer_.connect_timeout_seconds + peer_.acse_timeout_seconds));
    const OFCondition opened = ASC_requestAssociation(
        owner_.network, parameters, &owner_.association, nullptr, nullptr, DUL_NOBLOCK, acseSeconds);
    if (owner_.association == nullptr) ASC_destroyAssociationParameters(&parameters);
    if (opened.bad()) {
        const cdcmtk_failure why = refusal(opened);
        broken_ = why.kind;
        return why;
    }
    noteContexts();
    return failure(broken_ = CDCMTK_OK);
}

void cdcmtk_request::noteContexts() {
    const int count = ASC_countPresentationContexts(owner_.association->params);
    for (int position = 0; position < count; position += 1) {
        T_ASC_PresentationContext context;
        if (ASC_getPresentationContext(owner_.association->params, position, &context).bad()) continue;
        const size_t index = static_cast<size_t>(context.presentationContextID) / 2;
        if (index >= proposed_.size()) continue;
        const Pair &pair = proposed_[index];
        if (context.resultReason != ASC_P_ACCEPTANCE) {
            refused_[pair] = static_cast<uint8_t>(context.resultReason);
        } else if (unpadded(context.acceptedTransferSyntax) == pair.second) {
            // A peer that accepts something else than the one transfer syntax we offered has not accepted.
            accepted_[pair] = context.presentationContextID;
        }
    }
}

cdcmtk_failure cdcmtk_request::refusal(const OFCondition &condition) {
    if (condition == DUL_ASSOCIATIONREJECTED && owner_.association != nullptr) {
        T_ASC_RejectParameters rejection;
        ASC_getRejectParameters(owner_.association->params, &rejection);
        return {CDCMTK_FAILED_REJECTED, static_cast<uint8_t>(rejection.result), static_cast<uint8_t>(rejection.source),
                static_cast<uint8_t>(rejection.reason & 0xFF)};
    }
    if (!layer_.tookSocket()) return failure(CDCMTK_FAILED_CONNECT);
    if (condition == DUL_PEERABORTEDASSOCIATION) return failure(CDCMTK_FAILED_ABORTED);
    if (condition == DUL_READTIMEOUT) return failure(CDCMTK_FAILED_TIMEOUT);
    switch (line_.fault()) {
    case Fault::closed: return failure(CDCMTK_FAILED_LOST);
    case Fault::idle: case Fault::stalled: return failure(CDCMTK_FAILED_TIMEOUT);
    case Fault::stopped: case Fault::none: break;
    }
    return failure(CDCMTK_FAILED_PROTOCOL);
}

/// Sends a request and its data set, and waits for the response to it.
Event cdcmtk_request::ask(uint8_t contextID, CommandSet &request, const uint8_t *bytes, size_t count,
                          CommandSet &response) {
    request.messageID = messageID_ = static_cast<uint16_t>(messageID_ + 1);
    Exchange exchange(owner_.association, line_);
    Event event = exchange.writeCommand(contextID, request.encodedRequest());
    if (event == Event::message && count > 0) event = exchange.writeDataSet(contextID, bytes, count);
    uint8_t answeredOn = 0;
    if (event == Event::message) event = exchange.readCommand(response, answeredOn);
    if (event != Event::message) return event;
    const bool fits = answeredOn == contextID && response.field == (request.field | CommandField::response) &&
                      response.respondedTo == request.messageID && !response.hasDataSet();
    return fits ? Event::message : Event::protocolError;
}

cdcmtk_failure cdcmtk_request::echo(uint16_t &status) {
    if (broken_ != CDCMTK_OK) return failure(broken_);
    const auto context = std::find_if(accepted_.begin(), accepted_.end(), [](const auto &each) {
        return each.first.first == verificationSOPClass;
    });
    if (context == accepted_.end()) return failure(CDCMTK_FAILED_NO_CONTEXT);
    CommandSet command, response;
    command.field = CommandField::cEchoRQ;
    command.sopClassUID = verificationSOPClass;
    broken_ = kind(ask(context->second, command, nullptr, 0, response));
    status = response.status;
    return failure(broken_);
}

cdcmtk_outcome cdcmtk_request::store(const cdcmtk_object &object) {
    cdcmtk_outcome outcome = {};
    outcome.kind = CDCMTK_OUTCOME_NOT_SENT;
    outcome.why = broken_;
    if (broken_ != CDCMTK_OK) return outcome;
    // A data set of odd length or none at all cannot be right, and no peer could read it (PS3.5 7.1).
    outcome.why = CDCMTK_FAILED_ARGUMENT;
    if (object.count == 0 || object.count % 2 != 0) return outcome;

    const Pair pair = {object.sop_class_uid, object.transfer_syntax_uid};
    const auto context = accepted_.find(pair);
    if (context == accepted_.end()) {
        if (std::find(proposed_.begin(), proposed_.end(), pair) == proposed_.end()) return outcome;
        const auto refused = refused_.find(pair);
        outcome.kind = CDCMTK_OUTCOME_NOT_ACCEPTED;
        outcome.context_result = refused == refused_.end() ? static_cast<uint8_t>(ASC_P_NOREASON) : refused->second;
        return outcome;
    }
    CommandSet command, response;
    command.field = CommandField::cStoreRQ;
    command.sopClassUID = object.sop_class_uid;
    command.sopInstanceUID = object.sop_instance_uid;
    command.dataSetType = 0x0001;
    broken_ = kind(ask(context->second, command, object.bytes, object.count, response));
    outcome.why = broken_;
    if (broken_ != CDCMTK_OK) return outcome;
    outcome.kind = CDCMTK_OUTCOME_ANSWERED;
    outcome.status = response.status;
    copyComment(unpadded(response.errorComment), outcome.error_comment);
    return outcome;
}

void cdcmtk_request::close() {
    if (owner_.association == nullptr) return;
    line_.open(Clock::now() + seconds(peer_.acse_timeout_seconds));
    if (broken_ == CDCMTK_OK && ASC_releaseAssociation(owner_.association).good()) return;
    line_.beginFarewell();
    ASC_abortAssociation(owner_.association);
}

extern "C" cdcmtk_request *cdcmtk_request_new(const cdcmtk_peer *peer) {
    try {
        cdcmtk_initialize();
        return new cdcmtk_request(*peer);
    } catch (...) {
        return nullptr;
    }
}

extern "C" bool cdcmtk_request_propose(
    cdcmtk_request *request, const char *abstractSyntax, const char *transferSyntax) {
    try {
        return request->propose({abstractSyntax, transferSyntax});
    } catch (...) {
        return false;
    }
}

extern "C" cdcmtk_failure cdcmtk_request_connect(cdcmtk_request *request) {
    try {
        return request->connect();
    } catch (...) {
        return failure(CDCMTK_FAILED_INTERNAL);
    }
}

extern "C" cdcmtk_failure cdcmtk_request_echo(cdcmtk_request *request, uint16_t *status) {
    try {
        return request->echo(*status);
    } catch (...) {
        request->giveUp();
        return failure(CDCMTK_FAILED_INTERNAL);
    }
}

extern "C" cdcmtk_outcome cdcmtk_request_store(cdcmtk_request *request, const cdcmtk_object *object) {
    try {
        return request->store(*object);
    } catch (...) {
        request->giveUp();
        cdcmtk_outcome outcome = {};
        outcome.kind = CDCMTK_OUTCOME_NOT_SENT;
        outcome.why = CDCMTK_FAILED_INTERNAL;
        return outcome;
    }
}

extern "C" void cdcmtk_request_close(cdcmtk_request *request) {
    try {
        request->close();
    } catch (...) {
        // The destructor below closes the connection; the peer sees it lost instead of released.
    }
    delete request;
}

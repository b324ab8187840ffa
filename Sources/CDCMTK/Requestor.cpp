// Associations that we open: C-ECHO, C-STORE, C-FIND, N-ACTION and N-EVENT-REPORT; bytes of data sets pass untouched.
#include "Exchange.hpp"
#include "Upper.hpp"

#include <algorithm>
#include <cstring>

using namespace cdcmtk;

namespace {

constexpr const char *verificationSOPClass = "1.2.840.10008.1.1";
constexpr uint16_t statusPending = 0xFF00, statusPendingWithWarning = 0xFF01;
constexpr uint16_t withDataSet = 0x0001;
constexpr uint32_t minPDU = 4096, maxPDU = 131072;

cdcmtk_failure failure(int32_t kind) { return {kind, 0, 0, 0, 0}; }

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
        : peer_(peer), host_(peer.host), fingerprint_(peer.fingerprint),
          line_(peer.dimse_timeout_seconds, peer.dimse_timeout_seconds, -1), upper_(line_), exchange_(upper_, line_) {
        proposal_.called = peer.called_ae_title;
        proposal_.calling = peer.calling_ae_title;
        proposal_.maxPDU = std::clamp<uint32_t>(peer.max_pdu_bytes, minPDU, maxPDU);
    }

    bool propose(const ContextPair &pair);
    void reverse(const std::string &abstractSyntax) { proposal_.reversed.insert(abstractSyntax); }
    uint8_t context(const ContextPair &pair) const;
    cdcmtk_failure connect();
    cdcmtk_failure echo(uint16_t &status);
    cdcmtk_outcome store(const cdcmtk_object &object);
    cdcmtk_failure find(const cdcmtk_object &query, uint32_t maxAnswers, size_t maxBytes,
                        const std::function<void(const std::vector<uint8_t> &)> &answer, uint16_t &status);
    cdcmtk_failure normalized(const cdcmtk_normalized &message, uint16_t &status);
    cdcmtk_failure awaitEvent(double seconds, const std::function<uint16_t(const cdcmtk_normalized &)> &answer);
    void close();
    /// After an exception nobody knows what has been written: the association ends with an abort.
    void giveUp() { broken_ = CDCMTK_FAILED_INTERNAL; }

private:
    /// The identifier of an accepted context; 0 if there is none.
    uint8_t accepted(const ContextPair &pair) const;
    Event send(uint8_t contextID, CommandSet &request, const uint8_t *bytes, size_t count);
    /// The next response to a request; its data set, if it has one, goes to `bytes`.
    Event receive(uint8_t contextID, const CommandSet &request, CommandSet &response, std::vector<uint8_t> &bytes);

    const cdcmtk_peer peer_;  // its strings are the caller's, and gone: use those below
    const std::string host_, fingerprint_;
    Upper::Proposal proposal_;
    Upper::Results results_;
    uint16_t messageID_ = 0;
    int32_t broken_ = CDCMTK_FAILED_CONNECT;  // OK while the association lives
    Line line_;
    Upper upper_;
    Exchange exchange_;
};

bool cdcmtk_request::propose(const ContextPair &pair) {
    auto &contexts = proposal_.contexts;
    if (std::find(contexts.begin(), contexts.end(), pair) != contexts.end()) return true;
    if (contexts.size() == maxPresentationContexts) return false;
    contexts.push_back(pair);
    return true;
}

uint8_t cdcmtk_request::context(const ContextPair &pair) const {
    const auto &contexts = proposal_.contexts;
    const auto found = std::find(contexts.begin(), contexts.end(), pair);
    const auto index = static_cast<size_t>(found - contexts.begin());
    return index < results_.size() ? results_[index] : 255;
}

uint8_t cdcmtk_request::accepted(const ContextPair &pair) const {
    if (context(pair) != 0) return 0;
    const auto &contexts = proposal_.contexts;
    return static_cast<uint8_t>(2 * (std::find(contexts.begin(), contexts.end(), pair) - contexts.begin()) + 1);
}

cdcmtk_failure cdcmtk_request::connect() {
    if (host_.empty() || host_.size() > 255 || proposal_.contexts.empty()) {
        return failure(broken_ = CDCMTK_FAILED_ARGUMENT);
    }
    const auto connectEnds = Clock::now() + seconds(peer_.connect_timeout_seconds);
    broken_ = upper_.connect(host_, peer_.port, connectEnds);
    if (broken_ != CDCMTK_OK) return failure(broken_);
    cdcmtk_failure why = failure(CDCMTK_OK);
    if (peer_.tls != nullptr) {
        line_.open(connectEnds);
        why = upper_.secure(*peer_.tls, host_, fingerprint_);
    }
    if (why.kind == CDCMTK_OK) {
        line_.open(Clock::now() + seconds(peer_.acse_timeout_seconds));
        why = upper_.negotiate(proposal_, results_);
    }
    broken_ = why.kind;
    return why;
}

Event cdcmtk_request::send(uint8_t contextID, CommandSet &request, const uint8_t *bytes, size_t count) {
    request.messageID = messageID_ = static_cast<uint16_t>(messageID_ + 1);
    request.dataSetType = count > 0 ? withDataSet : noDataSet;
    line_.inMessage();
    const Event event = exchange_.writeCommand(contextID, request.encodedRequest());
    return event == Event::message && count > 0 ? exchange_.writeDataSet(contextID, bytes, count) : event;
}

Event cdcmtk_request::receive(
    uint8_t contextID, const CommandSet &request, CommandSet &response, std::vector<uint8_t> &bytes) {
    uint8_t answeredOn = 0;
    bytes.clear();
    response = CommandSet();
    const Event event = exchange_.readCommand(response, answeredOn);
    if (event != Event::message) return event;
    const bool fits = answeredOn == contextID && response.field == (request.field | CommandField::response) &&
                      response.respondedTo == request.messageID;
    if (!fits) return Event::protocolError;
    return response.hasDataSet() ? exchange_.readDataSet(contextID, maxNormalizedBytes, bytes) : Event::message;
}

cdcmtk_failure cdcmtk_request::echo(uint16_t &status) {
    if (broken_ != CDCMTK_OK) return failure(broken_);
    uint8_t contextID = 0;
    for (const auto &pair : proposal_.contexts) {
        if (contextID == 0 && pair.first == verificationSOPClass) contextID = accepted(pair);
    }
    if (contextID == 0) return failure(CDCMTK_FAILED_NO_CONTEXT);
    CommandSet command, response;
    std::vector<uint8_t> bytes;
    command.field = CommandField::cEchoRQ;
    command.sopClassUID = verificationSOPClass;
    Event event = send(contextID, command, nullptr, 0);
    if (event == Event::message) event = receive(contextID, command, response, bytes);
    status = response.status;
    return failure(broken_ = kind(event));
}

cdcmtk_outcome cdcmtk_request::store(const cdcmtk_object &object) {
    cdcmtk_outcome outcome = {};
    outcome.kind = CDCMTK_OUTCOME_NOT_SENT;
    outcome.why = broken_;
    if (broken_ != CDCMTK_OK) return outcome;
    // A data set of odd length or none at all cannot be right, and no peer could read it (PS3.5 7.1).
    outcome.why = CDCMTK_FAILED_ARGUMENT;
    if (object.count == 0 || object.count % 2 != 0) return outcome;

    const ContextPair pair = {object.sop_class_uid, object.transfer_syntax_uid};
    const uint8_t contextID = accepted(pair);
    if (contextID == 0) {
        const auto &contexts = proposal_.contexts;
        if (std::find(contexts.begin(), contexts.end(), pair) == contexts.end()) return outcome;
        const uint8_t result = context(pair);
        outcome.kind = CDCMTK_OUTCOME_NOT_ACCEPTED;
        outcome.context_result = result == 255 ? static_cast<uint8_t>(ASC_P_NOREASON) : result;
        return outcome;
    }
    CommandSet command, response;
    std::vector<uint8_t> bytes;
    command.field = CommandField::cStoreRQ;
    command.sopClassUID = object.sop_class_uid;
    command.sopInstanceUID = object.sop_instance_uid;
    Event event = send(contextID, command, object.bytes, object.count);
    if (event == Event::message) event = receive(contextID, command, response, bytes);
    broken_ = kind(event);
    outcome.why = broken_;
    if (broken_ != CDCMTK_OK) return outcome;
    outcome.kind = CDCMTK_OUTCOME_ANSWERED;
    outcome.status = response.status;
    copyComment(unpadded(response.errorComment), outcome.error_comment);
    return outcome;
}

cdcmtk_failure cdcmtk_request::find(
    const cdcmtk_object &query, uint32_t maxAnswers, size_t maxBytes,
    const std::function<void(const std::vector<uint8_t> &)> &answer, uint16_t &status) {
    if (broken_ != CDCMTK_OK) return failure(broken_);
    const uint8_t contextID = accepted({query.sop_class_uid, query.transfer_syntax_uid});
    if (contextID == 0) return failure(CDCMTK_FAILED_NO_CONTEXT);
    if (query.count == 0) return failure(CDCMTK_FAILED_ARGUMENT);
    CommandSet command, response;
    std::vector<uint8_t> bytes;
    command.field = CommandField::cFindRQ;
    command.sopClassUID = query.sop_class_uid;
    Event event = send(contextID, command, query.bytes, query.count);
    size_t received = 0;
    for (uint32_t count = 0; event == Event::message; count += 1) {
        event = receive(contextID, command, response, bytes);
        if (event != Event::message) break;
        status = response.status;
        if (status != statusPending && status != statusPendingWithWarning) return failure(CDCMTK_OK);
        received += bytes.size();
        if (count >= maxAnswers || received > maxBytes) return failure(broken_ = CDCMTK_FAILED_TOO_MUCH);
        answer(bytes);
    }
    return failure(broken_ = kind(event));
}

cdcmtk_failure cdcmtk_request::normalized(const cdcmtk_normalized &message, uint16_t &status) {
    if (broken_ != CDCMTK_OK) return failure(broken_);
    const uint8_t contextID = accepted({message.sop_class_uid, message.transfer_syntax_uid});
    if (contextID == 0) return failure(CDCMTK_FAILED_NO_CONTEXT);
    CommandSet command, response;
    std::vector<uint8_t> bytes;
    command.field = message.field;
    command.sopClassUID = message.sop_class_uid;
    command.sopInstanceUID = message.sop_instance_uid;
    command.typeID = message.type_id;
    Event event = send(contextID, command, message.bytes, message.count);
    if (event == Event::message) event = receive(contextID, command, response, bytes);
    status = response.status;
    return failure(broken_ = kind(event));
}

cdcmtk_failure cdcmtk_request::awaitEvent(
    double wait, const std::function<uint16_t(const cdcmtk_normalized &)> &answer) {
    if (broken_ != CDCMTK_OK) return failure(broken_);
    if (!upper_.hasPDV() && !upper_.hasBytes()) {
        // Silence is an ordinary end here: the report may come later, on another association.
        line_.open(Clock::now() + seconds(wait));
        if (!line_.awaitReadable()) {
            line_.forgive();
            return failure(CDCMTK_FAILED_TIMEOUT);
        }
    }
    CommandSet command, response;
    uint8_t contextID = 0;
    std::vector<uint8_t> bytes;
    Event event = exchange_.readCommand(command, contextID);
    const size_t index = contextID / 2;
    if (event == Event::message && (command.field != CommandField::nEventReportRQ ||
                                    index >= proposal_.contexts.size() || results_[index] != 0)) {
        event = Event::protocolError;
    }
    if (event == Event::message && command.hasDataSet()) {
        event = exchange_.readDataSet(contextID, maxNormalizedBytes, bytes);
    }
    if (event == Event::message) {
        const std::string sopClass = unpadded(command.sopClassUID), instance = command.sopInstanceUID.c_str();
        response.field = CommandField::nEventReportRQ | CommandField::response;
        response.respondedTo = command.messageID;
        response.sopClassUID = command.sopClassUID;
        response.sopInstanceUID = command.sopInstanceUID;
        response.typeID = command.typeID;
        response.status = answer({command.field, sopClass.c_str(), instance.c_str(),
                                  proposal_.contexts[index].second.c_str(), command.typeID, bytes.data(),
                                  bytes.size()});
        event = exchange_.writeCommand(contextID, response.encodedResponse());
    }
    return failure(broken_ = kind(event));
}

void cdcmtk_request::close() {
    if (broken_ == CDCMTK_OK) {
        line_.open(Clock::now() + seconds(peer_.acse_timeout_seconds));
        upper_.release();
    } else {
        line_.beginFarewell();
        upper_.abort();
    }
}

namespace {
/// Runs what may throw; after an exception the association is given up.
template <typename Body> cdcmtk_failure guarded(cdcmtk_request *request, Body body) {
    try {
        return body();
    } catch (...) {
        request->giveUp();
        return failure(CDCMTK_FAILED_INTERNAL);
    }
}
}  // namespace

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

extern "C" bool cdcmtk_request_reverse(cdcmtk_request *request, const char *abstractSyntax) {
    try {
        request->reverse(abstractSyntax);
        return true;
    } catch (...) {
        return false;
    }
}

extern "C" uint8_t cdcmtk_request_context(
    const cdcmtk_request *request, const char *abstractSyntax, const char *transferSyntax) {
    try {
        return request->context({abstractSyntax, transferSyntax});
    } catch (...) {
        return 255;
    }
}

extern "C" cdcmtk_failure cdcmtk_request_connect(cdcmtk_request *request) {
    return guarded(request, [&] { return request->connect(); });
}

extern "C" cdcmtk_failure cdcmtk_request_echo(cdcmtk_request *request, uint16_t *status) {
    return guarded(request, [&] { return request->echo(*status); });
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

extern "C" cdcmtk_failure cdcmtk_request_find(
    cdcmtk_request *request, const cdcmtk_object *query, uint32_t maxAnswers, size_t maxBytes, void *context,
    void (*answer)(void *context, const uint8_t *bytes, size_t count), uint16_t *status) {
    return guarded(request, [&] {
        return request->find(
            *query, maxAnswers, maxBytes,
            [&](const std::vector<uint8_t> &bytes) { answer(context, bytes.data(), bytes.size()); }, *status);
    });
}

extern "C" cdcmtk_failure cdcmtk_request_normalized(
    cdcmtk_request *request, const cdcmtk_normalized *message, uint16_t *status) {
    return guarded(request, [&] { return request->normalized(*message, *status); });
}

extern "C" cdcmtk_failure cdcmtk_request_await_event(
    cdcmtk_request *request, double seconds, void *context,
    uint16_t (*answer)(void *context, const cdcmtk_normalized *event)) {
    return guarded(request, [&] {
        return request->awaitEvent(
            seconds, [&](const cdcmtk_normalized &event) { return answer(context, &event); });
    });
}

extern "C" void cdcmtk_request_close(cdcmtk_request *request) {
    try {
        request->close();
    } catch (...) {
        // The destructor below closes the connection; the peer sees it lost instead of released.
    }
    delete request;
}

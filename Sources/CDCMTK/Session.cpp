#include "Session.hpp"

#include <cstring>
#include <unistd.h>
#include <utility>

extern "C" void cdcmtk_verdict_accept(cdcmtk_verdict *verdict, const char *abstractSyntax, const char *transferSyntax) {
    try {
        verdict->accepted[abstractSyntax].emplace_back(transferSyntax);
    } catch (...) {
        // Out of memory: what could not be noted is not accepted, which the peer sees as a refused context.
        return;
    }
}

extern "C" void cdcmtk_verdict_accept_reversed(cdcmtk_verdict *verdict, const char *abstractSyntax) {
    try {
        verdict->reversed.insert(abstractSyntax);
    } catch (...) {
        // Out of memory: the role is not taken, which the peer sees.
        return;
    }
}

extern "C" void cdcmtk_verdict_reject(cdcmtk_verdict *verdict, uint8_t result, uint8_t source, uint8_t reason) {
    verdict->rejected = true;
    verdict->result = result;
    verdict->source = source;
    verdict->reason = reason;
}

namespace cdcmtk {

namespace {
/// DICOM's own application context (PS3.7 A.2.1).
constexpr const char *applicationContext = "1.2.840.10008.3.1.1.1";
/// Seconds that a peer gets to close its end after release or rejection.
constexpr int closingSeconds = 1;
}  // namespace

Session::Session(const cdcmtk_listener_configuration &limits, const cdcmtk_handler &handler, uint64_t number,
                 std::string peerAddress, int stopDescriptor, std::atomic<bool> &stopping,
                 std::shared_ptr<SSL_CTX> security)
    : limits_(limits), handler_(handler), number_(number), peerAddress_(std::move(peerAddress)), stopping_(stopping),
      security_(std::move(security)), line_(limits.idle_timeout_seconds, limits.stall_timeout_seconds, stopDescriptor) {}

void Session::serve(int descriptor, Clock::time_point accepted, const std::function<void()> &negotiated) {
    try {
        negotiateAndRun(descriptor, accepted, negotiated);
    } catch (...) {
        // Whatever went wrong, DCMTK's or the allocator's, costs this association alone.
        line_.cut();
        if (owner_ != nullptr) handler_.ended(std::exchange(owner_, nullptr), CDCMTK_END_INTERNAL_ERROR);
    }
}

void Session::negotiateAndRun(
    int descriptor, Clock::time_point accepted, const std::function<void()> &negotiated) {
    line_.open(accepted + seconds(limits_.acse_timeout_seconds));
    Handshake secured;
    if (security_) {
        // On this association's own thread: a peer that stops in the middle of it holds up nobody.
        secured = shakeHands(security_.get(), descriptor, line_, true);
        if (secured.why != 0) {
            ::close(descriptor);
            negotiated();
            handler_.handshake_failed(handler_.context, peerAddress_.c_str(), secured.why);
            return;
        }
        fingerprint_ = secured.fingerprint;
    }
    Layer layer(line_, std::move(secured.session));
    AssociationOwner owner;
    // Whole seconds for DCMTK; the exact limit is the line's.
    const int acseSeconds = static_cast<int>(limits_.acse_timeout_seconds) + 1;
    OFCondition got = Handover::createNetwork(acseSeconds, &owner.network);
    if (got.good()) {
        ASC_setTransportLayer(owner.network, &layer, 0);
        Handover handover(descriptor);
        got = ASC_receiveAssociation(owner.network, &owner.association, static_cast<long>(limits_.max_pdu_bytes),
                                     nullptr, nullptr, OFFalse, DUL_NOBLOCK, acseSeconds);
    }
    if (!layer.tookSocket()) ::close(descriptor);
    negotiated();
    if (got.bad()) {
        // DCMTK has answered what can be answered (an A-ABORT to what is no DICOM); nothing was admitted.
        return;
    }
    if (!negotiate(owner.association)) {
        line_.beginFarewell();
        ASC_dropSCPAssociation(owner.association, closingSeconds);
        return;
    }
    const int32_t how = run(owner.association);
    handler_.ended(std::exchange(owner_, nullptr), how);
}

void Session::reject(T_ASC_Association *association, uint8_t result, uint8_t source, uint8_t reason) {
    // DCMTK keeps the source in the high byte of its reason, and sends the low byte of each.
    T_ASC_RejectParameters rejection;
    rejection.result = static_cast<T_ASC_RejectParametersResult>(result);
    rejection.source = static_cast<T_ASC_RejectParametersSource>(source);
    rejection.reason = static_cast<T_ASC_RejectParametersReason>(source << 8 | reason);
    ASC_rejectAssociation(association, &rejection);
}

bool Session::negotiate(T_ASC_Association *association) {
    char name[129] = "";
    ASC_getApplicationContextName(association->params, name, sizeof name);
    if (unpadded(name) != applicationContext) {
        reject(association, 1, 1, 2);
        return false;
    }
    const cdcmtk_association request = {
        number_, line_.callingAETitle(), line_.calledAETitle(), peerAddress_.c_str(), security_ != nullptr,
        fingerprint_.c_str()};
    cdcmtk_verdict verdict;
    owner_ = handler_.admit(handler_.context, &request, &verdict);
    if (verdict.rejected || owner_ == nullptr) {
        if (verdict.rejected) reject(association, verdict.result, verdict.source, verdict.reason);
        else reject(association, 2, 1, 1);
        return false;
    }
    agree(association->params, verdict);
    if (contexts_.empty()) handler_.no_context(owner_);
    if (ASC_acknowledgeAssociation(association).good()) return true;
    handler_.ended(std::exchange(owner_, nullptr), CDCMTK_END_CONNECTION_LOST);
    return false;
}

void Session::agree(T_ASC_Parameters *parameters, const cdcmtk_verdict &verdict) {
    const int count = ASC_countPresentationContexts(parameters);
    for (int position = 0; position < count; position += 1) {
        T_ASC_PresentationContext proposed;
        if (ASC_getPresentationContext(parameters, position, &proposed).bad()) continue;
        const auto found = verdict.accepted.find(unpadded(proposed.abstractSyntax));
        if (found == verdict.accepted.end()) {
            ASC_refusePresentationContext(
                parameters, proposed.presentationContextID, ASC_P_ABSTRACTSYNTAXNOTSUPPORTED);
            continue;
        }
        const char *chosen = nullptr;
        for (const auto &wanted : found->second) {
            for (int each = 0; each < proposed.transferSyntaxCount && chosen == nullptr; each += 1) {
                if (unpadded(proposed.proposedTransferSyntaxes[each]) == wanted) chosen = wanted.c_str();
            }
            if (chosen != nullptr) break;
        }
        if (chosen == nullptr) {
            ASC_refusePresentationContext(
                parameters, proposed.presentationContextID, ASC_P_TRANSFERSYNTAXESNOTSUPPORTED);
            continue;
        }
        // A proposed role that we do not take is answered with the default role, not with a refusal (PS3.7 D.3.3.4).
        const bool isReversed = proposed.proposedRole == ASC_SC_ROLE_SCP && verdict.reversed.count(found->first) > 0;
        const auto role = isReversed ? ASC_SC_ROLE_SCP : ASC_SC_ROLE_DEFAULT;
        if (ASC_acceptPresentationContext(
                parameters, proposed.presentationContextID, chosen, role, OFTrue).good()) {
            contexts_[proposed.presentationContextID] = {found->first, chosen};
        }
    }
}

int32_t Session::end(Event event) const {
    switch (event) {
    case Event::released: return CDCMTK_END_RELEASED;
    case Event::aborted: return CDCMTK_END_ABORTED_BY_PEER;
    case Event::lost: return stopping_ ? CDCMTK_END_STOPPED : CDCMTK_END_CONNECTION_LOST;
    case Event::idle: return CDCMTK_END_IDLE;
    case Event::stalled: return CDCMTK_END_STALLED;
    case Event::stopped: return CDCMTK_END_STOPPED;
    case Event::protocolError: return stopping_ ? CDCMTK_END_STOPPED : CDCMTK_END_PROTOCOL_ERROR;
    case Event::message: break;
    }
    return CDCMTK_END_INTERNAL_ERROR;
}

int32_t Session::run(T_ASC_Association *association) {
    AcceptedPipe pipe(association, line_);
    Exchange exchange(pipe, line_);
    for (;;) {
        CommandSet command;
        uint8_t contextID = 0;
        Event got = exchange.readCommand(command, contextID);
        if (got == Event::message) {
            const auto context = contexts_.find(contextID);
            got = context == contexts_.end() ? Event::protocolError
                                             : answer(exchange, command, contextID, context->second);
        }
        if (got == Event::message) continue;
        switch (got) {
        case Event::released:
            line_.beginFarewell();
            ASC_acknowledgeRelease(association);
            ASC_dropSCPAssociation(association, closingSeconds);
            break;
        case Event::aborted: case Event::lost:
            break;
        default:
            line_.beginFarewell();  // DCMTK waits for the peer to close
            ASC_abortAssociation(association);
            break;
        }
        return end(got);
    }
}

Event Session::answer(Exchange &exchange, const CommandSet &command, uint8_t contextID, const Context &context) {
    if (command.field == CommandField::cStoreRQ) return store(exchange, command, contextID, context);
    if (command.isResponse()) return Event::protocolError;  // we asked nothing
    if (command.field == CommandField::cCancelRQ) return Event::message;  // nothing of ours can be cancelled

    if (command.field == CommandField::nActionRQ || command.field == CommandField::nEventReportRQ) {
        return normalized(exchange, command, contextID, context);
    }
    if (command.hasDataSet()) {
        const Event got = exchange.readDataSet(contextID, [](const void *, size_t) {});
        if (got != Event::message) return got;
    }
    CommandSet response;
    response.field = command.field | CommandField::response;
    response.respondedTo = command.messageID;
    response.sopClassUID = command.sopClassUID;
    response.status = command.field == CommandField::cEchoRQ ? statusSuccess : statusUnrecognizedOperation;
    return exchange.writeCommand(contextID, response.encodedResponse());
}

Event Session::normalized(
    Exchange &exchange, const CommandSet &command, uint8_t contextID, const Context &context) {
    std::vector<uint8_t> bytes;
    if (command.hasDataSet()) {
        const Event got = exchange.readDataSet(contextID, maxNormalizedBytes, bytes);
        if (got != Event::message) return got;
    }
    const std::string sopClass = unpadded(command.sopClassUID), instance = command.sopInstanceUID.c_str();
    CommandSet response;
    response.field = command.field | CommandField::response;
    response.respondedTo = command.messageID;
    response.sopClassUID = command.sopClassUID;
    response.sopInstanceUID = command.sopInstanceUID;
    response.typeID = command.typeID;
    response.status = statusNoSuchSOPClass;
    if (sopClass == context.abstractSyntax) {
        const cdcmtk_normalized request = {command.field, sopClass.c_str(), instance.c_str(),
                                           context.transferSyntax.c_str(), command.typeID, bytes.data(), bytes.size()};
        response.status = handler_.normalized(owner_, &request);
    }
    return exchange.writeCommand(contextID, response.encodedResponse());
}

Event Session::store(Exchange &exchange, const CommandSet &command, uint8_t contextID, const Context &context) {
    CommandSet response;
    response.field = CommandField::cStoreRQ | CommandField::response;
    response.respondedTo = command.messageID;
    response.sopClassUID = command.sopClassUID;
    response.sopInstanceUID = command.sopInstanceUID;

    const std::string sopClass = unpadded(command.sopClassUID);
    if (!command.hasDataSet()) {
        response.status = statusCannotUnderstand;
        response.errorComment = "data set missing";
    } else if (sopClass != context.abstractSyntax) {
        const Event got = exchange.readDataSet(contextID, [](const void *, size_t) {});
        if (got != Event::message) return got;
        response.status = statusSOPClassNotSupported;
        response.errorComment = "SOP class is not that of the presentation context";
    } else {
        const std::string instance = command.sopInstanceUID.c_str();  // up to a NUL
        const cdcmtk_store request = {
            sopClass.c_str(), instance.c_str(), context.transferSyntax.c_str(), command.messageID};
        void *receiver = handler_.begin_store(owner_, &request);
        if (receiver == nullptr) return Event::protocolError;
        Event got = Event::protocolError;
        try {
            got = exchange.readDataSet(contextID, [&](const void *bytes, size_t count) {
                handler_.receive(receiver, bytes, count);
            });
        } catch (...) {
            handler_.cancel(receiver);
            throw;
        }
        if (got != Event::message) {
            handler_.cancel(receiver);
            return got;
        }
        cdcmtk_answer answer = {};
        handler_.finish(receiver, &answer);
        response.status = answer.status;
        answer.error_comment[sizeof answer.error_comment - 1] = '\0';
        response.errorComment = answer.error_comment;
    }
    return exchange.writeCommand(contextID, response.encodedResponse());
}

}  // namespace cdcmtk

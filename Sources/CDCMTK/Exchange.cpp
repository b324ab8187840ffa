#include "Exchange.hpp"

#include <algorithm>

namespace cdcmtk {

AssociationOwner::~AssociationOwner() {
    if (association != nullptr) ASC_destroyAssociation(&association);
    if (network != nullptr) ASC_dropNetwork(&network);
}

Event Exchange::event(const OFCondition &condition) const {
    // The line knows best: DCMTK calls a connection that broke, or that we gave up, an abort by the peer.
    switch (line_.fault()) {
    case Fault::closed: return Event::lost;
    case Fault::idle: return Event::idle;
    case Fault::stalled: return Event::stalled;
    case Fault::stopped: return Event::stopped;
    case Fault::none: break;
    }
    if (condition == DUL_PEERREQUESTEDRELEASE) return Event::released;
    if (condition == DUL_PEERABORTEDASSOCIATION) return Event::aborted;
    return Event::protocolError;
}

bool Exchange::hasPDV() {
    if (held_) return true;
    DUL_PDV pdv;
    if (DUL_NextPDV(&association_->DULassociation, &pdv).bad()) return false;
    held_ = pdv;
    return true;
}

Event Exchange::nextPDV(DUL_PDV &pdv) {
    if (hasPDV()) {
        pdv = *held_;
        held_.reset();
        return Event::message;
    }
    // The deadlines are kept by the line below, so DCMTK itself may wait without limit.
    const OFCondition arrived = DUL_ReadPDVs(&association_->DULassociation, nullptr, DUL_BLOCK, 0);
    if (arrived != DUL_PDATAPDUARRIVED) return event(arrived);
    const OFCondition next = DUL_NextPDV(&association_->DULassociation, &pdv);
    return next.good() ? Event::message : event(next);
}

Event Exchange::readCommand(CommandSet &command, uint8_t &presentationContextID) {
    line_.awaitMessage();
    // Wait outside of DCMTK: inside, a wait in vain closes the connection, and no A-ABORT could be sent any more.
    if (!hasPDV() && !ASC_dataWaiting(association_, 0) && !line_.awaitReadable()) return event(EC_Normal);
    std::vector<uint8_t> bytes;
    for (;;) {
        DUL_PDV pdv;
        const Event got = nextPDV(pdv);
        if (got == Event::released && !bytes.empty()) return Event::protocolError;
        if (got != Event::message) return got;
        if (pdv.pdvType != DUL_COMMANDPDV) return Event::protocolError;
        if (bytes.empty()) presentationContextID = pdv.presentationContextID;
        if (pdv.presentationContextID != presentationContextID) return Event::protocolError;
        if (pdv.fragmentLength > maxCommandBytes - bytes.size()) return Event::protocolError;
        const auto *data = static_cast<const uint8_t *>(pdv.data);
        bytes.insert(bytes.end(), data, data + pdv.fragmentLength);
        if (pdv.lastPDV) break;
        line_.inMessage();
    }
    return command.read(bytes) ? Event::message : Event::protocolError;
}

Event Exchange::readDataSet(
    uint8_t presentationContextID, const std::function<void(const void *, size_t)> &receive) {
    line_.inMessage();
    for (;;) {
        DUL_PDV pdv;
        const Event got = nextPDV(pdv);
        if (got == Event::released) return Event::protocolError;  // in the middle of a message (PS3.8 7.2)
        if (got != Event::message) return got;
        if (pdv.pdvType != DUL_DATASETPDV || pdv.presentationContextID != presentationContextID) {
            return Event::protocolError;
        }
        if (pdv.fragmentLength > 0) receive(pdv.data, pdv.fragmentLength);
        if (pdv.lastPDV) return Event::message;
    }
}

Event Exchange::write(uint8_t presentationContextID, DUL_DATAPDV type, const uint8_t *bytes, size_t count) {
    // DCMTK has made this even, and 4096 - 12 where the peer named an impossible length.
    const size_t limit = std::max<size_t>(static_cast<size_t>(association_->sendPDVLength) & ~size_t{1}, 2);
    size_t position = 0;
    do {
        const size_t length = std::min(limit, count - position);
        DUL_PDV pdv;
        pdv.fragmentLength = static_cast<unsigned long>(length);
        pdv.presentationContextID = presentationContextID;
        pdv.pdvType = type;
        pdv.lastPDV = position + length == count ? OFTrue : OFFalse;
        pdv.data = const_cast<uint8_t *>(bytes + position);  // DCMTK only reads it
        DUL_PDVLIST list{};
        list.count = 1;
        list.pdv = &pdv;
        const OFCondition written = DUL_WritePDVs(&association_->DULassociation, &list);
        if (written.bad()) return event(written);
        position += length;
    } while (position < count);
    return Event::message;
}

Event Exchange::writeCommand(uint8_t presentationContextID, const std::vector<uint8_t> &command) {
    return write(presentationContextID, DUL_COMMANDPDV, command.data(), command.size());
}

Event Exchange::writeDataSet(uint8_t presentationContextID, const uint8_t *bytes, size_t count) {
    line_.inMessage();
    return write(presentationContextID, DUL_DATASETPDV, bytes, count);
}

}  // namespace cdcmtk

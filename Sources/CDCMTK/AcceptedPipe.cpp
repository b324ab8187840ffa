#include "AcceptedPipe.hpp"

#include <algorithm>

namespace cdcmtk {

AssociationOwner::~AssociationOwner() {
    if (association != nullptr) ASC_destroyAssociation(&association);
    if (network != nullptr) ASC_dropNetwork(&network);
}

Event AcceptedPipe::event(const OFCondition &condition) const {
    // The line knows best: DCMTK calls a connection that broke, or that we gave up, an abort by the peer.
    Event known = Event::protocolError;
    if (condition == DUL_PEERREQUESTEDRELEASE) known = Event::released;
    if (condition == DUL_PEERABORTEDASSOCIATION) known = Event::aborted;
    return faultOf(line_, known);
}

bool AcceptedPipe::hasPDV() {
    if (held_) return true;
    DUL_PDV pdv;
    if (DUL_NextPDV(&association_->DULassociation, &pdv).bad()) return false;
    held_ = pdv;
    return true;
}

Event AcceptedPipe::nextPDV(PDV &pdv) {
    if (!hasPDV()) {
        // The deadlines are kept by the line below, so DCMTK itself may wait without limit.
        const OFCondition arrived = DUL_ReadPDVs(&association_->DULassociation, nullptr, DUL_BLOCK, 0);
        if (arrived != DUL_PDATAPDUARRIVED) return event(arrived);
        DUL_PDV next;
        const OFCondition found = DUL_NextPDV(&association_->DULassociation, &next);
        if (found.bad()) return event(found);
        held_ = next;
    }
    pdv = {held_->presentationContextID, held_->pdvType == DUL_COMMANDPDV, held_->lastPDV == OFTrue,
           static_cast<const uint8_t *>(held_->data), held_->fragmentLength};
    held_.reset();
    return Event::message;
}

size_t AcceptedPipe::fragmentLimit() const {
    // DCMTK has made this even, and 4096 - 12 where the peer named an impossible length.
    return std::max<size_t>(static_cast<size_t>(association_->sendPDVLength) & ~size_t{1}, 2);
}

Event AcceptedPipe::write(const PDV &pdv) {
    DUL_PDV out;
    out.fragmentLength = static_cast<unsigned long>(pdv.count);
    out.presentationContextID = pdv.contextID;
    out.pdvType = pdv.isCommand ? DUL_COMMANDPDV : DUL_DATASETPDV;
    out.lastPDV = pdv.isLast ? OFTrue : OFFalse;
    out.data = const_cast<uint8_t *>(pdv.bytes);  // DCMTK only reads it
    DUL_PDVLIST list{};
    list.count = 1;
    list.pdv = &out;
    const OFCondition written = DUL_WritePDVs(&association_->DULassociation, &list);
    return written.good() ? Event::message : event(written);
}

}  // namespace cdcmtk

// Messages over an established association, PDV by PDV.
#pragma once

#include "CommandSet.hpp"
#include "Connection.hpp"

#include <functional>
#include <optional>

namespace cdcmtk {

/// What came instead of, or as, the next part of a message.
enum class Event { message, released, aborted, lost, idle, stalled, stopped, protocolError };

/// Owner of DCMTK's association and network objects.
struct AssociationOwner {
    T_ASC_Network *network = nullptr;
    T_ASC_Association *association = nullptr;

    AssociationOwner() = default;
    AssociationOwner(const AssociationOwner &) = delete;
    AssociationOwner &operator=(const AssociationOwner &) = delete;
    ~AssociationOwner();
};

/// Reads and writes the messages of one association. Data sets pass through untouched.
class Exchange {
public:
    Exchange(T_ASC_Association *association, Line &line) : association_(association), line_(line) {}

    /// Waits for the next command.
    Event readCommand(CommandSet &command, uint8_t &presentationContextID);
    /// Hands out the PDVs of the data set that a command announced.
    Event readDataSet(uint8_t presentationContextID, const std::function<void(const void *, size_t)> &receive);
    Event writeCommand(uint8_t presentationContextID, const std::vector<uint8_t> &command);
    Event writeDataSet(uint8_t presentationContextID, const uint8_t *bytes, size_t count);

private:
    /// True if the PDU that arrived last holds another PDV.
    bool hasPDV();
    Event nextPDV(DUL_PDV &pdv);
    Event write(uint8_t presentationContextID, DUL_DATAPDV type, const uint8_t *bytes, size_t count);
    Event event(const OFCondition &condition) const;

    T_ASC_Association *association_;
    Line &line_;
    std::optional<DUL_PDV> held_;
};

}  // namespace cdcmtk

// An association that a peer opened, as DCMTK carries it.
#pragma once

#include "Pipe.hpp"

#include <optional>

namespace cdcmtk {

/// Owner of DCMTK's association and network objects.
struct AssociationOwner {
    T_ASC_Network *network = nullptr;
    T_ASC_Association *association = nullptr;

    AssociationOwner() = default;
    AssociationOwner(const AssociationOwner &) = delete;
    AssociationOwner &operator=(const AssociationOwner &) = delete;
    ~AssociationOwner();
};

/// The PDVs of an association in DCMTK's hands.
class AcceptedPipe final : public Pipe {
public:
    AcceptedPipe(T_ASC_Association *association, Line &line) : association_(association), line_(line) {}

    bool hasPDV() override;
    bool hasBytes() override { return ASC_dataWaiting(association_, 0); }
    Event nextPDV(PDV &pdv) override;
    Event write(const PDV &pdv) override;
    size_t fragmentLimit() const override;

private:
    Event event(const OFCondition &condition) const;

    T_ASC_Association *association_;
    Line &line_;
    std::optional<DUL_PDV> held_;
};

}  // namespace cdcmtk

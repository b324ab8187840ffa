// Where the PDVs of an association come from and go to: DCMTK for those that others open, our own upper layer for ours.
#pragma once

#include "Connection.hpp"

namespace cdcmtk {

/// What came instead of, or as, the next part of a message.
enum class Event { message, released, aborted, lost, idle, stalled, stopped, protocolError };

/// One presentation data value (PS3.8 9.3.5.1). The bytes are valid until the next call.
struct PDV {
    uint8_t contextID = 0;
    bool isCommand = false, isLast = false;
    const uint8_t *bytes = nullptr;
    size_t count = 0;
};

/// PDVs in and out.
class Pipe {
public:
    virtual ~Pipe() = default;

    /// The PDU that arrived last holds another PDV.
    virtual bool hasPDV() = 0;
    /// Something can be read without waiting.
    virtual bool hasBytes() = 0;
    /// The next PDV, waiting for it as long as the line allows.
    virtual Event nextPDV(PDV &pdv) = 0;
    virtual Event write(const PDV &pdv) = 0;
    /// Bytes of a fragment at most; even.
    virtual size_t fragmentLimit() const = 0;
};

/// What the line says went wrong; `otherwise` if it knows nothing.
inline Event faultOf(const Line &line, Event otherwise) {
    switch (line.fault()) {
    case Fault::closed: return Event::lost;
    case Fault::idle: return Event::idle;
    case Fault::stalled: return Event::stalled;
    case Fault::stopped: return Event::stopped;
    case Fault::none: break;
    }
    return otherwise;
}

}  // namespace cdcmtk

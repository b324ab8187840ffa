#include "Exchange.hpp"

#include <algorithm>

namespace cdcmtk {

Event Exchange::readCommand(CommandSet &command, uint8_t &presentationContextID) {
    line_.awaitMessage();
    // Wait outside of DCMTK: inside, a wait in vain closes the connection, and no A-ABORT could be sent any more.
    if (!pipe_.hasPDV() && !pipe_.hasBytes() && !line_.awaitReadable()) return faultOf(line_, Event::protocolError);
    std::vector<uint8_t> bytes;
    bool isFirst = true;
    for (;;) {
        PDV pdv;
        const Event got = pipe_.nextPDV(pdv);
        if (got == Event::released && !isFirst) return Event::protocolError;
        if (got != Event::message) return got;
        if (!pdv.isCommand) return Event::protocolError;
        if (isFirst) presentationContextID = pdv.contextID;
        if (pdv.contextID != presentationContextID) return Event::protocolError;
        if (pdv.count > maxCommandBytes - bytes.size()) return Event::protocolError;
        bytes.insert(bytes.end(), pdv.bytes, pdv.bytes + pdv.count);
        if (pdv.isLast) break;
        isFirst = false;
        line_.inMessage();
    }
    return command.read(bytes) ? Event::message : Event::protocolError;
}

Event Exchange::readDataSet(
    uint8_t presentationContextID, const std::function<void(const void *, size_t)> &receive) {
    line_.inMessage();
    for (;;) {
        PDV pdv;
        const Event got = pipe_.nextPDV(pdv);
        if (got == Event::released) return Event::protocolError;  // in the middle of a message (PS3.8 7.2)
        if (got != Event::message) return got;
        if (pdv.isCommand || pdv.contextID != presentationContextID) return Event::protocolError;
        if (pdv.count > 0) receive(pdv.bytes, pdv.count);
        if (pdv.isLast) return Event::message;
    }
}

Event Exchange::readDataSet(uint8_t presentationContextID, size_t limit, std::vector<uint8_t> &bytes) {
    bool fits = true;
    const Event got = readDataSet(presentationContextID, [&](const void *more, size_t count) {
        fits = fits && count <= limit - bytes.size();
        if (!fits) return;
        const auto *data = static_cast<const uint8_t *>(more);
        bytes.insert(bytes.end(), data, data + count);
    });
    return got == Event::message && !fits ? Event::protocolError : got;
}

Event Exchange::write(uint8_t presentationContextID, bool isCommand, const uint8_t *bytes, size_t count) {
    const size_t limit = pipe_.fragmentLimit();
    size_t position = 0;
    do {
        const size_t length = std::min(limit, count - position);
        const Event written =
            pipe_.write({presentationContextID, isCommand, position + length == count, bytes + position, length});
        if (written != Event::message) return written;
        position += length;
    } while (position < count);
    return Event::message;
}

Event Exchange::writeCommand(uint8_t presentationContextID, const std::vector<uint8_t> &command) {
    return write(presentationContextID, true, command.data(), command.size());
}

Event Exchange::writeDataSet(uint8_t presentationContextID, const uint8_t *bytes, size_t count) {
    line_.inMessage();
    return write(presentationContextID, false, bytes, count);
}

}  // namespace cdcmtk

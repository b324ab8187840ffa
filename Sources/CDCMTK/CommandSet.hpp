// DIMSE command sets: flat, implicit VR little endian (PS3.7 6.3.1, E.1).
#pragma once

#include "Support.hpp"

#include <string>
#include <vector>

namespace cdcmtk {

/// Command fields that we name (PS3.7 E.1).
namespace CommandField {
constexpr uint16_t cStoreRQ = 0x0001, cFindRQ = 0x0020, cEchoRQ = 0x0030, nEventReportRQ = 0x0100, nActionRQ = 0x0130,
                   cCancelRQ = 0x0FFF, response = 0x8000;
}

/// Command Data Set Type for "no data set present" (PS3.7 E.1).
constexpr uint16_t noDataSet = 0x0101;

/// Status codes that this layer gives on its own (PS3.7 Annex C).
constexpr uint16_t statusSuccess = 0x0000, statusNoSuchSOPClass = 0x0118,
                   statusSOPClassNotSupported = 0x0122, statusUnrecognizedOperation = 0x0211,
                   statusCannotUnderstand = 0xC000;

/// One command set. Read without recursion and without DCMTK's parser, which a nested sequence in group 0000 would
/// send down its stack until the process dies.
struct CommandSet {
    uint16_t field = 0;
    uint16_t messageID = 0;
    uint16_t respondedTo = 0;
    uint16_t dataSetType = noDataSet;
    uint16_t status = statusSuccess;
    std::string sopClassUID;     // as sent
    std::string sopInstanceUID;  // as sent
    std::string errorComment;
    uint16_t typeID = 0;  // Event Type ID or Action Type ID

    bool hasDataSet() const { return dataSetType != noDataSet; }
    bool isResponse() const { return (field & CommandField::response) != 0; }

    /// False if the bytes are not a command set.
    bool read(const std::vector<uint8_t> &bytes);
    std::vector<uint8_t> encodedRequest() const;
    std::vector<uint8_t> encodedResponse() const;
};

/// A UID without its padding.
std::string unpadded(const std::string &uid);

}  // namespace cdcmtk

// Messages over an established association, PDV by PDV.
#pragma once

#include "CommandSet.hpp"
#include "Pipe.hpp"

#include <functional>
#include <optional>

namespace cdcmtk {

/// Reads and writes the messages of one association. Data sets pass through untouched.
class Exchange {
public:
    Exchange(Pipe &pipe, Line &line) : pipe_(pipe), line_(line) {}

    /// Waits for the next command.
    Event readCommand(CommandSet &command, uint8_t &presentationContextID);
    /// Hands out the PDVs of the data set that a command announced.
    Event readDataSet(uint8_t presentationContextID, const std::function<void(const void *, size_t)> &receive);
    /// Keeps the whole data set; a longer one is a protocol error.
    Event readDataSet(uint8_t presentationContextID, size_t limit, std::vector<uint8_t> &bytes);
    Event writeCommand(uint8_t presentationContextID, const std::vector<uint8_t> &command);
    Event writeDataSet(uint8_t presentationContextID, const uint8_t *bytes, size_t count);

private:
    Event write(uint8_t presentationContextID, bool isCommand, const uint8_t *bytes, size_t count);

    Pipe &pipe_;
    Line &line_;
};

}  // namespace cdcmtk

// What the owner of a listener decided about an association.
#pragma once

#include "Support.hpp"

#include <map>
#include <string>
#include <vector>

struct cdcmtk_verdict {
    /// Abstract syntax → transfer syntaxes, the most wanted first.
    std::map<std::string, std::vector<std::string>> accepted;
    bool rejected = false;
    uint8_t result = 0, source = 0, reason = 0;
};

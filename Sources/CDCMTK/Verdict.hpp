// What the owner of a listener decided about an association.
#pragma once

#include "Support.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

struct cdcmtk_verdict {
    /// Abstract syntax → transfer syntaxes, the most wanted first.
    std::map<std::string, std::vector<std::string>> accepted;
    /// Abstract syntaxes whose service the peer may provide to us when it asks for that role (PS3.7 D.3.3.4).
    std::set<std::string> reversed;
    bool rejected = false;
    uint8_t result = 0, source = 0, reason = 0;
};

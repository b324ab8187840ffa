#include "CommandSet.hpp"

namespace cdcmtk {

namespace {

uint16_t number16(const uint8_t *bytes) { return static_cast<uint16_t>(bytes[0] | bytes[1] << 8); }

uint32_t number32(const uint8_t *bytes) {
    return static_cast<uint32_t>(number16(bytes)) | static_cast<uint32_t>(number16(bytes + 2)) << 16;
}

void append16(std::vector<uint8_t> &out, uint16_t value) {
    out.push_back(static_cast<uint8_t>(value & 0xFF));
    out.push_back(static_cast<uint8_t>(value >> 8));
}

void append32(std::vector<uint8_t> &out, uint32_t value) {
    append16(out, static_cast<uint16_t>(value & 0xFFFF));
    append16(out, static_cast<uint16_t>(value >> 16));
}

void appendUS(std::vector<uint8_t> &out, uint16_t element, uint16_t value) {
    append16(out, 0x0000);
    append16(out, element);
    append32(out, 2);
    append16(out, value);
}

void appendText(std::vector<uint8_t> &out, uint16_t element, const std::string &text, char padding) {
    if (text.empty()) return;
    append16(out, 0x0000);
    append16(out, element);
    append32(out, static_cast<uint32_t>(text.size() + text.size() % 2));
    out.insert(out.end(), text.begin(), text.end());
    if (text.size() % 2 == 1) out.push_back(static_cast<uint8_t>(padding));
}

/// Puts Command Group Length (0000,0000) before the elements.
std::vector<uint8_t> withGroupLength(const std::vector<uint8_t> &elements) {
    std::vector<uint8_t> out;
    out.reserve(elements.size() + 12);
    append32(out, 0);
    append32(out, 4);
    append32(out, static_cast<uint32_t>(elements.size()));
    out.insert(out.end(), elements.begin(), elements.end());
    return out;
}

}  // namespace

bool CommandSet::read(const std::vector<uint8_t> &bytes) {
    bool hasField = false;
    size_t position = 0;
    while (position < bytes.size()) {
        if (bytes.size() - position < 8) return false;
        const uint8_t *head = bytes.data() + position;
        const uint16_t group = number16(head), element = number16(head + 2);
        const uint32_t length = number32(head + 4);
        position += 8;
        // Also refuses undefined lengths, and with them every sequence.
        if (group != 0x0000 || length > bytes.size() - position) return false;
        const uint8_t *value = bytes.data() + position;
        position += length;

        const auto text = [&] { return std::string(reinterpret_cast<const char *>(value), length); };
        const auto number = [&](uint16_t &target) { if (length >= 2) target = number16(value); };
        switch (element) {
        case 0x0002: case 0x0003: sopClassUID = text(); break;
        case 0x0100: number(field); hasField = length >= 2; break;
        case 0x0110: number(messageID); break;
        case 0x0120: number(respondedTo); break;
        case 0x0800: number(dataSetType); break;
        case 0x0900: number(status); break;
        case 0x0902: errorComment = text(); break;
        case 0x1000: case 0x1001: sopInstanceUID = text(); break;
        case 0x1002: case 0x1008: number(typeID); break;
        default: break;
        }
    }
    return hasField;
}

std::vector<uint8_t> CommandSet::encodedRequest() const {
    // N-ACTION names what it requests, everything else what it affects (PS3.7 10.3.1, 10.3.5).
    const bool isAction = field == CommandField::nActionRQ;
    std::vector<uint8_t> elements;
    appendText(elements, isAction ? 0x0003 : 0x0002, sopClassUID, '\0');
    appendUS(elements, 0x0100, field);
    appendUS(elements, 0x0110, messageID);
    const bool hasPriority = field == CommandField::cStoreRQ || field == CommandField::cFindRQ;
    if (hasPriority) appendUS(elements, 0x0700, 0x0000);  // Priority: medium
    appendUS(elements, 0x0800, dataSetType);
    appendText(elements, isAction ? 0x1001 : 0x1000, sopInstanceUID, '\0');
    if (field == CommandField::nEventReportRQ) appendUS(elements, 0x1002, typeID);
    if (isAction) appendUS(elements, 0x1008, typeID);
    return withGroupLength(elements);
}

std::vector<uint8_t> CommandSet::encodedResponse() const {
    std::vector<uint8_t> elements;
    appendText(elements, 0x0002, sopClassUID, '\0');
    appendUS(elements, 0x0100, field);
    appendUS(elements, 0x0120, respondedTo);
    appendUS(elements, 0x0800, dataSetType);
    appendUS(elements, 0x0900, status);
    appendText(elements, 0x0902, errorComment, ' ');
    appendText(elements, 0x1000, sopInstanceUID, '\0');
    if (field == (CommandField::nEventReportRQ | CommandField::response)) appendUS(elements, 0x1002, typeID);
    if (field == (CommandField::nActionRQ | CommandField::response)) appendUS(elements, 0x1008, typeID);
    return withGroupLength(elements);
}

std::string unpadded(const std::string &uid) {
    const size_t last = uid.find_last_not_of(std::string("\0 ", 2));
    return last == std::string::npos ? std::string() : uid.substr(0, last + 1);
}

}  // namespace cdcmtk

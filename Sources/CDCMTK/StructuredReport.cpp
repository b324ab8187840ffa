// An SR document read by dcmsr: its tree, relationships and types (PS3.3 A.35).
#include "Support.hpp"

#include "dcmtk/dcmdata/dcistrmb.h"
#include "dcmtk/dcmdata/dctk.h"
#include "dcmtk/dcmsr/dsrdoc.h"

#include <cstdio>
#include <cstring>

namespace {

/// Texts of dcmsr's own conditions are constants; others may quote values, so only their numbers are told.
void explain(const char *step, const OFCondition &condition, char *reason, size_t capacity) {
    if (condition.module() == OFM_dcmsr) {
        std::snprintf(reason, capacity, "%s: %s", step, condition.text());
    } else {
        std::snprintf(reason, capacity, "%s: DCMTK condition %u/%u", step, static_cast<unsigned>(condition.module()),
                      static_cast<unsigned>(condition.code()));
    }
}

bool check(const uint8_t *bytes, size_t count, char *reason, size_t capacity) {
    DcmInputBufferStream stream;
    stream.setBuffer(bytes, static_cast<offile_off_t>(count));
    stream.setEos();
    DcmDataset dataset;
    dataset.transferInit();
    const OFCondition read = dataset.read(stream, EXS_LittleEndianExplicit);
    dataset.transferEnd();
    if (read.bad()) {
        explain("data set", read, reason, capacity);
        return false;
    }
    DSRDocument document;
    const OFCondition parsed = document.read(dataset);
    if (parsed.bad()) {
        explain("document", parsed, reason, capacity);
        return false;
    }
    if (!document.isValid()) {
        std::snprintf(reason, capacity, "document: the tree is not valid for its document type");
        return false;
    }
    // dcmsr only warns of these two (type 1, PS3.3 C.17.2); Key Object Documents do not have them (C.17.6.2).
    if (document.getDocumentType() == DSRTypes::DT_KeyObjectSelectionDocument) return true;
    if (document.getCompletionFlag() == DSRTypes::CF_invalid) {
        std::snprintf(reason, capacity, "document: Completion Flag is missing or invalid");
        return false;
    }
    if (document.getVerificationFlag() == DSRTypes::VF_invalid) {
        std::snprintf(reason, capacity, "document: Verification Flag is missing or invalid");
        return false;
    }
    return true;
}

}  // namespace

extern "C" bool cdcmtk_check_structured_report(const uint8_t *bytes, size_t count, char *reason, size_t capacity) {
    try {
        cdcmtk_initialize();
        return check(bytes, count, reason, capacity);
    } catch (...) {
        std::snprintf(reason, capacity, "document: out of memory");
        return false;
    }
}

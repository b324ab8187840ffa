// What every file here needs first: DCMTK's own configuration, which must precede all its headers.
#pragma once

#include "dcmtk/config/osconfig.h"

#include "dcmtk/dcmnet/assoc.h"
#include "dcmtk/dcmnet/dul.h"

#include <chrono>
#include <cstdint>

#include "CDCMTK.h"

namespace cdcmtk {

using Clock = std::chrono::steady_clock;

inline Clock::duration seconds(double value) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(value > 0 ? value : 0));
}

/// Milliseconds until a point in time, as poll() wants them: never negative, rounded up, at most an hour.
inline int millisecondsUntil(Clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left < 0) return 0;
    return left > 3'600'000 ? 3'600'000 : static_cast<int>(left) + 1;
}

/// A command set is a few hundred bytes (PS3.7 E.1); more than this is an attack on our memory.
constexpr size_t maxCommandBytes = 16 * 1024;
/// The data set of a query answer or of a commitment message: a few hundred bytes per object that it speaks of.
constexpr size_t maxNormalizedBytes = 1024 * 1024;
/// A window of the stall timeout must bring at least this much, or the peer is dripping on purpose.
constexpr size_t minStallWindowBytes = 4096;
/// Read-ahead of a connection: makes 16 KiB PDUs as cheap as 128 KiB ones.
constexpr size_t readAheadBytes = 256 * 1024;
/// What a peer gets to close its end after an abort, a release or a rejection. Its loss is ours: a thread.
constexpr auto farewell = std::chrono::milliseconds(500);
/// Presentation contexts have odd identifiers from 1 to 255 (PS3.8 9.3.2.2).
constexpr size_t maxPresentationContexts = 128;

}  // namespace cdcmtk

// One compressed frame into native samples: JPEG, JPEG-LS and RLE by DCMTK's codecs.
#include "Support.hpp"

#include "dcmtk/dcmdata/dcfcache.h"
#include "dcmtk/dcmdata/dcpixel.h"
#include "dcmtk/dcmdata/dcpixseq.h"
#include "dcmtk/dcmdata/dcpxitem.h"
#include "dcmtk/dcmdata/dctk.h"

#include <cstring>
#include <memory>
#include <vector>

namespace {

enum : int32_t { decoded = 0, noCodec = 1, codecFailed = 2, impossible = 3 };

int32_t decode(const cdcmtk_geometry &geometry, const char *transferSyntax, const uint8_t *const *fragments,
               const size_t *counts, size_t fragmentCount, uint8_t *samples, size_t sampleByteCount) {
    const DcmXfer syntax(transferSyntax);
    if (!syntax.isEncapsulated()) return noCodec;

    DcmDataset dataset;
    OFCondition made = dataset.putAndInsertUint16(DCM_SamplesPerPixel, geometry.samples_per_pixel);
    const char *photometric = geometry.photometric_interpretation;
    if (made.good()) made = dataset.putAndInsertString(DCM_PhotometricInterpretation, photometric);
    if (made.good() && geometry.samples_per_pixel > 1) made = dataset.putAndInsertUint16(DCM_PlanarConfiguration, 0);
    if (made.good()) made = dataset.putAndInsertString(DCM_NumberOfFrames, "1");
    if (made.good()) made = dataset.putAndInsertUint16(DCM_Rows, geometry.rows);
    if (made.good()) made = dataset.putAndInsertUint16(DCM_Columns, geometry.columns);
    if (made.good()) made = dataset.putAndInsertUint16(DCM_BitsAllocated, geometry.bits_allocated);
    if (made.good()) made = dataset.putAndInsertUint16(DCM_BitsStored, geometry.bits_stored);
    if (made.good()) made = dataset.putAndInsertUint16(DCM_HighBit, geometry.high_bit);
    if (made.good()) made = dataset.putAndInsertUint16(DCM_PixelRepresentation, geometry.is_signed ? 1 : 0);
    if (made.bad()) return impossible;

    auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelData, EVR_OB));
    const auto append = [&](const uint8_t *bytes, size_t count) {
        auto item = std::make_unique<DcmPixelItem>(DcmTag(DCM_PixelItemTag, EVR_OB));
        OFCondition put = EC_Normal;
        if (count > 0) put = item->putUint8Array(bytes, static_cast<unsigned long>(count));
        if (put.good()) put = sequence->insert(item.get());
        if (put.bad()) return false;
        item.release();
        return true;
    };
    if (!append(nullptr, 0)) return impossible;  // an empty Basic Offset Table (PS3.5 A.4)
    for (size_t index = 0; index < fragmentCount; index += 1) {
        if (counts[index] > 0xFFFFFFF0u || !append(fragments[index], counts[index])) return impossible;
    }
    auto pixels = std::make_unique<DcmPixelData>(DCM_PixelData);
    pixels->putOriginalRepresentation(syntax.getXfer(), nullptr, sequence.release());
    DcmPixelData *kept = pixels.get();
    if (dataset.insert(kept, OFTrue).bad()) return impossible;
    pixels.release();

    // DCMTK insists on an even buffer; what it decodes may be odd.
    const size_t even = sampleByteCount + sampleByteCount % 2;
    if (even > 0xFFFFFFFEu) return impossible;
    std::vector<uint8_t> padded;
    uint8_t *target = samples;
    if (even != sampleByteCount) {
        padded.resize(even);
        target = padded.data();
    }
    Uint32 startFragment = 0;
    OFString colourModel;
    DcmFileCache cache;
    const OFCondition got = kept->getUncompressedFrame(
        &dataset, 0, startFragment, target, static_cast<Uint32>(even), colourModel, &cache);
    if (got.bad()) return codecFailed;
    if (target != samples) std::memcpy(samples, target, sampleByteCount);
    return decoded;
}

}  // namespace

extern "C" int32_t cdcmtk_decode_frame(
    const cdcmtk_geometry *geometry, const char *transferSyntax, const uint8_t *const *fragments, const size_t *counts,
    size_t fragmentCount, uint8_t *samples, size_t sampleByteCount) {
    try {
        cdcmtk_initialize();
        return decode(*geometry, transferSyntax, fragments, counts, fragmentCount, samples, sampleByteCount);
    } catch (...) {
        return codecFailed;
    }
}

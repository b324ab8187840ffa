// DCMTK's state per process, set once before any thread uses it.
#include "Support.hpp"

#include "dcmtk/dcmdata/dcrledrg.h"
#include "dcmtk/dcmdata/dctk.h"
#include "dcmtk/dcmjpeg/djdecode.h"
#include "dcmtk/dcmjpls/djdecode.h"
#include "dcmtk/oflog/oflog.h"

#include <csignal>
#include <cstdlib>
#include <mutex>

namespace {

void prepare() {
    // DCMTK's log messages quote values of data sets; a full pipe behind stderr would also block an association.
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    std::signal(SIGPIPE, SIG_IGN);
    // DCMTK reads this for each connection it opens. Without it every response waits 40 ms for a delayed ACK.
    setenv("TCP_NODELAY", "1", 1);
    dcmDisableGethostbyaddr.set(OFTrue);

    // The dictionary is loaded lazily and not under one lock with its users: warm it while we are alone.
    (void)dcmDataDict.isDictionaryLoaded();
    DcmTag warm(DCM_PixelData);
    (void)warm.getTagName();

    DJDecoderRegistration::registerCodecs(EDC_photometricInterpretation, EUC_never, EPC_colorByPixel);
    DJLSDecoderRegistration::registerCodecs(EJLSUC_never, EJLSPC_colorByPixel);
    DcmRLEDecoderRegistration::registerCodecs();

    // The first network object fills the tables of the state machine; do it before there are threads.
    T_ASC_Network *network = nullptr;
    if (ASC_initializeNetwork(NET_REQUESTOR, 0, 1, &network).good()) ASC_dropNetwork(&network);
}

}  // namespace

extern "C" void cdcmtk_initialize(void) {
    static std::once_flag once;
    try {
        std::call_once(once, prepare);
    } catch (...) {
        // Out of memory at start: the functions that need what is missing report their own failure.
        return;
    }
}
